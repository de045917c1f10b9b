"""The twin of DoorKey is held beside MiniGrid's own."""

import pytest

from heredity.agents.twins.conformance import prove_resets, prove_steps
from tests.agents.twins.minigrid.examples import Busy, flat

SIZES = [5, 6, 8, 16]

EVERYTHING = {
    *(("toggle", "locked", False), ("toggle", "locked", True), ("toggle", "open", True), ("toggle", "closed", False)),
    *(("forward", "locked", False), ("forward", "closed", True), ("forward", "open", True), ("forward", "open", False)),
    *(("pickup", "key", False), ("forward", "key", False), ("drop", "key", False), ("toggle", "key", False)),
    *(("drop", "empty", True), ("drop", "empty", False), ("drop", "wall", True), ("drop", "open", True)),
    *(("drop", "closed", True), ("pickup", "empty", True), ("pickup", "open", False), ("pickup", "locked", False)),
    *(("forward", "goal", True), ("forward", "goal", False), ("forward", "wall", True), ("done", "empty", False)),
    *(("drop", "goal", True), ("toggle", "goal", False), ("pickup", "goal", False), ("toggle", "wall", False)),
}
"""Action, what lies ahead, and whether the key is carried."""


@pytest.mark.study
def test_every_step_is_equal_to_the_bit_whatever_is_done_to_whatever_lies_ahead():
    busy = Busy()
    report = prove_steps(flat("MiniGrid-DoorKey-5x5-v0"), 12_000, 1, busy)
    assert report.equal, report
    assert min(report.terminated, report.truncated, report.rewarded) > 5, report
    assert sorted(EVERYTHING - busy.did.keys()) == []


@pytest.mark.study
@pytest.mark.parametrize(
    "limits", [{"max_steps": 7}, {"max_episode_steps": 9}, {"max_steps": 6, "max_episode_steps": 9}]
)
def test_both_limits_cut_episodes_off_and_max_steps_alone_is_in_the_reward(limits):
    report = prove_steps(flat("MiniGrid-DoorKey-8x8-v0", **limits), 1500, 2, Busy())
    assert report.equal, report
    assert report.truncated >= 1500 // 9 - 1


@pytest.mark.study
def test_resets_are_equal_in_distribution():
    report = prove_resets(flat("MiniGrid-DoorKey-5x5-v0"), 3000, 3)
    assert report.equal, report
    assert report.shared == 48  # three cells for agent and key, two for the door, four directions


@pytest.mark.slow
@pytest.mark.study
@pytest.mark.parametrize("size", SIZES)
def test_many_steps_and_resets_of_every_size(size):
    task = flat(f"MiniGrid-DoorKey-{size}x{size}-v0")
    for report in (prove_steps(task, 20_000, size, Busy()), prove_resets(task, 20_000, size)):
        assert report.equal, report
