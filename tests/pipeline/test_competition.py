"""Immigrants that have to play better than the parents whose heirs they displace."""

from dataclasses import replace

import pytest

from heredity.agents.agent import fresh_agent
from heredity.agents.task import Task
from heredity.errors import AgentError
from heredity.inheritance.fresh import fresh_heirs
from heredity.inheritance.heirs import Donor, inherit
from heredity.inheritance.ranking import Ranking
from heredity.pipeline.births import HeirsWanted, born
from heredity.pipeline.competition import competed
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.pipeline.parentage import Parentage
from heredity.pipeline.untrained import Untrained, play_untrained, untrained_play
from heredity.study.inherit_rule import InheritRule
from heredity.study.load import load_study
from heredity.study.sections import Algorithm
from tests.here import here

CARTPOLE = Task("CartPole-v1")
PPO = Algorithm(name="PPO", n_envs=1, hyperparameters={"n_steps": 64, "policy_kwargs": {"net_arch": [4]}})
DONORS = {name: Donor(fresh_agent(PPO, CARTPOLE, seed)) for seed, name in enumerate(("p0", "p1"))}
RULE = {"rank": "next", "rank_episodes": 3, "immigrants": 3, "compete": True}
RANKING = Ranking("", 3, {"p0": 2.0, "p1": 1.0}, 100)


@pytest.fixture
def given(tiny, write_study):
    given = InheritInput.of(load_study(write_study(tiny)), "second")
    return given.model_copy(update={"algorithm": PPO, "population": 4, "rule": InheritRule(**RULE)})


def ran(given, returns, rankings=(RANKING,), parents=None, **rule):
    """Return members and rankings where players return so, 7 steps each, and who played."""
    given, played = given.model_copy(update={"rule": InheritRule(**{**RULE, **rule})}), []

    def returning(_, plays, **__):
        played.extend(play.member for play in plays)
        return [Untrained(returns[play.member], 0 if returns[play.member] is None else 7) for play in plays]

    wanted = HeirsWanted(given, "", DONORS if parents is None else parents)
    heirs, ranked = competed([born(wanted)], Parentage((wanted,), rankings), given, returning)
    return heirs, ranked, played


def test_a_fresh_member_stays_only_where_it_plays_better_than_the_parent_in_its_place(given):
    heirs, [ranking], played = ran(given, {"m01": 1.0, "m02": 2.5, "m03": None})
    # in turn: m00 of p0 (2), m01 of p1 (1), m02 of p0, m03 of p1
    assert [heir.birth.parents for heir in heirs] == [("p0",), ("p1",), (), ("p1",)]
    assert [heir.birth.operator for heir in heirs] == ["copy", "copy", "fresh", "copy"]
    assert played == ["m01", "m02", "m03"]
    assert ranking == replace(RANKING, env_steps=100 + 14, fresh={"m01": 1.0, "m02": 2.5, "m03": None})


def test_both_are_who_they_would_be_without_competition(given):
    seed = given.seeds.integer("heirs")
    heirs, _, _ = ran(given, {"m01": 9.0, "m02": 0.0, "m03": 9.0})
    fresh = fresh_heirs(CARTPOLE, PPO, 4, seed)
    all_heirs = inherit(DONORS, CARTPOLE, InheritRule(), population=4, seed=seed, algorithm=PPO)
    assert [heir.birth for heir in heirs] == [
        each.birth for each in (all_heirs[0], fresh[1], all_heirs[2], fresh[3])
    ]  # fmt: skip
    without = born(HeirsWanted(given.model_copy(update={"rule": InheritRule(immigrants=3)}), "", DONORS))
    assert [heir.birth for heir in without.heirs] == [all_heirs[0].birth, *(each.birth for each in fresh[1:])]
    assert without.fresh == ()


def test_a_parent_that_cannot_be_played_gives_way_to_whoever_can(given):
    ranking = Ranking("", 3, {"p0": 2.0, "p1": None}, 50)
    heirs, _, _ = ran(given, {"m01": -9.0, "m02": -9.0, "m03": None}, (ranking,))
    assert [heir.birth.parents for heir in heirs] == [("p0",), (), ("p0",), ("p1",)]


def test_parents_that_were_not_ranked_play_for_it_once_each(given):
    returns = {"p0": 0.5, "p1": 0.5, "m01": 0.6, "m02": 0.4, "m03": 0.5}
    heirs, [ranking], played = ran(given, returns, (), None, donors="random")
    assert played == ["p1", "p0", "m01", "m02", "m03"]
    assert [heir.birth.operator for heir in heirs] == ["copy", "fresh", "copy", "copy"]
    assert ranking == Ranking("", 3, {"p1": 0.5, "p0": 0.5}, 35, fresh={"m01": 0.6, "m02": 0.4, "m03": 0.5})
    alone = {"p0": DONORS["p0"]}
    _, [ranking], played = ran(given, returns, (), alone, immigrants=1)
    assert (played, list(ranking.returns)) == (["p0", "m03"], ["p0"])


def test_a_whole_population_may_be_displaced_and_without_donors_nobody_plays(given):
    heirs, _, _ = ran(given, dict.fromkeys(("m00", "m01", "m02", "m03"), 9.0), immigrants=4)
    assert {heir.birth.operator for heir in heirs} == {"fresh"}
    heirs, ranked, played = ran(given, {}, (), {})
    assert ({heir.birth.operator for heir in heirs}, ranked, played) == ({"fresh"}, (), [])


def test_where_no_parent_can_be_played_that_is_refused(given):
    returns = dict.fromkeys(("p0", "p1", "m01", "m02", "m03"))
    with pytest.raises(AgentError, match=r"^second: inherit\.rank: expected .*; write rank: own, compete: false$"):
        ran(given, returns | {"m01": 1.0}, ())


def test_fresh_members_really_play_the_episodes_that_rank(given):
    wanted = HeirsWanted(given, "", DONORS)
    ours = born(wanted)
    _, [ranking] = competed([ours], Parentage((wanted,), (RANKING,)), given, here)
    plays = [play_untrained(untrained_play(given, "", each.name, each.agent, "rank", PPO)) for each in ours.fresh]
    assert ranking.fresh == {each.name: play.mean for each, play in zip(ours.fresh, plays, strict=True)}
    assert ranking.env_steps == 100 + sum(play.env_steps for play in plays)


def test_lineages_compete_by_themselves(given):
    wanted = [HeirsWanted(given, lineage, DONORS) for lineage in ("l00", "l01")]
    rankings = tuple(
        Ranking(each.lineage, 3, {"p0": mean, "p1": mean}, 10) for each, mean in zip(wanted, (1.0, 3.0), strict=True)
    )

    def two(_, plays, **__):
        return [Untrained(2.0, 7) for _ in plays]

    heirs, ranked = competed([born(each) for each in wanted], Parentage(tuple(wanted), rankings), given, two)
    assert [heir.name for heir in heirs if not heir.birth.parents] == ["l00/m01", "l00/m02", "l00/m03"]
    assert [(each.lineage, each.env_steps, set(each.fresh)) for each in ranked] == [
        (lineage, 31, {f"{lineage}/m0{place}" for place in (1, 2, 3)}) for lineage in ("l00", "l01")
    ]  # fmt: skip
