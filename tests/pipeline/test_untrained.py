"""What agents return before they learn, on episodes of their lineage alone."""

from itertools import combinations

import pytest

from heredity.agents.agent import fresh_agent
from heredity.agents.task import Task
from heredity.errors import AgentError
from heredity.evaluation.episodes import evaluate
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.pipeline.untrained import Untrained, play_untrained, refuse_if_none_plays, untrained_play
from heredity.seeds import Seeds, seed_integers
from heredity.study.load import load_study
from heredity.study.sections import Algorithm
from heredity.worker import Death
from heredity.workers import map_in_processes

CARTPOLE = Task("CartPole-v1")
PPO = Algorithm(name="PPO", n_envs=1, hyperparameters={"n_steps": 64})
AGENT = fresh_agent(PPO, CARTPOLE, 3)


@pytest.fixture
def given(tiny, write_study):
    tiny["evaluate"]["step_limit"] = 400
    tiny["generations"]["second"]["inherit"] = {"rank": "next", "rank_episodes": 5, "compete": True, "immigrants": 1}
    return InheritInput.of(load_study(write_study(tiny)), "second").model_copy(update={"algorithm": PPO})


def test_donors_are_ranked_on_sampled_actions_and_seeds_of_their_own_and_it_is_known_what_that_took(given):
    seed = given.seeds.in_lineage("l03").integer("rank")
    expected = evaluate(AGENT, CARTPOLE, episodes=5, seed=seed, deterministic=False)
    played = play_untrained(untrained_play(given, "l03", "l03/m00", AGENT, "rank"))
    assert played == Untrained(expected.returns.mean(), expected.length.sum())
    assert played.env_steps == 5 * played.mean  # a CartPole returns its steps
    assert played != play_untrained(untrained_play(given, "l03", "l03/m00", AGENT, "zero_shot"))


def test_the_episodes_that_rank_are_neither_jumpstarts_nor_a_gates(given):
    for lineage in ("", "l00", "l01"):
        drawn = {"rank": untrained_play(given, lineage, "m00", AGENT, "rank").trial.seed}
        drawn |= {"zero_shot": untrained_play(given, lineage, "m00", AGENT, "zero_shot").trial.seed}
        for generation in ("first", "second"):
            seeds = Seeds(given.seed, generation, lineage)
            for split in ("report", "select", "confirm"):
                drawn |= {f"{generation} {split} {again}": seeds.evaluation(split, again=again) for again in (0, 1)}
        episodes = {played_for: set(seed_integers(seed, 1000)) for played_for, seed in drawn.items()}
        assert len(episodes) == 14
        assert not [both for both in combinations(episodes, 2) if episodes[both[0]] & episodes[both[1]]]


def test_an_agent_that_cannot_be_played_is_no_error_and_says_why(given):
    other = fresh_agent(PPO, Task("Acrobot-v1"), 0)
    unfit = play_untrained(untrained_play(given, "", "m07", other, "rank"))
    assert (unfit.mean, unfit.env_steps) == (None, 0)
    assert unfit.trouble.startswith("m07: ")
    endless = play_untrained(untrained_play(given.model_copy(update={"step_limit": 2}), "", "m00", AGENT, "rank"))
    assert endless.mean is None
    assert "expected an episode that ends within 2 steps" in endless.trouble
    death = Death("m00", "step", 5, 0.0, "exit code 3")
    blamed = play_untrained(untrained_play(given, "", "m00", AGENT, "rank").blaming(death))
    assert blamed == Untrained(None, 0, "m00: " + str(death))


def test_where_nobody_can_be_played_the_refusal_says_what_to_write(given):
    refuse_if_none_plays(given, [])
    refuse_if_none_plays(given, [Untrained(None, 0, "m00: no"), Untrained(0.0, 5)])
    with pytest.raises(
        AgentError,
        match=r"^second: inherit\.rank: expected a donor that can be played on CartPole-v1, got none: m00: no; "
        r"write rank: own, compete: false$",
    ):
        refuse_if_none_plays(given, [Untrained(None, 0, "m00: no"), Untrained(None, 0, "m01: neither")])


@pytest.mark.slow
def test_an_environment_that_ends_its_process_costs_its_own_player_the_ranking_alone(given):
    deadly = given.model_copy(update={"task": Task("tests.deadly:Deadly-v0", kwargs={"mode": "exit-3"})})
    plays = [untrained_play(each, "", "m00", AGENT, "rank") for each in (deadly, given)]
    killed, played = map_in_processes(play_untrained, plays)
    assert killed.mean is None
    assert "expected an environment that lets its process live, got exit code" in killed.trouble
    assert played == play_untrained(plays[1])
