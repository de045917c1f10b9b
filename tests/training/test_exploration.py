"""Off-policy members: whose replay buffer they begin with, where exploration begins, and by which noise it goes on."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
import stable_baselines3
import torch
from stable_baselines3.common.callbacks import BaseCallback

from heredity.agents.agent import fresh_agent, pack
from heredity.agents.algorithms import build, with_hyperparameters
from heredity.agents.archives import unpack_zip
from heredity.agents.replay_buffer import unpack_replay
from heredity.agents.task import Task
from heredity.errors import AgentError
from heredity.inheritance.heirs import Donor, inherit
from heredity.inheritance.warm_start import WarmStart
from heredity.seeds import Seeds
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import Algorithm, Train
from heredity.training.checkpoints import checkpoint_key
from heredity.training.engines import train
from heredity.training.exploration import exploration_schedule
from heredity.training.shard import Member, Shard
from heredity.training.sharding import extended_members
from tests.training.reach import Cue, Reach

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
    assert len({checkpoint_key(work, work.members[0]) for work in works}) == 3  # by which a checkpoint is named


REACH, CUE = (Task(f"tests.training.reach:tests/{name}-v0", threshold=0.0) for name in ("Reach", "Cue"))
TWO = Task(REACH.id, {"size": 2}, threshold=0.0)
STARTS = 40
SMALL = {"policy_kwargs": {"net_arch": [8]}}


def learner(name, n_envs=1, **hyperparameters):
    return Algorithm(
        name=name, n_envs=n_envs,
        hyperparameters={"learning_starts": STARTS, "buffer_size": 1000, "batch_size": 4, **SMALL, **hyperparameters},
    )  # fmt: skip


def still(algorithm, task):
    """Return an agent that does nothing, or (DQN) always the same: 4."""
    model = build(algorithm, task, 0, 0)
    actor = model.policy.q_net if algorithm.name == "DQN" else model.policy.actor
    with torch.no_grad():
        for name, value in actor.named_parameters():
            value.fill_(-10.0 if name == "log_std.bias" else 0.0)
        if algorithm.name == "DQN":
            actor.q_net[-1].bias[4] = 1.0
    return pack(model, algorithm)


def families(algorithm, task, **rule):
    """Return an heir of an agent that does nothing, and an immigrant beside it, as members."""
    heirs = inherit(
        {"a": still(algorithm, task)}, task, InheritRule(immigrants=1, **rule), population=2, seed=0,
        algorithm=algorithm,
    )  # fmt: skip
    return [Member(heir.name, heir.agent, 1, heir.birth.hyperparameters, heir.warm_start) for heir in heirs]


def actions_of(member, algorithm, task, budget=STARTS, every=10_000, checkpoints=None):
    """Train a member; return what it did while it learned, as [steps, …], and the model that came of it."""
    settings = Train(engine="sb3", until="budget", checkpoint_steps=every)
    environment = Cue if task == CUE else Reach
    environment.actions.clear()
    [trained] = train(
        Shard("second", "inherited", task, algorithm, settings, budget, 1, (member,)), checkpoints=checkpoints
    )
    assert trained.failure is None
    return np.array(environment.actions)[-trained.env_steps :], trained.agent


def updates(agent):
    return json.loads(unpack_zip(agent.model)["data"])["_n_updates"]


@pytest.mark.parametrize("name", ["TD3", "DDPG", "SAC"])
def test_an_heir_fills_its_buffer_by_its_policy_and_a_fresh_member_at_random(name):
    algorithm = learner(name)
    (played, born), (random, immigrant) = (
        actions_of(member, algorithm, REACH, STARTS + 3) for member in families(algorithm, REACH)
    )
    noise = 0.0 if name == "SAC" else 0.1
    assert np.abs(played[:STARTS]).max() < 2 * (5 * noise + 1e-3)  # actions are from -2 to 2, and nothing is done
    assert played[:STARTS].std() == pytest.approx(2 * noise, abs=0.06)
    assert random[:STARTS].std() > 0.9  # uniform: 4 / √12 = 1.15
    assert updates(born) == updates(immigrant) == 3  # both learn from the step on that learning starts at


def test_a_dqns_heir_plays_by_its_values_with_the_epsilon_that_it_was_left():
    algorithm = learner("DQN", exploration_final_eps=0.05, exploration_fraction=1.0)
    heir, immigrant = (actions_of(member, algorithm, CUE)[0] for member in families(algorithm, CUE))
    assert (heir == 4).mean() > 0.85
    assert (immigrant == 4).mean() < 0.5
    anew = families(algorithm, CUE, exploration="reset")[0]
    assert (actions_of(anew, algorithm, CUE)[0] == 4).mean() < 0.5


@pytest.mark.parametrize("n_envs", [1, 2])
def test_the_noise_that_is_asked_for_is_the_noise_that_is_played(n_envs):
    normal = learner("TD3", n_envs, noise_type="normal", noise_std=0.25)
    ornstein = learner("TD3", n_envs, noise_type="ornstein-uhlenbeck", noise_std=0.25)
    none = learner("TD3", n_envs, noise_type="none")
    played = {
        algorithm.hyperparameters["noise_type"]: actions_of(
            families(algorithm, TWO)[0], with_hyperparameters(algorithm, {"learning_starts": 200}), TWO, 200
        )[0].reshape(-1, 20, n_envs, 2) / 2
        for algorithm in (normal, ornstein, none)
    }  # fmt: skip
    assert played["normal"].std() == pytest.approx(0.25, abs=0.03)
    correlations = np.corrcoef(played["normal"].reshape(-1, 2).T)
    assert abs(correlations[0, 1]) < 0.3  # every axis has noise of its own
    # dx = −θ·x·dt + σ·√dt·N with Stable-Baselines3's θ = 0.15 and dt = 0.01, at rest where an episode begins
    steps = np.diff(played["ornstein-uhlenbeck"], axis=1, prepend=0.0)
    assert steps.std() == pytest.approx(0.25 * 0.1, abs=0.004)
    assert played["ornstein-uhlenbeck"][:, -1].std() > 2 * played["ornstein-uhlenbeck"][:, 0].std()
    assert not played["none"].any()


def test_a_segment_after_the_first_does_not_act_at_random_again():
    algorithm = learner("TD3", learning_rate=0.0, train_freq=5)
    fresh = Member("m00", still(algorithm, REACH), 1)
    played, _ = actions_of(fresh, algorithm, REACH, 3 * STARTS, every=STARTS - 10)
    assert played[:STARTS].std() > 0.9
    assert np.abs(played[STARTS:]).max() < 1


def test_members_that_are_extended_do_not_act_at_random_again():
    seeds = Seeds(0, "second")
    for name, task in (("TD3", REACH), ("DQN", CUE)):
        algorithm = learner(name)
        [member] = extended_members([Member("m00", still(algorithm, task), 1)], {"m00": still(algorithm, task)}, seeds)
        played, _ = actions_of(member, algorithm, task)
        assert (played == 4).mean() > 0.8 if task == CUE else np.abs(played).max() < 1


def test_noise_and_first_steps_come_out_the_same_wherever_a_training_was_interrupted(tmp_path):
    algorithm = learner("TD3", 2, noise_type="ornstein-uhlenbeck", noise_std=0.5)
    member = families(algorithm, REACH)[0]
    whole = actions_of(member, algorithm, REACH, 60, every=30)[1]
    assert actions_of(member, algorithm, REACH, 60, every=30)[1] == whole

    def interrupt(progress):
        if progress.row.env_steps > 40:
            raise KeyboardInterrupt

    settings = Train(engine="sb3", until="budget", checkpoint_steps=30)
    work = Shard("second", "inherited", REACH, algorithm, settings, 60, 1, (member,))
    with pytest.raises(KeyboardInterrupt):
        train(work, on_progress=interrupt, checkpoints=tmp_path)
    [resumed] = train(work, checkpoints=tmp_path)
    assert resumed.agent == whole
    noises = [json.loads(unpack_zip(agent.model)["data"])["action_noise"] for agent in (member.initial, whole)]
    assert noises[0] == noises[1]  # at rest, and one for all copies: nothing of a segment is packed


def test_nothing_of_the_first_steps_stays_with_a_model():
    model = build(DQN, CARTPOLE, 0, 0)
    before = dict(vars(model))
    with exploration_schedule(model, WarmStart(plays_first=True, explores_anew=False)):
        assert vars(model).keys() - before.keys() == {"_sample_action"}
    assert vars(model) == before
