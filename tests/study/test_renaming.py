"""A generation is called otherwise wherever params.yaml names it, and draws what it drew."""

import pytest

from heredity.errors import StudyError
from heredity.study.load import parse_study
from heredity.study.renaming import renamed

TEXT = """\
study: s
seed: 0
population: 2
algorithm: {name: PPO}   # of all
generations:
  small:   {after: founders, budget: 64, threshold: 1, env: CartPole-v1}   # the first
  large:   # below
    after: small   # from it
    budget: 64
    threshold: 1
    env: CartPole-v1
  branch: {after: small, budget: 64, threshold: 1, env: CartPole-v1}
controls:
  small: {generations: [large, branch]}   # a control may have the name of a generation
compare: [[large, branch]]
"""


def changed(after):
    return [line for line in after.splitlines() if line not in TEXT.splitlines()]


def test_wherever_it_is_named_it_is_renamed_and_nothing_else_changes():
    assert changed(renamed(TEXT, "small", "mini")) == [
        "  mini:   {after: founders, budget: 64, threshold: 1, env: CartPole-v1, seed_name: small}   # the first",
        "    after: mini   # from it",
        "  branch: {after: mini, budget: 64, threshold: 1, env: CartPole-v1}",
    ]
    assert changed(renamed(TEXT, "large", "big")) == [
        "  big:   # below",
        "    seed_name: large",
        "  small: {generations: [big, branch]}   # a control may have the name of a generation",
        "compare: [[big, branch]]",
    ]


def test_the_old_control_names_generations_too():
    text = TEXT.replace("controls:\n  small: {generations: [large, branch]}", "control: {generations: [large]}")
    assert parse_study(renamed(text, "large", "big")).controlled == ("big",)


def test_a_name_that_it_had_gives_it_back_what_it_was():
    assert renamed(renamed(TEXT, "small", "mini"), "mini", "small") == TEXT
    twice = parse_study(renamed(renamed(TEXT, "small", "mini"), "mini", "tiny"))
    assert twice.seed_name("tiny") == "small"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("none", "x", "expected a generation out of small, large, branch, got 'none'"),
        ("small", "large", "expected a name that no generation has, got 'large'"),
        ("small", "small", "expected a name that no generation has, got 'small'"),
        ("small", "founders", "generations.founders: expected a name of at most 64 letters"),
        ("small", "a b", "generations.a b: expected a name of at most 64 letters"),
        ("small", "", "expected a name of at most 64 letters"),
    ],
)
def test_a_name_that_is_none_or_anothers_is_refused(old, new, message):
    with pytest.raises(StudyError, match=message):
        renamed(TEXT, old, new)


def test_a_generation_may_take_a_name_that_another_had_and_each_draws_what_it_drew():
    study = parse_study(renamed(renamed(TEXT, "small", "mini"), "branch", "small"))
    assert {name: study.seed_name(name) for name in study.generations} == {
        "mini": "small", "large": "large", "small": "branch",
    }  # fmt: skip


def test_a_text_whose_places_cannot_be_told_is_left_to_whoever_wrote_it():
    shared = TEXT.replace("  branch: {after: small,", "  branch: {after: *one,").replace(
        "after: small ", "after: &one small "
    )
    assert parse_study(renamed(shared, "small", "mini")).ancestors("branch") == ("mini",)
