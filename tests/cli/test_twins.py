"""heredity check --twin: whether a twin is one."""

import sys

import gymnasium
import pytest

from heredity.agents.twins import registry
from heredity.cli import twins
from tests.cli.commands import typed

OWN = """
import gymnasium
from gymnasium.envs.classic_control import CartPoleEnv
from heredity.agents.twins.registry import register_twin

gymnasium.register("Own-v0", entry_point="own_cart:Own", max_episode_steps=50)
register_twin("own_cart:Own", "own_twin:make")

class Own(CartPoleEnv):
    def reset(self, **given):
        super().reset(**given)
        self.state = WIDER * self.state
        return self.state.astype("float32"), {}
"""

TWIN = """
import dataclasses
from heredity.agents.twins.classic.cart_pole import cart_pole

def make(task, limit):
    return dataclasses.replace(cart_pole(task, limit), equality="EQUALITY")
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Return a function that writes an environment and its twin."""
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    monkeypatch.setattr(twins, "STEPS", 500)

    def write(wider="1", equality="rounding"):
        (tmp_path / "own_cart.py").write_text(OWN.replace("WIDER", wider))
        (tmp_path / "own_twin.py").write_text(TWIN.replace("EQUALITY", equality))
        return tmp_path

    yield write
    for name in ("own_cart", "own_twin"):
        sys.modules.pop(name, None)
    gymnasium.registry.pop("Own-v0", None)


@pytest.mark.study
def test_a_twin_that_is_one_is_told_in_two_lines(own):
    steps, resets, *_ = typed(own(), "check", "--twin", "own_cart:Own-v0").splitlines()
    assert steps.startswith("Own-v0: 500 steps (2")
    assert "equal to the rounding: differing none, largest " in steps
    assert resets.startswith("Own-v0: 1000 resets, ")
    assert " smallest adjusted p " in resets


@pytest.mark.study
def test_one_whose_episodes_begin_otherwise_ends_with_2_and_one_line(own):
    *_, refused = typed(own(wider="1.2"), "check", "--twin", "own_cart:Own-v0", code=2).splitlines()
    assert refused.startswith("error: Own-v0: expected episodes that begin alike, got p = ")


@pytest.mark.study
def test_one_whose_steps_are_not_equal_ends_with_2_and_one_line(own):
    steps, *_, refused = typed(own(equality="bit"), "check", "--twin", "own_cart:Own-v0", code=2).splitlines()
    assert "equal to the bit: differing observation of " in steps
    assert refused.startswith("error: Own-v0: expected steps equal to the bit, got ")
    assert refused.endswith(" of 500 with another observation")


@pytest.mark.study
def test_steps_that_are_drawn_are_not_compared(own):
    steps, resets, *_ = typed(own(equality="distribution"), "check", "--twin", "own_cart:Own-v0").splitlines()
    assert steps == "Own-v0: steps are equal in distribution alone, and were not compared"
    assert "1000 resets" in resets


@pytest.mark.study
def test_minigrids_wrapper_need_not_be_said(tmp_path, monkeypatch):
    monkeypatch.setattr(twins, "STEPS", 300)
    steps, *_ = typed(tmp_path, "check", "--twin", "MiniGrid-Empty-5x5-v0").splitlines()
    assert steps.startswith("MiniGrid-Empty-5x5-v0: 300 steps (")
    assert "equal to the bit: differing none, largest 0" in steps


@pytest.mark.parametrize(
    ("id", "said"),
    [("FrozenLake-v1", "error: FrozenLake-v1: gymnasium.envs.toy_text.frozen_lake:FrozenLakeEnv has no twin"),
     ("CartPoole-v1", "error: expected the id of a registered Gymnasium environment, got 'CartPoole-v1'; did you")],
)  # fmt: skip
def test_without_a_twin_or_an_id_it_is_one_line(tmp_path, id, said):
    *_, line = typed(tmp_path, "check", "--twin", id, code=2).splitlines()
    assert line.startswith(said)
