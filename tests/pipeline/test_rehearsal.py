"""What `heredity check` finds out by playing: environments that are odd, each in its way."""

import json
import logging
import re

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

from heredity.errors import StudyError
from heredity.pipeline.check import check_study
from heredity.study.load import parse_study

LENGTH, LATE = 15, 12
"""Of its episodes; and the step at which it does what is odd."""


class Odd(gymnasium.Env):
    """One of three cues is shown, and every step pays 1."""

    def __init__(self, mode="sound"):
        self.mode, self.resets = mode, 0
        self.observation_space, self.action_space = spaces.Box(0, 1, (3,), np.float32), spaces.Discrete(3)
        self.unseeded = np.random.default_rng()

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps, self.resets = 0, self.resets + 1
        return self._shown(), {}

    def _shown(self):
        if self.mode == "counts its resets":
            return np.full(3, 1 / self.resets, np.float32)
        if self.mode == "outside" and self.steps == LATE:
            return np.full(3, 120, np.float32)
        rng = self.unseeded if self.mode == "unseeded" else self.np_random
        return rng.uniform(size=3).astype(np.float32)

    def action_masks(self):
        late = self.mode == "nothing allowed" and self.steps == LATE
        return np.full(3, not late)

    def step(self, action):
        self.steps += 1
        late = self.steps == LATE
        over = self.steps >= LENGTH and self.mode not in ("endless", "long")
        if late and self.mode == "raises":
            raise ValueError("not allowed")
        reward = self.unseeded.uniform() if late and self.mode == "unseeded reward" else 1.0
        reward = np.ones(1) if late and self.mode == "array" else reward
        info = {"is_success": "yes"} if over and self.mode == "success" else {}
        if self.mode == "old step":
            return self._shown(), reward, over, info
        return self._shown(), reward, np.array([over]) if self.mode == "flag" else over, False, info


class OldReset(Odd):
    def reset(self):
        return self._shown()


@pytest.fixture(scope="module", autouse=True)
def registered():
    ids = {"tests/Odd-v0": Odd, "tests/OldReset-v0": OldReset}
    for id, made in ids.items():
        gymnasium.register(id, entry_point=made)
    gymnasium.register("tests/Long-v0", entry_point=Odd, max_episode_steps=2000)
    yield
    for id in (*ids, "tests/Long-v0"):
        del gymnasium.registry[id]


@pytest.fixture
def checked(tiny, tmp_path, caplog):
    """Return a function that checks the tiny study on an environment; it returns what was logged."""

    def checked(mode="sound", id="tests/Odd-v0", **changes):
        caplog.clear()
        tiny["algorithm"].update(changes)
        for node in tiny["generations"].values():
            node.update(env={"id": id, "kwargs": {"mode": mode}}, threshold=5.0)
        with caplog.at_level(logging.WARNING):
            showed = check_study(parse_study(json.dumps(tiny), tmp_path / "params.yaml"))
        return showed, caplog.messages

    return checked


def test_a_sound_environment_is_played_for_a_moment_and_nothing_is_said(checked):
    showed, said = checked()
    assert said == []
    assert showed["first"] is showed["second"]  # one that is alike is not played twice
    assert (showed["first"].steps, showed["first"].ended, showed["first"].limit) == (LENGTH, True, 0)
    assert 0 < showed["first"].step_seconds < 0.1


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("unseeded", "two resets on seed 0 begin otherwise, so that no result of it can be had again; let it draw"),
        ("counts its resets", "two resets on seed 0 begin otherwise, .* keep nothing from the episode before"),
        ("unseeded reward", f"two episodes on seed 0 with the same actions differ at step {LATE}, so that"),
        ("outside", "expected observations within their space, got 120 beyond its high 1; give the Box the low and"),
    ],
)
def test_what_spoils_a_study_is_one_warning(checked, mode, said):
    _, (line,) = checked(mode)
    assert re.match(f"first, second: tests/Odd-v0: {said}", line)


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("array", r"a reward that is one number, got numpy\.ndarray of shape \(1,\) .*; return a float"),
        ("flag", r"terminated to be True or False, got numpy\.ndarray of shape \(1,\) .*; return a bool"),
        ("success", r"info\['is_success'\] to be True or False, got 'yes' .*; return a bool"),
        ("raises", "a step that returns, got ValueError: not allowed .*; write name: MaskablePPO, which alone is told"),
        ("old step", r"a step that returns .*; return terminated and truncated in the place of done"),
    ],
)
def test_what_would_fail_every_member_is_refused_with_what_to_do(checked, mode, said):
    with pytest.raises(StudyError, match=rf"^generations\.first\.env: tests/Odd-v0: expected {said}"):
        checked(mode)


def test_a_reset_of_before_gymnasium_is_told_what_to_write(checked):
    with pytest.raises(StudyError, match=r"; write def reset\(self, \*, seed=None, options=None\), which returns"):
        checked(id="tests/OldReset-v0")


def test_masks_that_allow_nothing_are_found_where_they_come_late(checked):
    with pytest.raises(StudyError, match=r"got none on seed 0; end the episode where nothing is left to choose"):
        checked("nothing allowed", name="MaskablePPO")


def test_what_wraps_the_copies_is_one_line_too(checked, monkeypatch):
    def broken(*_):
        raise KeyError("observation")

    monkeypatch.setattr("stable_baselines3.common.vec_env.vec_normalize.VecNormalize.step_wait", broken)
    with pytest.raises(StudyError, match=r"env: tests/Odd-v0: expected PPO to play it, got KeyError: 'observation'$"):
        checked(normalize={"observation": True, "reward": False})


def test_a_budget_in_which_no_episode_may_end_is_said(checked, tiny):
    _, (line,) = checked("long", "tests/Long-v0")
    assert line == (
        "first, second: budget: 128 steps are 64 in each of 2 environments, and an episode of tests/Long-v0 takes up "
        "to 2,000, so that none may end while a member learns; write budget: 4000, or more"
    )
    for node in tiny["generations"].values():
        node["budget"] = 4000
    assert checked("long", "tests/Long-v0")[1] == []
    for node in tiny["generations"].values():
        node["budget"] = 128
    assert checked("sound", "tests/Long-v0")[1] == []  # its limit is 2,000, and an episode is over in 15


def test_episodes_that_nothing_ends_are_said(checked, monkeypatch):
    monkeypatch.setattr("heredity.pipeline.rehearsal.MOST_STEPS", 30)
    _, (line,) = checked("endless")
    assert line.startswith("first, second: tests/Odd-v0 registers no time limit, and 30 random steps ended no episode")
    assert line.endswith("write env: {id: tests/Odd-v0, kwargs: {max_episode_steps: …}}")
