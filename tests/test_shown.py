"""A value of the public surface is a line or two when it is printed: no weights, no buffers, no curves."""

import numpy as np
import pytest

import heredity
from heredity import Agent, Algorithm, Arm, Donor, Heir, Member, Returns, Shard, Task, Train, Trained
from heredity.inheritance.warm_start import WarmStart
from heredity.training.checkpoints import checkpoint_key
from heredity.training.curves import CurveRow
from tests.examples import CHECKOUT
from tests.inheritance.test_glance import HEIR

AGENT = Agent(b"\x00" * 12_345)
CURVE = tuple(CurveRow(step, 9.125, 1.0, 9.0, None, 20) for step in range(500))
RETURNS = Returns(np.arange(100), np.linspace(0.0, 10.0, 100), np.ones(100, np.int64), np.full(100, np.nan))
MEMBER = Member("m01", AGENT, 7, {"learning_rate": 0.1}, WarmStart(replay=b"\x00" * 1000, parent=AGENT))
SHARD = Shard(
    "small", "inherited", Task("CartPole-v1"), Algorithm(name="PPO"), Train(), 100, 3, (MEMBER, Heir(AGENT, HEIR))
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (AGENT, f"Agent({AGENT.digest[:8]}, 12,345 bytes)"),
        (Agent(b"", b"\x00" * 99), f"Agent({Agent(b'', bytes(99)).digest[:8]}, 0 bytes and 99 of statistics)"),
        (RETURNS, "Returns(100 episodes, mean 5, from 0 to 10)"),
        (Returns(*(np.array([]) for _ in range(4))), "Returns(0 episodes)"),
        (Heir(AGENT, HEIR), f"Heir('m01', copy of m00, {AGENT})"),
        (MEMBER, f"Member('m01', {AGENT}, seed=7, learning_rate=0.1)"),
        (Trained("m01", AGENT, CURVE, 1000, True), "Trained('m01', 1,000 steps, return 9.125, threshold reached)"),
        (Trained("m01", AGENT, (), 5, False, "it broke"), "Trained('m01', 5 steps, failed: it broke)"),
        (Arm({"m01": ([0] * 999, [0.0] * 999)}, 1000), "Arm(curves of 1, budget=1000)"),
    ],
)
def test_a_value_says_what_it_is(value, shown):
    assert repr(value) == shown


def test_nothing_that_is_large_is_printed_whole():
    donor = Donor(AGENT, replay=b"\x00" * 1000)
    for value in (SHARD, donor, MEMBER.warm_start, heredity.load_study(CHECKOUT / "params.yaml")):
        assert r"\x00" not in repr(value)
        assert len(repr(value)) < 1200
        assert len(str(value)) < 1200


def test_a_checkpoint_is_named_by_every_setting_of_its_shard_however_short_that_is_printed():
    """The name is made of what Python prints of a shard."""
    others = [
        Shard("", "", Task("CartPole-v1", {"a": 1}), SHARD.algorithm, SHARD.train, 100, 3, ()),
        Shard("", "", SHARD.task, Algorithm(name="PPO", n_envs=3), SHARD.train, 100, 3, ()),
        Shard("", "", SHARD.task, SHARD.algorithm, Train(window=9), 100, 3, ()),
        Shard("", "", SHARD.task, SHARD.algorithm, SHARD.train, 100, 4, ()),
        Shard("", "", SHARD.task, SHARD.algorithm, SHARD.train, 100, 3, (), code="other"),
    ]
    names = {checkpoint_key(shard, MEMBER) for shard in (SHARD, *others)}
    assert len(names) == 6
    assert checkpoint_key(SHARD, MEMBER) != checkpoint_key(SHARD, Member("m01", Agent(b"\x01" * 12_345), 7))
