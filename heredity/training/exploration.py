"""Where the exploration of an off-policy member begins: anew, or where its parent's ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.utils import ConstantSchedule

from heredity.inheritance.warm_start import WarmStart


@contextmanager
def exploration_schedule(model: BaseAlgorithm, warm_start: WarmStart) -> Iterator[None]:
    """Let a model learn with the schedules that its warm_start asks for; afterwards it has its own ones.

    A replay buffer that is kept takes the place of the steps before learning starts. A kept exploration leaves epsilon
    at its final value.
    """
    untyped: Any = model
    changed: dict[str, Any] = {}
    if warm_start.replay is not None:
        changed["learning_starts"] = 0
    if not warm_start.explores_anew and hasattr(untyped, "exploration_schedule"):
        changed["exploration_schedule"] = ConstantSchedule(untyped.exploration_final_eps)
    before = {name: getattr(untyped, name) for name in changed}
    for name, value in changed.items():
        setattr(untyped, name, value)
    try:
        yield
    finally:  # what stays changed would be packed into the agent, and so into its heirs
        for name, value in before.items():
            setattr(untyped, name, value)
