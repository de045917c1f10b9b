"""A stored study in W&B: one run per training of a member, one for the comparison, and never twice.

What a run has recorded while it trained is gone on with: only what is new is written, and no row a second time.
"""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from heredity.agents.kept import copy_kept, kept_digest
from heredity.errors import HeredityError, one_line
from heredity.extras import require
from heredity.inheritance.pedigree import Pedigree, read_pedigree
from heredity.layout import Layout
from heredity.report.tracking.ledger import entries, note
from heredity.report.tracking.runs import disabled, mode, open_run, project_of, refusals_of_wandb
from heredity.report.tracking.stored import stored_runs
from heredity.report.tracking.stored_run import COMPARISON, StoredRun
from heredity.report.tracking.trainings import tags_of
from heredity.study.study import Study

log = logging.getLogger(__name__)


def publish_study(study: Study, layout: Layout) -> tuple[int, int]:
    """Write every run of a study that is not there yet as it is; return how many were written, and how many were there.

    Raises HeredityError when W&B is switched off or not installed, and for whatever W&B raises.
    """
    require("wandb")
    if disabled():
        raise HeredityError("expected W&B to be on, got WANDB_MODE=disabled or WANDB_DISABLED; unset it")
    pedigree = read_pedigree(layout.lineage)
    runs = list(stored_runs(study, layout))
    with refusals_of_wandb("expected W&B to take the runs", "wandb login, or export WANDB_MODE=offline, and once more"):
        missing = [run for run in runs if not _is_there(study.study, run)]
        for run in missing:
            write_run(study.study, run, pedigree)
    return len(missing), len(runs) - len(missing)


def write_run(study_name: str, stored: StoredRun, pedigree: Pedigree) -> None:
    """Write what W&B does not have of a run yet; online with the models that its member comes from, and its own."""
    online = mode() == "online"
    before = entries(stored.run_id, online=online)
    run = open_run(
        study_name, stored.name, stored.run_id, job_type=stored.job_type, group=stored.group, config=stored.config,
        tags=[*(tag for entry in before for tag in entry.tags), *_tags(stored)],
    )  # fmt: skip
    run.config.update({**stored.config, "content": stored.content}, allow_val_change=True)
    for parent in stored.parents if online else ():
        _use(run, *parent)
    # Online W&B knows how many rows it has; offline it knows nothing, and would count on from 0.
    recorded = max([run.starting_step, *(entry.rows for entry in before)])
    for step, row in enumerate(stored.history):
        if step >= recorded:
            run.log(row, step=step)
    if stored.tables:
        run.log({name: _table(rows) for name, rows in stored.tables.items()})
    if stored.job_type == COMPARISON:
        run.log_artifact(_pedigree_artifact(pedigree))
    last = stored.history[-1] if stored.history else {}
    run.summary.update({**last, **stored.summary, **stored.cost})
    if stored.model:
        run.log_artifact(_model_artifact(stored, stored.model), aliases=["latest", stored.run_id])
    note(run, len(stored.history), stored.content)
    run.finish()


def _tags(stored: StoredRun) -> list[str]:
    if stored.job_type == COMPARISON:
        return [f"study:{stored.config['study']}"[:64]]
    return [*tags_of(stored.config, os.environ.get("DVC_EXP_NAME")), *stored.outcomes]


def _use(run: Any, name: str, parent_id: str) -> None:
    """Say that a run's member comes from a parent's model, as W&B's graph of lineage shows it."""
    import wandb

    try:
        run.use_artifact(f"{name}:{parent_id}", type="model")
    except (wandb.errors.Error, ValueError) as error:  # nobody may have uploaded it
        log.warning("W&B draws no line from %s to %s: %s", name, run.name, one_line(error)[:200])


def _table(rows: tuple[Mapping[str, Any], ...]) -> Any:
    import wandb

    return wandb.Table(columns=list(rows[0]), data=[list(row.values()) for row in rows])


def _pedigree_artifact(pedigree: Pedigree) -> Any:
    """Return who descends from whom, as an artifact whose metadata is the births."""
    import wandb

    births = {f"{generation} {member}": asdict(birth) for (generation, member), birth in pedigree.births.items()}
    artifact = wandb.Artifact("pedigree", type="pedigree", metadata={"pedigree": births})
    with artifact.new_file("pedigree.json") as file:
        json.dump(births, file, indent=2)
    return artifact


def _model_artifact(stored: StoredRun, model: Path) -> Any:
    """Return a survivor's model, with the statistics beside it, whose metadata says where it comes from."""
    import wandb

    metadata = {**stored.summary, "pedigree": stored.config["pedigree"], "sha256": kept_digest(model)}
    artifact = wandb.Artifact(stored.artifact, type="model", metadata=metadata)
    with TemporaryDirectory() as folder:  # of which W&B takes copies
        for path in copy_kept(model, Path(folder, model.name)):
            artifact.add_file(str(path))
    return artifact


def _is_there(study_name: str, stored: StoredRun) -> bool:
    """Whether a run lies as it is in W&B's folder on this machine or, online, in the project."""
    online = mode() == "online"
    if any(entry.content == stored.content for entry in entries(stored.run_id, online=online)[-1:]):
        return True
    if not online:
        return False
    import wandb

    try:
        run = wandb.Api(timeout=20).run(f"{project_of(study_name)}/{stored.run_id}")
    except (wandb.errors.CommError, ValueError):
        return False
    return bool(run.config.get("content") == stored.content)
