"""Whose heirs a generation's members are, and who has to play for that."""

import pytest

from heredity.agents.agent import fresh_agent, pack, write_agent
from heredity.agents.algorithms import build
from heredity.agents.task import Task
from heredity.errors import AgentError
from heredity.evaluation.episodes import evaluate
from heredity.gate.record import Candidate, GateRecord, LineageGate
from heredity.inheritance.parents import draw_names
from heredity.layout import FOUNDERS, Layout
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.pipeline.parentage import Parentage, parentage
from heredity.pipeline.untrained import Untrained
from heredity.study.inherit_rule import InheritRule
from heredity.study.load import load_study
from heredity.study.sections import Algorithm
from tests.here import here

CARTPOLE, ACROBOT = Task("CartPole-v1"), Task("Acrobot-v1")
PPO = Algorithm(name="PPO", n_envs=1, hyperparameters={"n_steps": 64, "policy_kwargs": {"net_arch": [4]}})
NAMES = tuple(f"m0{place}" for place in range(5))
AGENTS = [fresh_agent(PPO, CARTPOLE, seed) for seed in range(5)]


@pytest.fixture
def given(tiny, write_study):
    given = InheritInput.of(load_study(write_study(tiny)), "second")
    return given.model_copy(update={"algorithm": PPO, "donors_task": CARTPOLE})


@pytest.fixture
def layout(tmp_path):
    """Return the layout of five members, and of as many in each of two lineages."""
    layout = Layout(tmp_path)
    for lineage in ("", "l00/", "l01/"):
        for name, agent in zip(NAMES, AGENTS, strict=True):
            write_agent(agent, layout.arm("first", "inherited").model(f"{lineage}{name}"))
    return layout


def gate(passed=NAMES[:3], failed=(), **record):
    """Return what a gate has on record, best first: means of 10, 9, …."""
    judged = {name: 10.0 - place for place, name in enumerate([*passed, *failed])}
    candidates = {name: Candidate(5, mean, mean, name in passed, "", "mean") for name, mean in sorted(judged.items())}
    return GateRecord("mean", passed=tuple(passed), survivors=tuple(passed), candidates=candidates, **record)


class Returning:
    """A map that plays nothing: by player what it returns, 5 steps each; `played` are those that were asked to."""

    def __init__(self, returns=None):
        self.returns, self.played = returns, []

    def __call__(self, _, plays, **__):
        self.played += [play.member for play in plays]
        means = [0.0 if self.returns is None else self.returns[play.member] for play in plays]
        return [Untrained(mean, 0 if mean is None else 5, "" if mean is not None else "no") for mean in means]


def born_of(given, layout, record, returns=None, **rule):
    """Return parentage by a rule where donors return so, and who played."""
    returning = Returning(returns)
    return parentage(
        given.model_copy(update={"rule": InheritRule(**rule)}), record, layout, returning
    ), returning.played


def donors(parents, lineage=""):
    return next(list(each.donors) for each in parents.births if each.lineage == lineage)


def test_by_their_own_task_donors_are_the_gates_first_and_nobody_plays(given, layout):
    parents, played = born_of(given, layout, gate(["m02", "m00", "m01"]), at_most=2)
    assert (donors(parents), played, parents.rankings) == (["m02", "m00"], [], ())
    assert [donor.fitness for donor in parents.births[0].donors.values()] == [10.0, 9.0]


def test_by_the_next_task_donors_are_those_that_play_it_best(given, layout):
    returns = {"m00": 0.1, "m01": 0.3, "m02": None, "m03": 0.2}
    parents, played = born_of(given, layout, gate(NAMES[:4], NAMES[4:]), returns, rank="next", at_most=2)
    assert (donors(parents), played) == (["m01", "m03"], list(NAMES[:4]))
    assert [donor.fitness for donor in parents.births[0].donors.values()] == [0.3, 0.2]
    [ranking] = parents.rankings
    assert (ranking.lineage, ranking.episodes, ranking.env_steps, ranking.drawn) == ("", 20, 15, ())
    assert list(ranking.returns.items()) == [("m01", 0.3), ("m03", 0.2), ("m00", 0.1), ("m02", None)]


def test_they_are_really_played_on_the_heirs_task(given, layout):
    model = build(PPO, CARTPOLE, 0, 0)
    model.policy.action_net.bias.data[1] = 20.0  # always to the right, so that the pole falls at once
    write_agent(pack(model, PPO), layout.arm("first", "inherited").model("m00"))
    rule = InheritRule(rank="next", rank_episodes=4)
    parents = parentage(given.model_copy(update={"rule": rule}), gate(NAMES[:2]), layout, here)
    seed, agents = given.seeds.integer("rank"), (pack(model, PPO), AGENTS[1])
    played = [evaluate(each, CARTPOLE, episodes=4, seed=seed, deterministic=False) for each in agents]
    assert donors(parents) == ["m01", "m00"]
    assert parents.rankings[0].returns == {"m01": played[1].returns.mean(), "m00": played[0].returns.mean()}
    assert parents.rankings[0].env_steps == sum(each.length.sum() for each in played)


def test_equal_ones_are_drawn_by_the_studys_seed_and_that_is_on_record(given, layout):
    firsts = set()
    for seed in range(12):
        seeded = given.model_copy(update={"seed": seed})
        parents, again = (born_of(seeded, layout, gate(NAMES), rank="next", at_most=3)[0] for _ in range(2))
        assert parents.rankings == again.rankings
        assert donors(parents) == donors(again) == list(parents.rankings[0].drawn[0][:3])
        assert set(parents.rankings[0].drawn[0]) == set(NAMES)
        firsts.add(tuple(donors(parents)))
    assert len(firsts) > 6


@pytest.mark.parametrize(
    ("rule", "players"),
    [
        ({"donors": "failed"}, NAMES[3:]),
        ({"donors": "worst"}, NAMES),
        ({"donors": "random"}, ()),
        ({"donors": "random", "at_most": 2, "parents": "proportional"}, None),
        ({"at_most": 1}, NAMES[:3]),
    ],
)
def test_those_play_who_have_to_be_ranked_by_it_and_nobody_else(given, layout, rule, players):
    _, played = born_of(given, layout, gate(NAMES[:3], NAMES[3:]), rank="next", **rule)
    expected = draw_names(NAMES, 2, given.seeds.integer("donors")) if players is None else list(players)
    assert sorted(played) == sorted(expected)


def test_the_worst_by_the_next_task_are_the_last_of_all_that_live_and_the_best_of_these_comes_first(given, layout):
    returns = dict(zip(NAMES, (0.5, 0.1, 0.3, None, 0.4), strict=True))
    record = gate(NAMES[:3], NAMES[3:])
    assert donors(born_of(given, layout, record, returns, rank="next", donors="worst", at_most=2)[0]) == ["m01", "m03"]
    assert donors(born_of(given, layout, record, returns, rank="next", donors="failed")[0]) == ["m04", "m03"]


def test_random_donors_keep_the_order_of_their_draw_even_where_they_play(given, layout):
    record, drawn = gate(NAMES[:3]), draw_names(NAMES, 3, given.seeds.integer("donors"))
    returns = {name: float(place) for place, name in enumerate(drawn)}
    rule = {"donors": "random", "parents": "proportional"}
    parents, _ = born_of(given, layout, record, returns, rank="next", **rule)
    assert donors(parents) == drawn
    assert [donor.fitness for donor in parents.births[0].donors.values()] == [0.0, 1.0, 2.0]
    assert list(parents.rankings[0].returns) == drawn
    assert donors(born_of(given, layout, record, rank="own", **rule)[0]) == drawn


def test_one_alone_needs_no_ranking(given, layout):
    parents, played = born_of(given, layout, gate(["m03"]), rank="next")
    assert (donors(parents), played, parents.rankings) == (["m03"], [], ())


def test_equal_ones_that_failed_are_drawn_without_play_and_that_is_on_record(given, layout):
    record = gate(["m00"])
    for name in NAMES[1:]:
        record.candidates[name] = Candidate(5, 1.0, 1.0, False, "", "mean")
    parents, played = born_of(given, layout, record, donors="failed", at_most=2)
    [ranking] = parents.rankings
    assert (played, ranking.episodes, ranking.env_steps) == ([], 0, 0)
    assert donors(parents) == list(ranking.drawn[0][:2])
    assert ranking.returns == dict.fromkeys(NAMES[1:], 1.0)


def test_donors_none_of_whom_can_play_the_next_task_are_refused_and_one_who_can_is_enough(given, layout):
    rule = {"rank": "next", "rank_episodes": 1}
    acrobot = given.model_copy(update={"rule": InheritRule(**rule), "task": ACROBOT})
    with pytest.raises(
        AgentError, match=r"^second: inherit\.rank: expected a donor .* on Acrobot-v1, .*write rank: own$"
    ):
        parentage(acrobot, gate(NAMES[:2]), layout, here)
    write_agent(fresh_agent(PPO, ACROBOT, 0), layout.arm("first", "inherited").model("m01"))
    parents = parentage(acrobot, gate(NAMES[:2]), layout, here)
    assert parents.rankings[0].returns == {"m01": -500.0, "m00": None}


def two(passed, failed=(), ended=None, **changes):
    """Return a gate of two lineages; ended: why one of them has no heirs."""
    lineages = {name: LineageGate(ended=(ended or {}).get(name)) for name in ("l00", "l01")}
    return gate(passed, failed, lineages=lineages, **changes)


def test_lineages_are_ranked_by_themselves(given, layout):
    record = two(["l01/m00", "l00/m02", "l01/m03", "l00/m01"])
    returns = {"l00/m01": 1.0, "l00/m02": 0.5, "l01/m00": 0.1, "l01/m03": 0.2}
    given = given.model_copy(update={"lineages": 2})
    parents, _ = born_of(given, layout, record, returns, rank="next", at_most=1)
    assert (donors(parents, "l00"), donors(parents, "l01")) == (["l00/m01"], ["l01/m03"])
    assert [(each.lineage, set(each.returns)) for each in parents.rankings] == [
        ("l00", {"l00/m01", "l00/m02"}), ("l01", {"l01/m00", "l01/m03"})
    ]  # fmt: skip


def test_a_lineage_without_donors_of_the_kind_ends_alone_and_a_branch_without_any_as_a_whole(given, layout):
    given = given.model_copy(update={"lineages": 2})
    parents, _ = born_of(given, layout, two(["l00/m00", "l01/m00"], ["l01/m01"]), donors="failed")
    assert parents.lost == {"l00": "none of its 1 members failed the gate of first"}
    assert [each.lineage for each in parents.births] == ["l01"]
    ended, _ = born_of(given, layout, two(["l00/m00", "l01/m00"]), donors="failed")
    assert ended == Parentage(ended="the branch ended at first, where none of 2 members in 2 lineages failed the gate")
    one_lost = two(["l00/m00", "l00/m01"], ["l01/m00"], {"l01": "none passed"})
    ended, _ = born_of(given, layout, one_lost, donors="failed")
    assert ended.ended == "the branch ended at first, where none of 2 members in 1 lineage failed the gate"
    alone, _ = born_of(given.model_copy(update={"lineages": 1}), layout, gate(NAMES[:2]), donors="failed")
    assert alone.ended == "the branch ended at first, where none of 2 members failed the gate"


def test_a_lineage_that_its_gate_ended_is_lost_to_every_branch(given, layout):
    given = given.model_copy(update={"lineages": 2})
    record = two(["l01/m00"], ["l00/m00", "l01/m01"], {"l00": "none of its 1 members passed the gate of first"})
    for kind in ("survivors", "random", "worst", "failed"):
        parents, _ = born_of(given, layout, record, donors=kind)
        assert parents.lost == {"l00": "none of its 1 members passed the gate of first"}
        assert [each.lineage for each in parents.births] == ["l01"]


def test_founders_are_limited_and_ranked_as_well(given, tmp_path):
    layout, names = Layout(tmp_path), ("f00", "f01", "f02")
    for name, agent in zip(names, AGENTS, strict=False):
        write_agent(agent, layout.arm(FOUNDERS, "inherited").model(name))
    given = given.model_copy(update={"after": FOUNDERS, "donors_task": None, "lineages": 2})
    record, returns = GateRecord(survivors=names), {"f00": 0.0, "f01": 2.0, "f02": 1.0}
    parents, played = born_of(given, layout, record, at_most=2)
    assert (donors(parents, "l00"), donors(parents, "l01"), played) == (["f00", "f01"], ["f00", "f01"], [])
    parents, played = born_of(given, layout, record, returns, rank="next", at_most=2)
    assert (donors(parents, "l00"), donors(parents, "l01")) == (["f01", "f02"], ["f01", "f02"])
    assert played == [*names, *names]  # every lineage on episodes of its own
    drawn = born_of(given, layout, record, donors="random", at_most=1)[0]
    expected = [draw_names(names, 1, given.seeds.in_lineage(name).integer("donors")) for name in ("l00", "l01")]
    assert [donors(drawn, "l00"), donors(drawn, "l01")] == expected
    pairs = []
    for seed in range(8):
        drawn = born_of(given.model_copy(update={"seed": seed}), layout, record, donors="random", at_most=1)[0]
        pairs.append(donors(drawn, "l00") == donors(drawn, "l01"))
    assert not all(pairs)  # every lineage draws for itself
