"""The twin of Empty is held beside MiniGrid's own."""

import pytest

from heredity.agents.twins.conformance import prove_resets, prove_steps
from heredity.agents.twins.registry import make_twin
from tests.agents.twins.minigrid.examples import Busy, flat

TASKS = [
    *("MiniGrid-Empty-5x5-v0", "MiniGrid-Empty-6x6-v0", "MiniGrid-Empty-8x8-v0", "MiniGrid-Empty-16x16-v0"),
    *("MiniGrid-Empty-Random-5x5-v0", "MiniGrid-Empty-Random-6x6-v0"),
]


@pytest.mark.study
def test_every_step_is_equal_to_the_bit():
    busy = Busy()
    report = prove_steps(flat("MiniGrid-Empty-Random-6x6-v0"), 4000, 1, busy)
    assert report.equal, report
    assert min(report.terminated, report.truncated, report.rewarded) > 3, report
    assert {("forward", "goal", False), ("forward", "wall", False), ("drop", "empty", False)} <= busy.did.keys()


@pytest.mark.study
@pytest.mark.parametrize("kwargs", [{}, {"agent_start_pos": (6, 6), "agent_start_dir": 2, "max_steps": 11}])
def test_an_episode_begins_where_the_task_says(kwargs):
    task = flat("MiniGrid-Empty-8x8-v0", **kwargs)
    steps, resets = prove_steps(task, 800, 2, Busy()), prove_resets(task, 20, 2)
    assert steps.equal, steps
    assert resets.equal, resets
    assert (resets.shared, len(resets.p_values)) == (1, 0)
    assert make_twin(task).longest == kwargs.get("max_steps", 256)


@pytest.mark.study
def test_random_resets_are_equal_in_distribution():
    report = prove_resets(flat("MiniGrid-Empty-Random-5x5-v0"), 2000, 3)
    assert report.equal, report
    assert report.shared == 32  # eight free cells, four directions


@pytest.mark.slow
@pytest.mark.study
@pytest.mark.parametrize("id", TASKS)
def test_many_steps_and_resets_of_every_size(id):
    for report in (prove_steps(flat(id), 20_000, 4, Busy()), prove_resets(flat(id), 20_000, 4)):
        assert report.equal, report
