"""Hyperparameters that fall over the budget."""

import pytest

from heredity.agents.schedules import is_schedule, schedule_of
from heredity.errors import StudyError


@pytest.mark.parametrize(
    ("written", "values"),  # at the beginning, after a quarter and after three quarters of the budget
    [
        ("lin_3e-4", (3e-4, 2.25e-4, 0.75e-4)),
        ({"start": 0.4}, (0.4, 0.3, 0.1)),
        ({"start": 0.4, "end": 0.2}, (0.4, 0.35, 0.25)),
        ({"start": 0.4, "end": 0.2, "end_fraction": 0.5}, (0.4, 0.3, 0.2)),
    ],
)
def test_a_schedule_falls_as_it_is_written(written, values):
    assert is_schedule(written)
    schedule = schedule_of(written, "key")
    assert [schedule(left) for left in (1.0, 0.75, 0.25)] == pytest.approx(values)


@pytest.mark.parametrize("written", [{"start": "x"}, {"start": 1, "end_fraction": 0}, {"start": 1, "stop": 2}])
def test_a_mapping_that_is_no_schedule_is_refused(written):
    with pytest.raises(
        StudyError, match=r"^key: expected start, end and an end_fraction from 0 to 1, got .*; write for"
    ):
        schedule_of(written, "key")


def test_numbers_are_no_schedules():
    assert not any(map(is_schedule, [3e-4, "auto", {"pi": [64]}, None, True]))
