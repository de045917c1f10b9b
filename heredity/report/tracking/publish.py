"""A stored study in W&B: one run per member, one for the comparison, written from files and never twice.

A run's id is a hash of its content, so what is there already is left alone, and what has changed becomes a new run.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from heredity.agents.archives import file_digest
from heredity.errors import HeredityError
from heredity.evaluation.confirmations import read_confirmations
from heredity.evaluation.returns import read_evaluation
from heredity.extras import require
from heredity.gate.confirmation import Confirmation
from heredity.gate.extension import final_arm
from heredity.inheritance.pedigree import Birth, Pedigree, read_pedigree, why_ended
from heredity.layout import Layout, control_arm, normalizer_path, vecnormalize_path
from heredity.report.results import published
from heredity.report.tables import gate_rows
from heredity.report.tracking.runs import (
    RunName,
    count_env_steps,
    disabled,
    logged,
    mode,
    open_run,
    refusals_of_wandb,
    run_config,
)
from heredity.study.study import Study
from heredity.training.curves import CurveRow, read_curves
from heredity.training.living import living_curves, stored_gate
from heredity.training.timings import read_timings
from heredity.transfer.continual import read_continual
from heredity.transfer.record import read_contrasts, read_spending, read_transfers
from heredity.transfer.spending import INHERITED

GATE_COLUMNS = ("episodes", "mean", "bound", "passed", "reason")
SEEN = {"mean": "mean seen by the gate"}


@dataclass(frozen=True)
class StoredRun:
    """What one W&B run is to hold.

    tables: rows of equal keys, by the table's name. cost: summary besides, known only where the run was made. model: a
    survivor's file, where it lies on this machine.
    """

    name: str
    group: str
    job_type: str
    config: Mapping[str, Any]
    history: tuple[CurveRow, ...]
    summary: Mapping[str, Any]
    tables: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    cost: Mapping[str, Any] = field(default_factory=dict)
    model: Path | None = None

    @property
    def run_id(self) -> str:
        """The id that this content has in W&B, whatever it cost and wherever its model lies."""
        content = {key: value for key, value in asdict(self).items() if key not in ("cost", "model")}
        return sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class _StoredArm:
    """One population and what is known of its members, each by name."""

    generation: str
    name: str
    settings: Mapping[str, Any]
    curves: Mapping[str, list[CurveRow]]
    returns: Mapping[str, list[float]]
    core_seconds: Mapping[str, float]
    births: Mapping[str, Birth]
    survivors: tuple[str, ...]
    ranking: Mapping[str, int]
    confirmations: Mapping[str, Confirmation]
    models: Mapping[str, Path]

    def fitness(self) -> dict[str, dict[str, float]]:
        """Return what a member's summary says of its returns: a survivor's confirmed mean with its interval."""
        evaluated = {member: float(np.mean(returns)) for member, returns in self.returns.items()}
        told = published(evaluated, self.survivors, self.confirmations)
        summary = {member: {"fitness": value} for member, value in told.items()}
        for member in summary.keys() & self.confirmations.keys():
            found = self.confirmations[member]
            summary[member] |= {"fitness_low": found.low, "fitness_high": found.high}
        return summary


def publish_study(study: Study, layout: Layout) -> tuple[int, int]:
    """Write every run of a study that is not there yet; return how many were written, and how many were there.

    Raises HeredityError when W&B is switched off or not installed, and for whatever W&B raises.
    """
    require("wandb")
    if disabled():
        raise HeredityError("expected W&B to be on, got WANDB_MODE=disabled or WANDB_DISABLED; unset it")
    pedigree = read_pedigree(layout.lineage)
    runs = list(stored_runs(study, layout, pedigree))
    with refusals_of_wandb("expected W&B to take the runs", "wandb login, or export WANDB_MODE=offline, and once more"):
        missing = [run for run in runs if not _is_there(study.study, run.run_id)]
        for run in missing:
            _write(study.study, run, pedigree)
    return len(missing), len(runs) - len(missing)


def stored_runs(study: Study, layout: Layout, pedigree: Pedigree) -> Iterator[StoredRun]:
    """Yield a run per member of every arm, then the comparison's."""
    for arm in _stored_arms(study, layout, pedigree):
        yield from _member_runs(arm)
    yield _comparison_run(study, layout)


def _stored_arms(study: Study, layout: Layout, pedigree: Pedigree) -> Iterator[_StoredArm]:
    spent = read_spending(layout.spending).generations
    for generation in study.order():
        ended = why_ended(layout, generation) is not None
        arms = ([] if ended else ["inherited"]) + [control_arm(name) for name in study.generations[generation].controls]
        shared = {"study": study.study, "seed": study.seed, "population": study.population}
        settings = {**shared, **study.generations[generation].model_dump(mode="json")}
        for name in arms:
            heirs = name == "inherited"
            folder = final_arm(layout, generation) if heirs else layout.arm(generation, name)
            survivors = stored_gate(layout, generation).survivors if heirs else ()
            yield _StoredArm(
                generation=generation,
                name=name,
                settings=settings,
                curves=living_curves(layout, generation) if heirs else read_curves(folder.curves),
                returns=read_evaluation(folder.evaluation, "report"),
                core_seconds=read_timings(folder.curves, layout),
                births=pedigree.of(generation) if heirs else {},
                survivors=survivors,
                ranking=spent[generation][INHERITED].ranking if heirs and generation in spent else {},
                confirmations=read_confirmations(layout, generation) if heirs else {},
                models={member: path for member in survivors if (path := folder.model(member)).exists()},
            )


def _member_runs(arm: _StoredArm) -> Iterator[StoredRun]:
    fitness = arm.fitness()
    for member, curve in arm.curves.items():
        name, birth = RunName(arm.generation, arm.name, member), arm.births.get(member)
        settings = {**arm.settings, "pedigree": asdict(birth) if birth else {}}
        yield StoredRun(
            name=str(name),
            group=arm.generation,
            job_type=name.job_type,
            config=run_config(name, settings),
            history=tuple(curve),
            summary={"steps": curve[-1].env_steps, **_ranked(arm, member), **fitness.get(member, {})},
            cost={"core_seconds": arm.core_seconds[member]} if member in arm.core_seconds else {},
            model=arm.models.get(member),
        )


def _ranked(arm: _StoredArm, member: str) -> dict[str, int]:
    """Return what of ranking is charged to a member besides its own steps, where anything is."""
    return {"ranking_steps": arm.ranking[member]} if arm.ranking.get(member) else {}


def _comparison_run(study: Study, layout: Layout) -> StoredRun:
    ended = {name: reason for name in study.order() if (reason := why_ended(layout, name))}
    continual = read_continual(layout.continual)
    summary = {
        "transfer": {name: transfer.to_dict() for name, transfer in read_transfers(layout.transfer).items()},
        "contrasts": {each.title: each.to_dict() for each in read_contrasts(layout.contrasts)} if study.compare else {},
        "spending": read_spending(layout.spending).to_dict(),
        "continual": continual.to_dict() if continual else {},
        "ended": ended,
    }
    tables = {f"gate/{name}": tuple(_gate_rows(layout, name)) for name in study.order() if name not in ended}
    return StoredRun("compare", "compare", "compare", {"study": study.study}, (), summary, tables)


def _gate_rows(layout: Layout, generation: str) -> list[dict[str, Any]]:
    """Return a gate's answers with what is published of its survivors; its own mean says that it is the gate's."""
    confirmations = read_confirmations(layout, generation)
    rows = gate_rows(stored_gate(layout, generation), GATE_COLUMNS, None, confirmations)
    return [{SEEN.get(column, column): value for column, value in row.items()} for row in rows]


def _write(project: str, stored: StoredRun, pedigree: Pedigree) -> None:
    run = open_run(
        project, stored.name, job_type=stored.job_type, group=stored.group, config=stored.config, run_id=stored.run_id
    )
    count_env_steps(run)
    for row in stored.history:
        run.log(logged(row))
    if stored.tables:
        run.log({name: _table(rows) for name, rows in stored.tables.items()})
    run.summary.update({**stored.summary, **stored.cost})
    if not stored.history:
        run.log_artifact(_pedigree_artifact(pedigree))
    if stored.model:
        run.log_artifact(_model_artifact(stored, stored.model))
    run.finish()


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

    metadata = {**stored.summary, "pedigree": stored.config["pedigree"], "sha256": file_digest(model)}
    artifact = wandb.Artifact(stored.name, type="model", metadata=metadata)
    for path in (model, normalizer_path(model), vecnormalize_path(model)):
        if path.exists():
            artifact.add_file(str(path))
    return artifact


def _is_there(project: str, run_id: str) -> bool:
    """Whether a run with this id lies in W&B's folder on this machine or, online, in the project."""
    if any((Path(os.environ.get("WANDB_DIR", ".")) / "wandb").glob(f"*run-*-{run_id}")):
        return True
    if mode() != "online":
        return False
    import wandb

    try:
        wandb.Api(timeout=20).run(f"{project}/{run_id}")
    except (wandb.errors.CommError, ValueError):
        return False
    return True
