"""Evaluation plays each seed once, the same for every agent, and learns nothing."""

from dataclasses import replace

import gymnasium
import numpy as np
import pytest

from heredity.agents.agent import fresh_agent, unpack
from heredity.agents.task import Task
from heredity.errors import AgentError, TaskError
from heredity.evaluation.episodes import COPIES, evaluate, run_trial
from heredity.evaluation.null_policies import NULL_POLICIES
from heredity.evaluation.trial import Trial
from heredity.study.sections import Algorithm, Wrapper

CARTPOLE = Task("CartPole-v1")
PPO = Algorithm(name="PPO", n_envs=1, hyperparameters={"n_steps": 16, "batch_size": 16})


def played_alone(agent, seed):
    model, env = unpack(agent, PPO, CARTPOLE, 0, 0), CARTPOLE.make()
    observation, _ = env.reset(seed=seed)
    total = 0.0
    while True:
        observation, reward, terminated, truncated, _ = env.step(model.predict(observation, deterministic=True)[0])
        total += float(reward)
        if terminated or truncated:
            return total


@pytest.mark.study
def test_every_seed_is_played_once_as_if_alone():
    agent = fresh_agent(PPO, CARTPOLE, 0)
    played = evaluate(agent, CARTPOLE, episodes=COPIES + 5, seed=3)
    assert len(set(played.seed.tolist())) == COPIES + 5
    assert played.returns.tolist() == [played_alone(agent, int(seed)) for seed in played.seed]
    assert played.length.tolist() == played.returns.tolist()  # CartPole pays one per step
    assert np.isnan(played.success).all()


def test_the_seed_decides_the_episodes_and_nothing_else_does():
    agent, other = fresh_agent(PPO, CARTPOLE, 0), fresh_agent(PPO, CARTPOLE, 1)
    first, again = (evaluate(agent, CARTPOLE, episodes=8, seed=3, deterministic=False) for _ in range(2))
    assert first.returns.tolist() == again.returns.tolist()
    assert evaluate(other, CARTPOLE, episodes=8, seed=3).seed.tolist() == first.seed.tolist()
    assert evaluate(agent, CARTPOLE, episodes=8, seed=4).seed.tolist() != first.seed.tolist()


class Misbehaving(gymnasium.Wrapper):
    """An environment that goes wrong in a chosen way at the third step."""

    def __init__(self, env, fault):
        super().__init__(env)
        self.fault, self.steps = fault, 0

    def step(self, action):
        self.steps += 1
        observation, reward, terminated, truncated, info = super().step(action)
        if self.steps == 3 and self.fault == "raise":
            raise RuntimeError("motor\nburnt")
        if self.steps == 3 and self.fault == "nan":
            reward = float("nan")
        info["is_success"] = self.steps > 3
        return observation, reward, terminated, truncated, info


def misbehaving(fault):
    return Task("CartPole-v1", wrappers=(Wrapper(name=f"{__name__}.Misbehaving", kwargs={"fault": fault}),))


def test_an_environment_that_raises_is_named_with_its_seed():
    trial = Trial("m03", fresh_agent(PPO, CARTPOLE, 0), misbehaving("raise"), 2, 5, True)
    with pytest.raises(TaskError, match=r"m03: CartPole-v1: .* got RuntimeError: motor burnt on seed \d+"):
        run_trial(trial)


def test_a_reward_that_is_not_a_number_is_named_with_its_seed():
    with pytest.raises(TaskError, match=r"CartPole-v1: expected a finite reward, got nan on seed \d+"):
        evaluate(fresh_agent(PPO, CARTPOLE, 0), misbehaving("nan"), episodes=2, seed=5)


def test_success_is_what_the_environment_reports():
    played = evaluate(fresh_agent(PPO, CARTPOLE, 0), misbehaving("none"), episodes=4, seed=5)
    assert played.success.tolist() == [1.0] * 4


def test_a_success_return_says_what_a_success_is():
    trial = Trial("m00", fresh_agent(PPO, CARTPOLE, 0), CARTPOLE, 8, 5, True, success_return=9.0)
    played = run_trial(trial)
    assert played.success.tolist() == [float(value >= 9.0) for value in played.returns]
    assert np.isnan(run_trial(replace(trial, success_return=None)).success).all()


def test_an_episode_that_does_not_end_is_named_with_its_member_and_seed():
    trial = Trial("m03", fresh_agent(PPO, CARTPOLE, 0), CARTPOLE, 2, 5, True, generation="small", step_limit=4)
    with pytest.raises(TaskError, match=r"small/m03: CartPole-v1: .* ends within 4 steps, got none on seed \d+; raise"):
        run_trial(trial)
    longest = int(run_trial(replace(trial, step_limit=500)).length.max())
    assert run_trial(replace(trial, step_limit=longest)).length.max() == longest


def test_later_episodes_of_a_trial_are_the_ones_after_the_first():
    trial = Trial("m00", fresh_agent(PPO, CARTPOLE, 0), CARTPOLE, 8, 5, True)
    last = run_trial(replace(trial, first=5, episodes=3))
    assert last.seed.tolist() == run_trial(trial).seed[5:].tolist()
    assert last.returns.tolist() == run_trial(trial).returns[5:].tolist()


def test_null_policies_meet_the_members_seeds_and_do_not_learn():
    agent = fresh_agent(PPO, CARTPOLE, 0)
    random, constant, member = (
        run_trial(Trial("x", player, CARTPOLE, 20, 5, True)) for player in (*NULL_POLICIES, agent)
    )
    assert random.seed.tolist() == constant.seed.tolist() == member.seed.tolist()
    assert constant.returns.max() <= 11  # pushing left all the time drops the pole in 8 to 11 steps
    assert 15 < random.returns.mean() < 30


def test_a_model_of_another_observation_space_is_refused_by_name():
    agent = fresh_agent(PPO, Task("Acrobot-v1"), 0)
    trial = Trial("champion", agent, CARTPOLE, 2, 5, True, generation="small", algorithm=PPO)
    with pytest.raises(AgentError, match=r"small/champion: policy: expected .* of shape .* need other networks"):
        run_trial(trial)
