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

from heredity.curves import CurveRow, read_evaluation
from heredity.errors import HeredityError
from heredity.evidence import stored_arms
from heredity.files import file_digest, normalizer_path
from heredity.params import Study
from heredity.pedigree import Pedigree, read_pedigree
from heredity.settled import ended, settled
from heredity.stored import read_continual, read_gate, read_spending, read_transfers
from heredity.timings import read_timings
from heredity.tracking import count_env_steps, disabled, logged, mode, open_run


@dataclass(frozen=True)
class StoredRun:
    """What one W&B run is to hold."""

    name: str
    group: str
    job_type: str
    config: Mapping[str, Any]
    history: tuple[CurveRow, ...]
    summary: Mapping[str, Any]
    tables: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    """Rows of equal keys, by the table's name."""
    cost: Mapping[str, Any] = field(default_factory=dict)
    """Summary besides, known only where the run was made."""
    model: Path | None = None
    """A survivor's file, where it lies on this machine."""

    @property
    def run_id(self) -> str:
        """Return the id that this content has in W&B, whatever it cost and wherever its model lies."""
        content = {key: value for key, value in asdict(self).items() if key not in ("cost", "model")}
        return sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]


def publish_study(study: Study, lineage: Path, report: Path) -> tuple[int, int]:
    """Write every run of a study that is not there yet; return how many were written, and how many were there.

    Raises HeredityError when W&B is switched off.
    """
    if disabled():
        raise HeredityError("expected W&B to be on, got WANDB_MODE=disabled or WANDB_DISABLED; unset it")
    runs = list(stored_runs(study, lineage, report))
    missing = [run for run in runs if not _is_there(study.study, run.run_id)]
    for run in missing:
        _write(study.study, run, read_pedigree(lineage))
    return len(missing), len(runs) - len(missing)


def stored_runs(study: Study, lineage: Path, report: Path) -> Iterator[StoredRun]:
    """Yield a run per member of every arm, then the comparison's."""
    links = read_pedigree(lineage).links
    for generation in study.order():
        node = study.generations[generation].model_dump(mode="json")
        shared = {"study": study.study, "seed": study.seed, "population": study.population}
        shared |= {"generation": generation, **node}
        survivors = read_gate(lineage / generation)["survivors"]
        for arm, curves in stored_arms(study, generation, lineage).items():
            folder = lineage / generation / "control" if arm == "control" else settled(lineage / generation)
            played = read_evaluation(folder / "evaluation.csv", "report")
            seconds = read_timings(folder / "curves.csv", lineage.parent)
            for member, curve in curves.items():
                link = links.get((generation, member)) if arm == "inherited" else None
                config = {**shared, "arm": arm, "pedigree": asdict(link) if link else {}}
                fitness = {"fitness": float(np.mean(played[member]))} if member in played else {}
                summary = {"steps": curve[-1].env_steps, **fitness}
                job_type = "control" if arm == "control" else "train"
                cost = {"core_seconds": seconds[member]} if member in seconds else {}
                kept = folder / "models" / f"{member}.zip"
                survived = arm == "inherited" and member in survivors and kept.exists()
                yield StoredRun(
                    f"{generation}-{arm}-{member}", generation, job_type, config, tuple(curve), summary,
                    cost=cost, model=kept if survived else None,
                )  # fmt: skip
    found = {
        "transfer": read_transfers(report / "transfer.json"),
        "spending": read_spending(report / "spending.json"),
        "continual": read_continual(report / "continual.json"),
    }
    found["ended"] = {name: reason for name in study.order() if (reason := ended(lineage / name))}
    came = [name for name in study.order() if name not in found["ended"]]
    gates = {f"gate/{name}": _gate_rows(read_gate(lineage / name)) for name in came}
    yield StoredRun("compare", "compare", "compare", {"study": study.study}, (), found, gates)


def _write(project: str, stored: StoredRun, pedigree: Pedigree) -> None:
    run = open_run(project, stored.name, stored.job_type, stored.group, stored.config, stored.run_id)
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


def _gate_rows(decision: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Return a gate's decision as rows, best member first, the policies that have learned nothing last."""
    columns = ("episodes", "mean", "bound", "passed", "reason")
    best = sorted(decision["candidates"].items(), key=lambda item: -item[1]["mean"])
    rows = [*best, *decision["nulls"].items()]
    return tuple({"member": name, **{column: found[column] for column in columns}} for name, found in rows)


def _table(rows: tuple[Mapping[str, Any], ...]) -> Any:
    import wandb

    return wandb.Table(columns=list(rows[0]), data=[list(row.values()) for row in rows])


def _pedigree_artifact(pedigree: Pedigree) -> Any:
    """Return who descends from whom, as an artifact whose metadata is the links."""
    import wandb

    links = {f"{generation} {member}": asdict(link) for (generation, member), link in pedigree.links.items()}
    artifact = wandb.Artifact("pedigree", type="pedigree", metadata={"pedigree": links})
    with artifact.new_file("pedigree.json") as file:
        json.dump(links, file, indent=2)
    return artifact


def _model_artifact(stored: StoredRun, model: Path) -> Any:
    """Return a survivor's model, with the statistics beside it, whose metadata says where it comes from."""
    import wandb

    metadata = {**stored.summary, "pedigree": stored.config["pedigree"], "sha256": file_digest(model)}
    artifact = wandb.Artifact(stored.name, type="model", metadata=metadata)
    for path in (model, normalizer_path(model)):
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
