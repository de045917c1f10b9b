"""Which pairs of generations `compare` takes, and in what branches differ."""

import copy
import json

import pytest

from heredity.errors import StudyError
from heredity.study.branches import differ_in_parents_alone, keys_apart
from heredity.study.load import parse_study
from tests.examples import TINY

LAST = TINY["generations"]["second"]


def study(compare, **generations):
    """Return the tiny study with branches beside its second generation, each with changes to it."""
    content = copy.deepcopy(TINY) | {"compare": compare}
    content["generations"] |= {name: {**copy.deepcopy(LAST), **changes} for name, changes in generations.items()}
    return parse_study(json.dumps(content))


def test_a_study_without_pairs_compares_no_branches():
    assert study([]).compare == ()
    assert study([["second", "random"]], random={}).compare == (("second", "random"),)


@pytest.mark.parametrize(
    ("compare", "message"),
    [
        ([["second", "randon"]], r"compare\.0: expected names out of first, second, random, chained, got 'randon'"),
        ([["second", "second"]], r"compare\.0: expected two generations, got second twice"),
        ([["second", "random"], ["random", "second"]], r"compare\.1: expected every pair once, got random and second"),
        ([["second", "random"], ["second", "random"]], r"compare\.1: expected every pair once, got second and random"),
        ([["chained", "random"]], r"compare\.0: expected branches, got random, which chained descends from"),
        ([["random", "chained"]], r"compare\.0: expected branches, got random, which chained descends from"),
        ([["second"]], r"compare\.0\.1: expected a list of pairs of generations on one task"),
        ("medium", "compare: expected a list of pairs of generations on one task"),
    ],
)  # fmt: skip
def test_what_is_no_pair_of_branches_is_refused(compare, message):
    with pytest.raises(StudyError, match=message):
        study(compare, random={}, chained={"after": "random"})


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"env": "Acrobot-v1"}, r"env\.id 'CartPole-v1' of second and 'Acrobot-v1' of other"),
        ({"env": {"id": "CartPole-v1", "kwargs": {"sutton_barto_reward": True}}}, r"env\.kwargs {} of second and"),
        ({"env": {"id": "CartPole-v1", "wrappers": ["gymnasium.wrappers.TimeAwareObservation"]}}, r"env\.wrappers"),
        ({"threshold": 30.0}, r"threshold 20\.0 of second and 30\.0 of other"),
        ({"budget": 256}, "budget 128 of second and 256 of other"),
    ],
)  # fmt: skip
def test_branches_learn_one_task_within_one_budget(changes, key):
    with pytest.raises(StudyError, match=rf"compare\.0: expected one task and budget, got {key}.*write the same for"):
        study([["second", "other"]], other=changes)


def test_another_timeout_is_no_other_task():
    assert study([["second", "other"]], other={"env": {"id": "CartPole-v1", "step_seconds": 5}}).compare


def test_branches_come_after_whatever_generation():
    made = study([["second", "other"]], between={}, other={"after": "between", "inherit": {"donors": "random"}})
    assert keys_apart(made, "second", "other") == {
        "after": ("first", "between"),
        "inherit.donors": ("survivors", "random"),
    }
    assert not differ_in_parents_alone(made, "second", "other")


def test_branches_that_differ_in_their_parents_alone_are_known():
    made = study([["second", "other"]], other={"inherit": {"donors": "random", "rank": "next", "rank_episodes": 5}})
    assert differ_in_parents_alone(made, "second", "other")
    made = study([["second", "other"]], other={"inherit": {"donors": "random", "operator": "permute"}})
    assert not differ_in_parents_alone(made, "second", "other")
    assert not differ_in_parents_alone(study([["second", "other"]], other={}), "second", "other")
