"""Engine sb3: seeds, stopping, curves and failures."""

from dataclasses import replace
from typing import ClassVar

import gymnasium
import pytest
import torch

from heredity.agents.agent import fresh_agent, read_tensors
from heredity.agents.task import Task
from heredity.evaluation.episodes import evaluate
from heredity.evaluation.returns import Returns
from heredity.inheritance.warm_start import WarmStart
from heredity.study.sections import Algorithm, Normalize, Train, Wrapper
from heredity.training.engines import train
from heredity.training.shard import Member, Shard
from tests.training.examples import first_episode
from tests.training.test_kickstart import steered

pytestmark = pytest.mark.study

PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 32, "batch_size": 64, "n_epochs": 1})


def shard(*seeds, algorithm=PPO, task=Task("CartPole-v1", threshold=500.0), until="budget", budget=256):  # noqa: B008
    members = tuple(Member(f"m{i:02d}", fresh_agent(algorithm, task, seed), seed) for i, seed in enumerate(seeds))
    return Shard("first", "inherited", task, algorithm, Train(engine="sb3", until=until), budget, 3, members)


def test_a_members_result_depends_on_its_seed_and_start_alone():
    together = train(shard(1, 2))
    alone = train(shard(2))
    assert together[1].agent == alone[0].agent
    assert together[1].curve == alone[0].curve
    assert together[0].agent != together[1].agent


def test_the_curve_begins_with_the_untrained_policy_and_counts_real_steps():
    trained = train(shard(1, budget=100))[0]
    assert [row.env_steps for row in trained.curve] == [0, 64, 128]  # whole rollouts of 2 × 32
    assert trained.env_steps == 128
    assert trained.curve[0].episodes == 3
    assert trained.curve[0].return_mean is not None
    assert trained.curve[-1].length_mean == trained.curve[-1].return_mean  # CartPole pays one per step


def test_every_member_says_what_it_cost_with_its_last_word():
    said = []
    trained = train(shard(1, 2), on_progress=said.append)
    last = [progress.core_seconds for progress in said if progress.last]
    assert last == [member.core_seconds for member in trained]
    assert all(seconds > 0 for seconds in last)
    assert {progress.core_seconds for progress in said if not progress.last} == {None}


def test_training_changes_the_weights():
    work = shard(1)
    before, after = read_tensors(work.members[0].initial), read_tensors(train(work)[0].agent)
    assert any(not value.equal(after["policy"][name]) for name, value in before["policy"].items())


def test_training_stops_at_the_threshold_with_a_full_window():
    easy = Task("CartPole-v1", threshold=9.0)
    trained = train(shard(1, task=easy, until="threshold", budget=20_000))[0]
    assert trained.reached
    assert trained.env_steps == trained.curve[-1].env_steps < 20_000
    assert trained.curve[-1].episodes == 100
    assert trained.curve[-1].return_mean >= 9.0
    assert all(row.episodes < 100 or row.return_mean < 9.0 for row in trained.curve[:-1])


def test_until_budget_ignores_the_threshold():
    trained = train(shard(1, task=Task("CartPole-v1", threshold=1.0), budget=20_000 // 4))[0]
    assert not trained.reached
    assert trained.env_steps >= 5_000


def test_off_policy_algorithms_record_about_two_hundred_rows():
    dqn = Algorithm(name="DQN", n_envs=1, hyperparameters={"learning_starts": 10})
    trained = train(shard(1, algorithm=dqn, budget=1000))[0]
    assert [row.env_steps for row in trained.curve][:4] == [0, 8, 16, 24]
    assert trained.env_steps == 1000
    assert [row.value_loss is not None for row in trained.curve[:5]] == [False, False, True, True, True]
    assert {row.policy_loss for row in trained.curve} == {None}


def test_a_row_has_what_the_last_of_several_kinds_of_updates_said():
    """TD3's actor learns at every second update, and Stable-Baselines3 forgets at every fourth episode."""
    td3 = Algorithm(name="TD3", n_envs=1, hyperparameters={"learning_starts": 11})
    reach = Task("tests.training.reach:tests/Reach-v0", threshold=0.0)
    trained = train(shard(1, algorithm=td3, task=reach, budget=100))[0]
    rows = [row for row in trained.curve if row.env_steps > 13]
    assert any(row.env_steps == 80 for row in rows)
    assert None not in {number for row in rows for number in (row.policy_loss, row.value_loss)}


def test_statistics_go_with_the_agent_into_evaluation():
    algorithm = PPO.model_copy(update={"normalize": Normalize(observation=True, reward=True)})
    trained = train(shard(1, algorithm=algorithm))[0]
    assert trained.agent.normalizer is not None
    played: Returns = evaluate(trained.agent, Task("CartPole-v1"), episodes=5, seed=0)
    bare = evaluate(type(trained.agent)(trained.agent.model), Task("CartPole-v1"), episodes=5, seed=0)
    assert played.returns.tolist() != bare.returns.tolist()


def test_every_row_is_reported_and_the_last_is_marked():
    heard = []
    trained = train(shard(1), on_progress=heard.append)[0]
    assert [progress.row for progress in heard] == [*trained.curve, trained.curve[-1]]
    assert [progress.last for progress in heard] == [False] * len(trained.curve) + [True]
    assert {(p.generation, p.arm, p.member, p.budget_steps) for p in heard} == {("first", "inherited", "m00", 256)}


class Failing(gymnasium.Wrapper):
    """An environment that breaks at the 10th step of an episode on one of the doomed seeds."""

    doomed: ClassVar[set[int]] = set()

    def reset(self, *, seed=None, options=None):
        self.steps, self.breaks = 0, seed in self.doomed
        return super().reset(seed=seed, options=options)

    def step(self, action):
        self.steps += 1
        if self.breaks and self.steps == 10:
            raise RuntimeError("motor burnt")
        return super().step(action)


def test_a_member_that_fails_says_of_what_and_the_others_go_on(monkeypatch):
    task = Task("CartPole-v1", wrappers=(Wrapper(name=f"{__name__}.Failing"),), threshold=500.0)
    whole = train(shard(7, 8, task=task))
    monkeypatch.setattr(Failing, "doomed", {first_episode(7, copy=0)})
    failed, alive = train(shard(7, 8, task=task))
    assert "got RuntimeError: motor burnt on seed" in failed.failure
    assert failed.agent == shard(7, task=task).members[0].initial
    assert failed.env_steps == 0
    assert alive == whole[1]
    assert alive.failure is None


@pytest.mark.parametrize("warm_start", [{}, {"kickstart": 1.0, "parent": steered()}, {"update_share": 0.9}])
def test_a_shard_learns_with_all_that_it_learns_by_on_the_device_that_it_names(warm_start, monkeypatch):
    on_cpu = shard(1, budget=64)
    members = (replace(on_cpu.members[0], warm_start=WarmStart(**warm_start)),)
    on_cpu = replace(on_cpu, members=members)
    on_gpu = replace(on_cpu, train=on_cpu.train.model_copy(update={"device": "cuda"}))
    asked = []
    for module in ("agents.algorithms", "training.kickstart"):  # a GPU that computes as the CPU does
        place = f"heredity.{module}.torch_device"
        monkeypatch.setattr(place, lambda device: asked.append(device) or torch.device("cpu"))
    assert train(on_gpu) == train(on_cpu)
    assert asked.count("cuda") == (2 if "parent" in warm_start else 1) and on_gpu.device == "cuda"
