"""Who becomes the parent of whom."""

from collections import Counter

import pytest

from heredity.errors import AgentError
from heredity.inheritance.heirs import Donor, inherit
from heredity.inheritance.operators import average
from heredity.inheritance.parents import draw_names, full_fitness
from heredity.study.inherit_rule import InheritRule
from tests.inheritance.examples import CARTPOLE, PPO, A, B, C, heir, same, weights


def parents_of(rule, population=200, donors=None):
    donors = donors or {"a": Donor(A, -100.0), "b": Donor(B, -200.0), "c": Donor(C, -300.0)}
    heirs = inherit(donors, CARTPOLE, InheritRule(**rule), population=population, seed=1, algorithm=PPO)
    return Counter(one.birth.parents for one in heirs)


def test_donors_are_dealt_out_in_turn_or_the_best_takes_all():
    assert parents_of({}, 5) == {("a",): 2, ("b",): 2, ("c",): 1}
    assert parents_of({"parents": "best"}, 5) == {("a",): 5}


def test_the_first_donors_alone_have_heirs_as_many_as_the_rule_says():
    assert parents_of({"at_most": 2}, 5) == {("a",): 3, ("b",): 2}
    assert parents_of({"at_most": 9}, 3) == {("a",): 1, ("b",): 1, ("c",): 1}


def test_donors_without_a_fitness_count_as_the_least_of_all_and_where_none_has_any_by_rank():
    assert full_fitness({"a": -100.0, "b": None, "c": -300.0}) == {"a": -100.0, "b": -300.0, "c": -300.0}
    assert full_fitness({"a": None, "b": None}) == {"a": 2.0, "b": 1.0}


@pytest.mark.slow
def test_proportional_and_tournament_prefer_the_better_without_excluding_the_worst():
    for rule, expected in (
        ({"parents": "proportional"}, [200 + 200 / 3, 100 + 200 / 3, 200 / 3]),  # above the worst, plus an even share
        ({"parents": "tournament"}, [5, 3, 1]),  # the better of two
    ):
        counts = parents_of(rule)
        for name, weight in zip("abc", expected, strict=True):
            p = weight / sum(expected)
            assert abs(counts[name,] - 200 * p) < 4 * (200 * p * (1 - p)) ** 0.5, (rule, counts)


def test_random_donors_are_as_many_as_asked_for_and_depend_on_the_seed():
    names = [f"m{k:02d}" for k in range(20)]
    drawn = draw_names(names, 5, 0)
    assert len(set(drawn)) == 5
    assert drawn == draw_names(names[::-1], 5, 0) != draw_names(names, 5, 1)


def test_a_soup_is_made_of_siblings_only():
    one, two, other = Donor(A, parent_hashes=("p",)), Donor(B, parent_hashes=("p", "q")), Donor(C, parent_hashes=("r",))
    child = heir("soup", {"a": one, "c": other, "b": two})
    assert child.birth.parents == ("a", "b")
    assert same(weights(child.agent), average([weights(A), weights(B)]))
    with pytest.raises(AgentError, match=r"m00: soup: expected siblings.* got a with none among a, c"):
        heir("soup", {"a": one, "c": other})
    with pytest.raises(AgentError, match="soup: expected siblings"):
        heir("soup", {"a": A, "b": B})  # nobody knows their parents


def test_crossover_is_of_donors_that_are_no_siblings():
    assert set(heir("crossover", {"a": A, "b": B}).birth.parents) == {"a", "b"}
    one, two, other = (Donor(agent, parent_hashes=(kin,)) for agent, kin in ((A, "p"), (B, "p"), (C, "q")))
    assert all(
        heir("crossover", {"a": one, "b": two, "c": other}, seed=s).birth.parents == ("a", "c") for s in range(5)
    )
    with pytest.raises(AgentError, match=r"m00: crossover: expected a donor that is no sibling of a, .* got a, b;"):
        heir("crossover", {"a": one, "b": two})
    with pytest.raises(AgentError, match=r"crossover: expected a donor .* got a; let more survive"):
        heir("crossover")
