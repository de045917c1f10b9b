"""What an environment says is allowed is asked as sb3-contrib asks it, and checked before anybody acts on it."""

import gymnasium
import numpy as np
import pytest
from sb3_contrib.common.wrappers import ActionMasker

from heredity.agents.algorithms import build, make_many
from heredity.agents.boundary.guard import Guard
from heredity.agents.masks import action_mask, offers_masks, wrong_mask
from heredity.agents.task import Task
from heredity.errors import StudyError, TaskError
from heredity.pipeline.check import check_study
from heredity.study.load import load_study
from tests.masked import MASKABLE, SPACES, masked


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        ([True] * 3, "Discrete", r"to return 8 truth values for Discrete\(8\), got 3 of shape \(3,\)"),
        ([False] * 8, "Discrete", "to allow at least one value of every choice, got none"),
        ([True] * 5 + [False] * 4, "MultiDiscrete", "to allow at least one value of every choice, got none"),
        ([[True] * 5, [True] * 4], "MultiDiscrete", "9 truth values for .*, got rows of different lengths"),
        ([0.0] + [-np.inf] * 7, "Discrete", "got values of float64 that are neither 0 nor 1"),
        ([True] * 4, "MultiBinary", r"8 truth values for MultiBinary\(4\), got 4 of shape"),
    ],
)
@pytest.mark.parametrize("asks", [action_mask, lambda env: make_many(masked(**env.spec.kwargs), 1, 0)])
def test_a_mask_that_is_none_is_refused_whoever_asks(answer, kind, said, asks):
    env = masked(kind=kind, answer=answer).make()
    env.reset(seed=3)
    with pytest.raises(TaskError, match=rf"^tests/Masked-v0: expected action_masks\(\) .*{said}.* on seed \d(; .*)?$"):
        asked = asks(env)
        asked.reset()
        asked.env_method("action_masks")


@pytest.mark.parametrize(("kind", "answer"), [("Discrete", [[1, 0] * 4]), ("MultiDiscrete", [1.0] * 9)])
def test_a_mask_may_be_written_in_other_numbers_and_shapes(kind, answer):
    env = masked(kind=kind, answer=answer).make()
    assert wrong_mask(answer, SPACES[kind]) is None
    assert action_mask(env).tolist() == np.ravel(answer).astype(bool).tolist()


def test_a_mask_that_cannot_be_asked_for_is_named_with_the_environment():
    env = gymnasium.make("CartPole-v1")
    env.unwrapped.action_masks = np.ones(2, bool)  # no method
    with pytest.raises(TaskError, match=r"^own: expected an action_masks that returns, got TypeError: .*not callable$"):
        action_mask(Guard(env, "own"))
    with pytest.raises(
        TaskError, match=r"^Acrobot-v1: expected an environment with a method action_masks\(\), got none"
    ):
        action_mask(Task("Acrobot-v1").make())


def test_masks_come_from_below_and_from_sb3_contribs_wrapper():
    assert offers_masks(gymnasium.wrappers.TimeAwareObservation(masked().make()))
    wrapped = Guard(ActionMasker(gymnasium.make("CartPole-v1"), lambda _: np.array([False, True])), "own")
    assert action_mask(wrapped).tolist() == [False, True]
    assert not offers_masks(Task("CartPole-v1").make())


def test_an_algorithm_that_is_told_what_is_allowed_needs_somebody_who_says_it(tiny, write_study):
    said = r"MaskablePPO cannot take CartPole-v1: expected .* action_masks\(\), .* got none; write it, or name: PPO$"
    with pytest.raises(StudyError, match=said):
        build(MASKABLE, Task("CartPole-v1"), 0, 0)
    tiny["algorithm"]["name"] = "MaskablePPO"
    with pytest.raises(StudyError, match=rf"^generations.first.algorithm: {said}"):
        check_study(load_study(write_study(tiny)))
