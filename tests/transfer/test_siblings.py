"""Which branch has the children of random members."""

import pytest

from heredity.study.load import load_study
from heredity.transfer.siblings import Sibling, random_sibling


@pytest.fixture
def of(tiny, write_study):
    """Return the sibling of the second generation beside others, each given by what it has otherwise."""

    def sibling(generation="second", **others):
        node = dict(tiny["generations"]["second"])
        for name, changes in others.items():
            rule = {"donors": "random", **changes.get("inherit", {})}
            tiny["generations"][name] = node | changes | {"inherit": rule}
        return random_sibling(load_study(write_study(tiny)), generation)

    return sibling


def test_without_a_branch_of_random_members_there_is_none(of):
    assert of() is None
    assert of(third={"inherit": {"donors": "worst"}}, fourth={"inherit": {"donors": "survivors"}}) is None


def test_branches_that_differ_in_the_choice_of_parents_alone_are_alike(of):
    choice = {
        "at_most": 2,
        "rank": "next",
        "rank_episodes": 5,
        "parents": "best",
        "tournament": 3,
        "immigrants": 1,
        "compete": True,
    }
    assert of(third={"inherit": choice}) == Sibling(name="third", differs=())
    assert of("third") is None


def test_what_is_the_same_by_default_is_no_difference(of):
    assert of(third={"inherit": {"critic": "keep"}}).differs == ()


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"inherit": {"optimizer": "keep"}}, ("inherit.optimizer",)),
        ({"threshold": 21.0}, ("threshold",)),
        ({"algorithm": {"hyperparameters": {"gamma": 0.9}}}, ("algorithm",)),
        ({"evaluate": {"episodes": 7}}, ("evaluate",)),
        ({"train": {"window": 7}}, ("train",)),
        ({"gate": {"when_none": "extend", "extend_budget": 64}}, ("gate.extend_budget",)),
    ],
)
def test_what_children_of_equal_parents_would_differ_by_is_named(of, changes, differs):
    assert of(third=changes) == Sibling(name="third", differs=differs)


def test_the_branch_that_differs_in_least_is_the_one(of):
    assert of(third={"inherit": {"optimizer": "keep"}}, fourth={}, fifth={}).name == "fourth"


def test_another_task_budget_or_parents_generation_is_no_branch_beside(of, tiny):
    assert of(third={"budget": 192}) is None
    assert of(third={"budget": 128, "env": "Acrobot-v1"}) is None
    tiny["generations"]["fourth"] = dict(tiny["generations"]["second"]) | {
        "after": "second",
        "inherit": {"donors": "random"},
    }
    assert of() is None
