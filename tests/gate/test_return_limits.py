"""What returns lie between: known where somebody says so and no return gainsays it, else what was seen."""

import pytest

from heredity.errors import GateError
from heredity.gate.return_limits import ReturnLimit, lower_limit, upper_limit

PLAYED = {"m00": [2.0, 5.0], "m01": [4.0, 1.0, 7.0]}


def limit(value, source):
    return ReturnLimit(value, {"e": "environment", "s": "evaluate.floor"}.get(source, f"{source} return seen"))


@pytest.mark.parametrize(
    ("floor", "taken"),
    [
        (None, limit(1.0, "lowest")),
        (limit(0.0, "e"), limit(0.0, "e")),
        (limit(1.0, "e"), limit(1.0, "e")),  # a return may be the lowest there is
        (limit(1.5, "e"), limit(1.0, "lowest")),
        (limit(1.0, "s"), limit(1.0, "s")),
        (limit(-3.0, "lowest"), limit(-3.0, "lowest")),  # seen by the gate, and still nothing that is known
        (limit(3.0, "lowest"), limit(1.0, "lowest")),
    ],
)
def test_the_floor_is_what_is_known_of_it_else_the_lowest_return_seen(floor, taken):
    assert lower_limit(floor, PLAYED) == taken
    assert taken.known == (taken.source in ("environment", "evaluate.floor"))


@pytest.mark.parametrize(
    ("ceiling", "taken"),
    [
        (None, limit(7.0, "highest")),
        (limit(8.0, "e"), limit(8.0, "e")),
        (limit(7.0, "e"), limit(7.0, "e")),
        (limit(6.5, "e"), limit(7.0, "highest")),
        (limit(9.0, "highest"), limit(9.0, "highest")),
        (limit(6.0, "highest"), limit(7.0, "highest")),
    ],
)
def test_the_ceiling_is_what_is_known_of_it_else_the_highest_return_seen(ceiling, taken):
    assert upper_limit(ceiling, PLAYED) == taken


def test_a_return_below_the_stated_floor_is_refused_by_member_and_episode():
    message = (
        r"^m01: expected returns at or above evaluate\.floor 1\.5, got 1 in episode 1; write the lowest return that an "
        r"episode can have, or leave evaluate\.floor out$"
    )
    with pytest.raises(GateError, match=message):
        lower_limit(limit(1.5, "s"), PLAYED)
