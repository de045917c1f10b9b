"""What a comparison takes over from a study."""

import pytest

from heredity.agents.known_returns import known_returns
from heredity.agents.task import Task
from heredity.errors import StudyError
from heredity.seeds import seed_integer
from heredity.study.load import load_study
from heredity.transfer.plan import ComparedControl, ComparisonPlan, comparison_plan
from heredity.transfer.siblings import Sibling


def plan(tiny, write_study):
    return comparison_plan(load_study(write_study(tiny)))


def test_a_plan_holds_what_both_arms_were_asked(tiny, write_study):
    made = plan(tiny, write_study)
    assert (made.population, made.founders, made.controlled) == (2, False, ("second",))
    second = made.generations["second"]
    assert (second.after, second.threshold, second.budget) == ("first", 20.0, 128)
    assert second.controls == {"scratch": ComparedControl(budget=256, selected=False, alike=True)}
    assert made.generations["first"].controls == {}
    assert (second.confirm, second.chosen, second.random) == (16, True, None)
    assert made.ancestors("second") == ("first",)


def test_a_plan_knows_which_sibling_has_the_children_of_random_members(tiny, write_study):
    node = dict(tiny["generations"]["second"])
    tiny["generations"]["third"] = node | {"inherit": {"donors": "random"}}
    generations = plan(tiny, write_study).generations
    assert generations["second"].random == Sibling(name="third", differs=())
    assert (generations["third"].chosen, generations["third"].random) == (False, None)


def test_draws_are_those_of_the_studys_seed_and_the_generations_name(tiny, write_study):
    tiny["seed"] = 5
    assert plan(tiny, write_study).seeds("second").integer("compare") == seed_integer(5, "second", "compare")
    tiny["generations"]["second"]["seed_name"] = "was"
    assert plan(tiny, write_study).seeds("second").integer("compare") == seed_integer(5, "was", "compare")


def test_a_plan_is_read_back_from_json_as_it_was(tiny, write_study):
    made = plan(tiny, write_study)
    assert ComparisonPlan.model_validate_json(made.model_dump_json(), strict=True) == made


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("FrozenLake-v1", "FrozenLake8x8-v1", True),  # both from 0 to 1
        ("CartPole-v1", "Acrobot-v1", False),
        ("LunarLander-v3", "LunarLander-v3", True),
        ("LunarLander-v3", "MountainCarContinuous-v0", False),  # of neither anything is known
        ("CliffWalking-v1", "Blackjack-v1", False),
    ],
)
def test_tasks_share_a_scale_where_they_are_one_or_their_known_ends_are_the_same(
    tiny, write_study, first, second, shared
):
    for name, env in (("first", first), ("second", second)):
        tiny["generations"][name] |= {"env": env, "threshold": 0.5}
    generations = {}
    for name, node in plan(tiny, write_study).generations.items():
        known = known_returns(Task(tiny["generations"][name]["env"]))
        generations[name] = node.model_copy(update={"known_returns": known})
    assert generations["second"].shares_a_scale(generations["first"]) is shared


def test_a_threshold_that_nobody_has_looked_up_is_refused(tiny, write_study):
    tiny["generations"]["second"]["threshold"] = "registered"
    with pytest.raises(StudyError, match=r"generations\.second\.threshold: expected a number, got registered"):
        plan(tiny, write_study)
