"""What an environment may answer, by kind; all else is refused in one sentence."""

from copy import deepcopy
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch
from gymnasium import spaces

from heredity.agents.boundary import answers
from heredity.agents.boundary.answers import WrongAnswerError

BOX = spaces.Box(-1, 1, (2,), np.float32)
PIXELS = spaces.Box(0, 255, (2,), np.uint8)
SOUND = [1, True, 1.0, np.True_, np.float16(1), np.int8(1), np.array(1.0), torch.tensor(1.0), Fraction(1), Decimal(1)]


@pytest.mark.parametrize("reward", SOUND, ids=repr)
def test_one_real_number_is_a_reward(reward):
    assert type(answers.reward(reward)) is float
    assert answers.reward(reward) == 1


@pytest.mark.parametrize(
    ("reward", "got"),
    [
        (None, "None"),
        ("1.0", "'1.0'"),
        (1j, "complex"),
        (np.array([1.0]), r"numpy.ndarray of shape \(1,\)"),
        (torch.ones(1), r"torch.Tensor of shape \(1,\)"),
        (np.array(None, object), r"numpy.ndarray of shape \(\)"),
        (np.datetime64("2020-01-01"), r"numpy.datetime64 of shape \(\)"),
        (float, "type"),
    ],
)
def test_what_is_no_number_is_no_reward(reward, got):
    with pytest.raises(WrongAnswerError, match=f"a reward that is one number', '?\"?{got}"):
        answers.reward(reward)


@pytest.mark.parametrize("reward", [float("nan"), float("inf"), 10**400, 1e300, Decimal("NaN")])
def test_a_reward_that_float32_cannot_hold_is_refused(reward):
    with pytest.raises(WrongAnswerError, match="a finite reward"):
        answers.reward(reward)


@pytest.mark.parametrize("value", [None, "no", 2, 0.5, np.array([False]), float("nan"), object()])
def test_a_flag_is_true_or_false(value):
    assert answers.flag(np.True_, "terminated") is True
    assert answers.flag(0, "terminated") is False
    with pytest.raises(WrongAnswerError, match="terminated to be True or False"):
        answers.flag(value, "terminated")


def test_of_an_info_stays_what_is_the_environments_own():
    told = answers.info({"is_success": np.True_, "episode": 5, "terminal_observation": 1, "mine": 2}, kept_whole=False)
    assert told == {"is_success": True, "mine": 2}
    assert told["is_success"] is True
    assert answers.info({"is_success": None}, kept_whole=False) == {}


def test_an_info_is_copied_without_what_is_in_it():
    generator = (each for each in ())
    assert deepcopy(answers.info({"mine": generator}, kept_whole=False))["mine"] is generator


@pytest.mark.parametrize("value", [None, [], "{}"])
def test_an_info_is_a_dictionary(value):
    with pytest.raises(WrongAnswerError, match="an info that is a dictionary"):
        answers.info(value, kept_whole=False)


@pytest.mark.parametrize("success", ["yes", float("nan"), 0.5, np.ones(1)], ids=repr)
def test_a_success_is_true_false_or_not_known(success):
    with pytest.raises(WrongAnswerError, match="to be True or False"):
        answers.info({"is_success": success}, kept_whole=False)


@pytest.mark.parametrize("answer", ["abcde", iter(range(5)), np.zeros(5), None, (1, 2, 3, 4), [1] * 6])
def test_a_step_is_five_values(answer):
    with pytest.raises(WrongAnswerError, match="a step that returns 5 values"):
        answers.values(answer, "step", "a, b, c, d, e")


@pytest.mark.parametrize(
    ("value", "space"),
    [
        (np.zeros(2), BOX),  # of another type
        ([0, 1], BOX),
        (np.array([1, 2]), PIXELS),
        (np.array([1.0, 2.0]), PIXELS),
        (1, spaces.Discrete(2)),
        (np.int8(1), spaces.Discrete(2)),
        (np.array([1, 0]), spaces.MultiDiscrete([2, 2])),
        (np.array([1, 0], np.int8), spaces.MultiBinary(2)),
    ],
)
def test_numbers_that_the_space_can_hold_are_an_observation(value, space):
    assert np.array_equal(answers.observation(value, space), value)


@pytest.mark.parametrize(
    ("value", "space", "expected"),
    [
        (np.array([object(), 1], object), BOX, "observations of numbers"),
        (["1", "2"], BOX, "observations of numbers"),
        (np.zeros(2) * 1j, BOX, "observations of numbers"),
        ([10**400, 0], BOX, "observations of numbers"),
        ([[1], [1, 2]], BOX, "an observation that is one array"),
        (np.full(2, 1e300), BOX, "observations that float32 can hold"),
        (np.array([0, 300]), PIXELS, "observations that uint8 can hold"),
        (np.array([0, 0.5]), PIXELS, "observations that uint8 can hold"),
        ("abc", spaces.Discrete(2), "observations of numbers"),
        (2, spaces.Discrete(2), "an observation of Discrete"),
        (np.array([2, 0]), spaces.MultiDiscrete([2, 2]), "an observation of MultiDiscrete"),
        (np.array([2, 0]), spaces.MultiBinary(2), "an observation of MultiBinary"),
    ],
)
def test_what_the_space_cannot_hold_is_no_observation(value, space, expected):
    with pytest.raises(WrongAnswerError, match=expected):
        answers.observation(value, space)


def test_every_part_of_a_dictionary_is_looked_at():
    space = spaces.Dict(near=spaces.Box(0, 1, (2,), np.float32), kind=spaces.Discrete(3))
    assert answers.observation({"near": np.zeros(2), "kind": 1}, space)["kind"] == 1
    with pytest.raises(WrongAnswerError, match="finite observations"):
        answers.observation({"near": np.full(2, np.nan), "kind": 1}, space)
    with pytest.raises(WrongAnswerError, match="observations with the keys near, kind"):
        answers.observation({"near": np.zeros(2)}, space)
