"""A run of Weights & Biases: whether and where it is kept, and what it records.

Offline unless the user chose otherwise by W&B's own variables (WANDB_MODE, or WANDB_API_KEY for online).
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

from heredity.errors import HeredityError, one_line
from heredity.extras import require
from heredity.training.curves import CurveRow

LONGEST_REASON = 200
"""Characters of what W&B says."""

MOST_RUNS = 64
"""Members of an arm that have a run each; of more the arm has one, and the first survivor of every lineage."""

OUTCOMES = ("passed", "survivor")
"""Tags that say what became of a member, which a later gate may take back."""


@dataclass(frozen=True)
class RunName:
    """One member of one arm, as its run is called and grouped."""

    generation: str
    arm: str
    member: str

    def __str__(self) -> str:
        return f"{self.generation}-{self.arm}-{self.member}".replace("/", "-")

    @property
    def job_type(self) -> str:
        """W&B's kind of run."""
        return {"inherited": "train", "extension": "extend"}.get(self.arm, "control")


def disabled() -> bool:
    """Whether the user switched W&B off by its own variables, or has neither installed it nor asked for it."""
    if os.environ.get("WANDB_DISABLED", "").lower() in ("true", "1"):
        return True
    chosen = os.environ.get("WANDB_MODE") or os.environ.get("WANDB_API_KEY")
    return (chosen or "").lower() == "disabled" or (not chosen and find_spec("wandb") is None)


def mode() -> Any:
    """Return the W&B mode: the user's own choice, online where a key is set, else offline."""
    return os.environ.get("WANDB_MODE") or ("online" if os.environ.get("WANDB_API_KEY") else "offline")


def logged_in() -> str:
    """Return the W&B entity that runs are written to. Raises HeredityError where they stay on this machine."""
    require("wandb")
    import wandb

    if mode() != "online":
        raise HeredityError(f"expected W&B online, got mode {mode()}; type: wandb login; export WANDB_MODE=online")
    with refusals_of_wandb("expected a login at W&B", "wandb login"):
        return os.environ.get("WANDB_ENTITY") or wandb.Api(timeout=20).default_entity or ""


@contextmanager
def refusals_of_wandb(expected: str, remedy: str) -> Iterator[None]:
    """Raise HeredityError of one line for whatever W&B raises in the block: errors of its own, of its network, …"""
    try:
        yield
    except HeredityError:
        raise
    except Exception as error:
        raise HeredityError(f"{expected}, got {one_line(error)[:LONGEST_REASON]}; type: {remedy}") from None


def project_of(study: str) -> str:
    """Return the project that a study's runs are written to: WANDB_PROJECT, or the study's own name."""
    return os.environ.get("WANDB_PROJECT") or study


def open_run(
    study: str, name: str, run_id: str, *, job_type: str, group: str, config: Mapping[str, Any], tags: Iterable[str]
) -> Any:
    """Open a run of its own, or go on with it online; the caller logs to it and finishes it.

    Id and name are its own whatever WANDB_RUN_ID and WANDB_NAME say, of which a process has one. WANDB_RUN_GROUP stands
    for the group, and the tags of WANDB_TAGS, as those that somebody gave the run, stay beside its own.
    """
    require("wandb")
    import wandb

    settings = wandb.Settings(init_timeout=30, console="off", silent=True, disable_git=False)
    online = mode() == "online"
    run = wandb.init(
        project=project_of(study), name=name, group=os.environ.get("WANDB_RUN_GROUP") or group, job_type=job_type,
        config=dict(config), mode=mode(), id=run_id, resume="allow" if online else None,
        dir=os.environ.get("WANDB_DIR"), reinit="create_new", settings=settings,
    )  # fmt: skip
    kept = (tag for tag in run.tags or () if tag not in OUTCOMES)
    run.tags = tuple(dict.fromkeys([*kept, *tags]))
    run.define_metric("env_steps")
    run.define_metric("lineage_steps")
    run.define_metric("*", step_metric="env_steps")
    run.define_metric("lineage/*", step_metric="lineage_steps")
    return run


def let_go() -> None:
    """End the process that W&B writes by, before whoever ends all children does: W&B would say that it is lost."""
    import wandb

    wandb.teardown()


def logged(row: CurveRow, begun_steps: int = 0, charged_steps: int = 0) -> dict[str, Any]:
    """Return a row of a curve as it is logged, without what is not known: over its own steps, and over its lineage's.

    begun_steps: before the row's curve began. charged_steps: what the member's own ancestors took.
    """
    known = {key: value for key, value in asdict(row).items() if value is not None}
    env_steps = begun_steps + row.env_steps
    over_lineage = {"lineage/return_mean": row.return_mean} if row.return_mean is not None else {}
    return {**known, "env_steps": env_steps, "lineage_steps": charged_steps + env_steps, **over_lineage}


def spent(steps: int, core_seconds: float) -> dict[str, float]:
    """Return what a training cost, as a run's summary has it."""
    seconds = round(core_seconds, 3)
    rate = {"steps_per_second": round(steps / seconds, 1)} if seconds else {}
    return {"core_seconds": seconds, **rate}
