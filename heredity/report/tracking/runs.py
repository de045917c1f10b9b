"""A run of Weights & Biases: whether and where it is kept, and what it records.

Offline unless the user chose otherwise by W&B's own variables (WANDB_MODE, or WANDB_API_KEY for online).
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

from heredity.errors import HeredityError, one_line
from heredity.extras import require
from heredity.layout import control_name
from heredity.training.curves import CurveRow

LONGEST_REASON = 200
"""Characters of what W&B says."""


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
        return "control" if control_name(self.arm) else "train"


def run_config(name: RunName, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a member's run records besides its curve.

    settings: the study's and the generation's, and as "pedigree" the member's birth, empty where it has none.
    """
    return {"pedigree": {}, **settings, "generation": name.generation, "arm": name.arm}


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


def open_run(
    project: str, name: str, *, job_type: str, group: str, config: Mapping[str, Any], run_id: str | None = None
) -> Any:
    """Open a run of its own in a project; the caller logs to it and finishes it."""
    require("wandb")
    import wandb

    settings = wandb.Settings(init_timeout=30, console="off", silent=True, disable_git=False)
    return wandb.init(
        project=project, name=name, group=group, job_type=job_type, config=dict(config), mode=mode(),
        id=run_id, dir=os.environ.get("WANDB_DIR"), reinit="create_new", settings=settings,
    )  # fmt: skip


def count_env_steps(run: Any) -> None:
    """Let every chart of a run have the environment steps across."""
    run.define_metric("env_steps")
    run.define_metric("*", step_metric="env_steps")


def logged(row: CurveRow) -> dict[str, Any]:
    """Return a row of a curve as it is logged: without what is not known."""
    return {key: value for key, value in asdict(row).items() if value is not None}
