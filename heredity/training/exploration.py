"""Where the exploration of an off-policy member begins: anew, or where its parent's ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.utils import ConstantSchedule

from heredity.upbringing import Upbringing


@contextmanager
def explored(model: BaseAlgorithm, upbringing: Upbringing) -> Iterator[None]:
    """Let a model learn with the schedules that its upbringing asks for; afterwards it has its own ones.

    A replay buffer that is kept takes the place of the steps before learning starts. A kept exploration leaves epsilon
    at its final value.
    """
    own: Any = model
    changed: dict[str, Any] = {}
    if upbringing.replay is not None:
        changed["learning_starts"] = 0
    if not upbringing.explores_anew and hasattr(own, "exploration_schedule"):
        changed["exploration_schedule"] = ConstantSchedule(own.exploration_final_eps)
    before = {name: getattr(own, name) for name in changed}
    for name, value in changed.items():
        setattr(own, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(own, name, value)
