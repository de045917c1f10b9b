"""The twin of Crossing, of lava and of wall, is held beside MiniGrid's own."""

import pytest
from minigrid.core.world_object import Lava, Wall

from heredity.agents.twins.conformance import prove_resets, prove_steps
from tests.agents.twins.minigrid.examples import Busy, flat

TASKS = [
    *((f"MiniGrid-{kind}CrossingS9N{n}-v0", {}) for kind in ("Simple", "Lava") for n in (1, 2, 3)),
    *((f"MiniGrid-{kind}CrossingS11N5-v0", {}) for kind in ("Simple", "Lava")),
    ("MiniGrid-LavaCrossingS9N1-v0", {"size": 5, "num_crossings": 2}),
    ("MiniGrid-LavaCrossingS9N1-v0", {"size": 17, "num_crossings": 14}),
    ("MiniGrid-SimpleCrossingS9N1-v0", {"size": 7, "num_crossings": 99}),
]


@pytest.mark.study
@pytest.mark.parametrize("obstacle", ["lava", "wall", Lava, Wall])
def test_every_step_is_equal_to_the_bit(obstacle):
    busy = Busy()
    task = flat("MiniGrid-LavaCrossingS9N2-v0", obstacle_type=obstacle, size=7, max_steps=90)
    report = prove_steps(task, 2500, 1, busy)
    assert report.equal, report
    assert min(report.truncated, report.rewarded) > 0, report
    died = report.terminated - report.rewarded
    assert died == sum(
        count for (action, ahead, _), count in busy.did.items() if (action, ahead) == ("forward", "lava")
    )
    assert (died > 0) == (obstacle in ("lava", Lava))


@pytest.mark.study
@pytest.mark.parametrize("kwargs", [{}, {"size": 5, "num_crossings": 2}, {"size": 11, "num_crossings": 8}])
def test_resets_are_equal_in_distribution(kwargs):
    report = prove_resets(flat("MiniGrid-LavaCrossingS9N2-v0", **kwargs), 2000, 2)
    assert report.equal, report


@pytest.mark.study
def test_no_crossing_is_an_empty_room():
    report = prove_resets(flat("MiniGrid-LavaCrossingS9N2-v0", num_crossings=0), 20, 2)
    assert (report.equal, report.shared, len(report.p_values)) == (True, 1, 0)


@pytest.mark.slow
@pytest.mark.study
@pytest.mark.parametrize(("id", "kwargs"), TASKS)
def test_many_steps_and_resets_of_every_size(id, kwargs):
    task = flat(id, **kwargs)
    for report in (prove_steps(task, 20_000, 4, Busy()), prove_resets(task, 20_000, 4)):
        assert report.equal, report
