"""Off-policy members that begin with their parent's replay buffer, and where exploration begins."""

import io
from dataclasses import replace

import pytest
import stable_baselines3
from stable_baselines3.common.callbacks import BaseCallback

from heredity.agents.agent import fresh_agent
from heredity.agents.algorithms import build
from heredity.agents.replay_buffer import unpack_replay
from heredity.agents.task import Task
from heredity.errors import AgentError
from heredity.inheritance.heirs import Donor, inherit
from heredity.inheritance.warm_start import WarmStart
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import Algorithm, Train
from heredity.training.checkpoints import checkpoint_key
from heredity.training.engines import train
from heredity.training.exploration import exploration_schedule
from heredity.training.shard import Member, Shard

CARTPOLE = Task("CartPole-v1", threshold=500.0)
DQN = Algorithm(
    name="DQN", n_envs=2, hyperparameters={"learning_starts": 40, "buffer_size": 200, "exploration_final_eps": 0.05}
)


def shard(warm_start, keeps_replay=False, budget=64):
    member = Member("m00", fresh_agent(DQN, CARTPOLE, 1), 1, warm_start=warm_start)
    settings = Train(engine="sb3", until="budget", checkpoint_steps=32)
    return Shard("first", "inherited", CARTPOLE, DQN, settings, budget, 2, (member,), keeps_replay)


def heir(replay, rule, task=CARTPOLE, algorithm=DQN):
    donors = {"a": Donor(fresh_agent(DQN, CARTPOLE, 0), replay=replay)}
    return inherit(donors, task, InheritRule(**rule), population=1, seed=0, algorithm=algorithm)[0]


def rows(content):
    model = build(DQN, CARTPOLE, 0, 0)
    unpack_replay(content, model)
    return model.replay_buffer.observations[: model.replay_buffer.size()]


def test_a_child_goes_on_filling_its_parents_buffer_and_learns_at_once():
    [parent] = train(shard(WarmStart(), keeps_replay=True))
    born = heir(parent.replay, {"replay_buffer": "keep"})
    [child] = train(shard(born.warm_start, keeps_replay=True))
    before, after = rows(parent.replay), rows(child.replay)
    assert (len(before), len(after)) == (32, 64)
    assert (after[:32] == before).all()
    models = [stable_baselines3.DQN.load(io.BytesIO(member.agent.model)) for member in (parent, child)]
    assert [model._n_updates for model in models] == [3, 8]  # every 8 steps, after step 40 and from the first on
    assert {model.learning_starts for model in models} == {40}
    assert train(shard(WarmStart()))[0].replay is None


class Epsilons(BaseCallback):
    def _on_training_start(self):
        self.seen = []

    def _on_step(self):
        self.seen.append(self.model.exploration_rate)
        return True


@pytest.mark.parametrize(("exploration", "first"), [("keep", 0.05), ("reset", 0.905)])
def test_epsilon_begins_at_its_end_where_exploration_is_kept_and_anew_where_it_is_reset(exploration, first):
    warm_start = heir(None, {"exploration": exploration}).warm_start
    model, heard = build(DQN, CARTPOLE, 0, 0), Epsilons()
    with exploration_schedule(model, warm_start):
        model.learn(200, callback=heard)
    assert heard.seen[1] == pytest.approx(first)  # the first step is taken before it is set
    assert heard.seen[-1] == pytest.approx(0.05)
    assert model.exploration_schedule(1.0) == 1.0


@pytest.mark.parametrize(
    ("replay", "task", "algorithm", "message"),
    [
        (False, CARTPOLE, DQN, "m00: replay_buffer: expected a parent whose replay buffer was stored, got none"),
        (True, Task("Acrobot-v1"), DQN, r"m00: replay buffer: expected observations of shape \(32, 2, 6\), got"),
        (True, CARTPOLE, Algorithm(name="PPO", n_envs=2), "m00: .*replay buffer: expected an off-policy algorithm"),
    ],
)
def test_a_buffer_that_a_child_cannot_begin_with_is_refused(replay, task, algorithm, message):
    content = train(shard(WarmStart(), keeps_replay=True))[0].replay if replay else None
    with pytest.raises(AgentError, match=message):
        heir(
            content,
            {"replay_buffer": "keep", "min_inherited": 0.0, **dict.fromkeys(("actor", "critic"), "reset")},
            task,
            algorithm,
        )


def test_another_buffer_is_another_training():
    parents = [train(replace(shard(WarmStart(), True), budget_steps=steps))[0].replay for steps in (64, 80)]
    one, two = (heir(content, {"replay_buffer": "keep"}).warm_start for content in parents)
    works = [shard(warm_start) for warm_start in (one, two, replace(one, replay=two.replay))]
    assert len({checkpoint_key(work, work.members) for work in works}) == 3  # by which a checkpoint is named
