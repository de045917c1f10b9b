"""Hyperparameters that fall over the budget, as Stable-Baselines3 and its zoo write them."""

from typing import Any

from stable_baselines3.common.utils import LinearSchedule

from heredity.errors import StudyError, shortened

LINEAR = "lin_"
"""`lin_0.001` falls linearly from 0.001 to 0 over the budget, as rl-baselines3-zoo writes it."""

PARTS = {"start": None, "end": 0.0, "end_fraction": 1.0}
"""What Stable-Baselines3's LinearSchedule takes: it falls over a part of the budget and stays at its end."""


def is_schedule(value: Any) -> bool:
    """Whether a hyperparameter falls over the budget: `lin_0.001`, or a mapping with a start."""
    return value.startswith(LINEAR) if isinstance(value, str) else isinstance(value, dict) and "start" in value


def schedule_of(value: Any, key: str) -> LinearSchedule:
    """Return the schedule that a hyperparameter is, by its key. Raises StudyError for what is none."""
    try:
        if isinstance(value, str):
            return LinearSchedule(float(value.removeprefix(LINEAR)), 0.0, 1.0)
        start, end, fraction = (float(value.get(part, usual)) for part, usual in PARTS.items())
        if value.keys() <= PARTS.keys() and 0 < fraction <= 1:
            return LinearSchedule(start, end, fraction)
    except (TypeError, ValueError):
        pass
    if isinstance(value, str):
        raise StudyError(
            f"{key}: expected a number after {LINEAR}, got {shortened(value)}; write for example lin_0.001"
        )
    raise StudyError(
        f"{key}: expected start, end and an end_fraction from 0 to 1, got {shortened(value)}; "
        "write for example {start: 0.001, end: 0.0001}"
    )
