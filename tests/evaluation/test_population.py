"""A population evaluated as a whole: who plays what, who fails, and what is written of it."""

from collections import Counter
from dataclasses import replace

import gymnasium
import pytest

from heredity.agents.agent import fresh_agent
from heredity.agents.task import Task
from heredity.errors import TaskError
from heredity.evaluation.batched import batches
from heredity.evaluation.episodes import run_trial
from heredity.evaluation.failures import Failure, read_failures, write_failures
from heredity.evaluation.population import (
    Contest,
    Evaluation,
    evaluate_population,
    living,
    map_of_plays,
    play,
    race_population,
    trials,
    write_evaluation_of,
)
from heredity.evaluation.returns import read_evaluation
from heredity.evaluation.trial import Trial
from heredity.layout import Layout
from heredity.pipeline.untrained import UntrainedPlay
from heredity.study.lineages import lineage_of
from heredity.study.sections import Algorithm, Wrapper

CARTPOLE = Task("CartPole-v1")
PPO = Algorithm(name="PPO", n_envs=1, hyperparameters={"n_steps": 16, "batch_size": 16})
TEMPLATE = Trial("", "random", CARTPOLE, 6, 5, True, generation="small")
SELECT = replace(TEMPLATE, episodes=6, seed=8, split="select")


def population(members=5):
    return {f"m{seed:02d}": fresh_agent(PPO, CARTPOLE, seed) for seed in range(members)}


def in_order(work_on, work, *, on_progress=None):
    return [work_on(item) for item in work]


def test_every_player_gets_the_templates_episodes():
    members = population(5)
    evaluation = play(trials(members, TEMPLATE), in_order)
    assert list(evaluation.played) == ["report"]
    for name, returns in evaluation.played["report"].items():
        alone = run_trial(replace(TEMPLATE, member=name, agent=members[name]))
        assert returns.returns.tolist() == alone.returns.tolist()
        assert returns.seed.tolist() == alone.seed.tolist()


def test_the_finalists_of_a_race_are_those_of_the_highest_mean_and_everybodys_episodes_are_kept():
    members = population(4)
    finalists, raced = race_population(members, SELECT, finalists=2, parallel_map=in_order)
    means = {name: returns.returns.mean() for name, returns in raced.played["select"].items()}
    assert set(finalists) == set(sorted(means, key=lambda name: (-means[name], name))[:2])
    assert {len(returns.returns) for returns in raced.played["select"].values()} == {6}


def test_finalists_and_whoever_they_are_compared_with_play_after_the_race():
    nulls = trials({"random": "random", "constant": "constant"}, replace(TEMPLATE, split="null"))
    contest = Contest(population(4), TEMPLATE, compared=nulls, select=SELECT, finalists=2)
    evaluation = evaluate_population([contest], in_order)
    assert [(split, len(players)) for split, players in evaluation.played.items()] == [
        ("report", 2), ("null", 2), ("select", 4)
    ]  # fmt: skip
    whole = evaluate_population([Contest(population(4), TEMPLATE)], in_order)
    assert list(whole.played) == ["report"]
    assert len(whole.played["report"]) == 4


def test_lineages_race_and_play_each_for_itself():
    contests = [
        Contest(
            {f"{lineage}/{name}": agent for name, agent in population(4).items()}, TEMPLATE, select=SELECT, finalists=2
        )
        for lineage in ("l00", "l01")
    ]
    evaluation = evaluate_population(contests, in_order)
    assert Counter(map(lineage_of, evaluation.played["report"])) == {"l00": 2, "l01": 2}
    assert Counter(map(lineage_of, evaluation.played["select"])) == {"l00": 4, "l01": 4}


class Breaking(gymnasium.Wrapper):
    """Breaks at the second step."""

    def step(self, action):
        raise RuntimeError("rail bent")


@pytest.mark.parametrize("split", ["report", "confirm"])
def test_a_survivor_whose_environment_misbehaves_fails_alone_and_is_left_out(split):
    broken = Task("CartPole-v1", wrappers=(Wrapper(name=f"{__name__}.Breaking"),))
    first, second = trials(population(2), replace(TEMPLATE, split=split))
    evaluation = play([replace(first, task=broken), second], in_order)
    assert list(evaluation.played[split]) == ["m01"]
    assert [failure.member for failure in evaluation.failures] == ["m00"]


def test_where_nobody_lives_the_first_failure_is_named():
    broken = Task("CartPole-v1", wrappers=(Wrapper(name=f"{__name__}.Breaking"),))
    refusal = r"small: expected at least one of 3 members to live, got none; m00: .* rail bent"
    with pytest.raises(TaskError, match=refusal):
        evaluate_population([Contest(population(3), replace(TEMPLATE, task=broken))], in_order)
    one = Evaluation({}, (Failure("m00", 1, "rail bent"),))
    assert living("small", 2, one) is one
    with pytest.raises(TaskError, match="got none; m00: rail bent"):
        living("small", 1, one)
    assert living("small", 0, Evaluation()) == Evaluation()


def test_an_evaluation_is_written_beside_the_failures_of_training(tmp_path):
    arm = Layout(tmp_path).control("small", "scratch")
    trained = Failure("m07", 3, "burnt", 64, "heredity verify small m07 --control scratch")
    write_failures(arm.training_failures, [trained])
    evaluation = play(trials(population(2), TEMPLATE), in_order)
    write_evaluation_of(arm, replace(evaluation, failures=(Failure("m02", 4, "rail bent"),)), "dvc repro")
    assert read_evaluation(arm.evaluation, "report").keys() == {"m00", "m01"}
    assert read_failures(arm.failures) == [trained, Failure("m02", 4, "rail bent", 0, "dvc repro")]


def test_few_plays_on_a_twin_are_made_here_but_not_those_of_a_gpu():
    twin, elsewhere = replace(CARTPOLE, twin=True), object()
    assert map_of_plays([twin], 4, elsewhere) is not elsewhere
    on_gpu = replace(twin, device="cuda")
    assert map_of_plays([on_gpu, twin], 4, elsewhere) is elsewhere
    template = replace(TEMPLATE, task=on_gpu)
    assert [each.device for each in (template, *batches([template]), UntrainedPlay(template))] == ["cuda"] * 3
