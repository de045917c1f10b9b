"""Which studies the cohort engine trains on a GPU: those on twins, many of whose members are one program there."""

from heredity.agents.task import Task
from heredity.agents.twins.registry import why_no_twin
from heredity.agents.twins.support import why_not
from heredity.study.sections import Algorithm, Train

THERE = "where train.device is cuda"


def why_not_trained(algorithm: Algorithm, task: Task, train: Train, *, guided: str | None = None) -> str | None:
    """Return why the cohort engine cannot train on `train.device`, as a sentence goes on after "cohort"; else None.

    guided: the name of what a member's inheritance does while it trains, None where that does nothing. Raises TaskError
    for an id that nobody has registered.
    """
    reason = why_not(algorithm, task)
    if reason or train.device == "cpu":
        return reason
    if train.environments not in ("auto", "jax"):
        return f"trains on twins alone {THERE}, not on {train.environments}"
    if reason := why_no_twin(task):
        return f"trains on twins alone {THERE}, and {reason}"
    return f"knows no {guided} {THERE}" if guided else None
