"""Members in one batch play what they would play alone, and fail alone."""

from dataclasses import replace

import gymnasium
import numpy as np
import pytest

from heredity.agents.agent import Agent, fresh_agent, unpack
from heredity.agents.normalizer import pack_normalizer
from heredity.agents.task import Task
from heredity.errors import AgentError, TaskError
from heredity.evaluation.batched import MEMBERS_PER_BATCH, Batch, batches, play_batch
from heredity.evaluation.episodes import run_trial
from heredity.evaluation.failures import Failure
from heredity.evaluation.trial import Trial
from heredity.study.sections import Algorithm, Normalize, Wrapper
from heredity.worker import Death
from tests import deadly

CARTPOLE = Task("CartPole-v1")
PPO = Algorithm(name="PPO", n_envs=1, hyperparameters={"n_steps": 16, "batch_size": 16})


def trials(task=CARTPOLE, algorithm=PPO, members=3, **changed):
    return [
        Trial(f"m{seed:02d}", fresh_agent(algorithm, task, seed), task, 20, 5, True, generation="small", **changed)
        for seed in range(members)
    ]


def played(each):
    return play_batch(Batch(tuple(each)))


def test_a_deterministic_member_plays_as_it_does_alone():
    each = trials()
    for found, trial in zip(played(each), each, strict=True):
        alone = run_trial(trial)
        assert found.seed.tolist() == alone.seed.tolist()
        assert found.returns.tolist() == alone.returns.tolist()


def test_continuous_actions_and_frozen_statistics_are_those_of_the_member_alone():
    task = Task("Pendulum-v1")
    algorithm = PPO.model_copy(update={"normalize": Normalize(observation=True, reward=False)})
    agent = fresh_agent(algorithm, task, 0)
    model = unpack(agent, algorithm, task, 0, 0)
    model.get_vec_normalize_env().obs_rms.mean += 0.5
    model.get_env().close()
    agent = Agent(agent.model, pack_normalizer(model.get_vec_normalize_env()))
    trial = replace(trials(task, algorithm, 1)[0], agent=agent, episodes=3)
    together = played([trial, *(replace(other, episodes=3) for other in trials(task, algorithm, 2))])[0]
    np.testing.assert_allclose(together.returns, run_trial(trial).returns, rtol=1e-4)


def test_who_shares_the_batch_changes_nothing_of_a_sampled_episode():
    each = [replace(trial, deterministic=False) for trial in trials()]
    alone = [played([trial])[0] for trial in each]
    for found, expected in zip(played(each[::-1])[::-1], alone, strict=True):
        assert found.returns.tolist() == expected.returns.tolist()
    other = played([replace(each[0], seed=6)])[0]
    assert other.returns.tolist() != alone[0].returns.tolist()


def test_sampling_is_that_of_the_policy():
    trial = replace(trials(members=1)[0], deterministic=False, episodes=200)
    together, alone = played([trial])[0].returns, run_trial(trial).returns
    error = np.hypot(together.std(), alone.std()) / np.sqrt(200)
    assert abs(together.mean() - alone.mean()) < 4 * error


class Breaking(gymnasium.Wrapper):
    """Breaks once the cart is fast to the left, which only some members bring about."""

    def step(self, action):
        answer = super().step(action)
        if action == 0 and self.env.unwrapped.state[1] < -1.4:
            raise RuntimeError("rail bent")
        return answer


def test_a_member_whose_environment_breaks_fails_alone_with_its_seed():
    task = Task("CartPole-v1", wrappers=(Wrapper(name=f"{__name__}.Breaking"),))
    each = trials(task, members=4)
    together = played(each)
    failed = [found for found in together if isinstance(found, Failure)]
    lived = [(found, trial) for found, trial in zip(together, each, strict=True) if not isinstance(found, Failure)]
    assert failed
    assert lived
    assert failed[0].seed in lived[0][0].seed
    assert failed[0].reason == (
        f"CartPole-v1: expected a step that returns, got RuntimeError: rail bent on seed {failed[0].seed}"
    )
    for found, trial in lived:
        assert found.returns.tolist() == run_trial(trial).returns.tolist()


def test_other_algorithms_play_one_by_one_and_fail_alone_too():
    dqn = Algorithm(name="DQN", n_envs=1)
    each = trials(algorithm=dqn, members=2)
    assert played(each)[1].returns.tolist() == run_trial(each[1]).returns.tolist()
    stuck = played([replace(trial, step_limit=4) for trial in each])
    assert [found.member for found in stuck] == ["m00", "m01"]
    assert "expected an episode that ends within 4 steps" in stuck[0].reason


def test_what_is_no_fault_of_a_members_environment_is_raised():
    each = trials(members=2)
    with pytest.raises(TaskError, match=r"small/m00: CartPole-v1: expected an episode that ends within 4 steps"):
        played([replace(each[0], split="champion", step_limit=4, algorithm=PPO)])
    foreign = fresh_agent(PPO, Task("Acrobot-v1"), 0)
    with pytest.raises(AgentError, match=r"small/m01: policy: expected .* of shape .* need other networks"):
        played([each[0], replace(each[1], agent=foreign)])


def test_batches_hold_members_of_one_split_and_keep_the_order():
    each = trials(members=MEMBERS_PER_BATCH + 1)
    others = [replace(each[0], member=kind, agent=kind, split="null") for kind in ("random", "constant")]
    assert [one.member for one in batches([*each, *others])] == ["m00, m01, m02, m03", "m04", "random", "constant"]


DEADLY = Task("tests.deadly:Deadly-v0")
DEATH = Death("m01", "step", 7, 60.0, "exit code 0")


@pytest.mark.parametrize("together", [True, False])
def test_the_word_names_the_player_whose_environment_is_called(together):
    deadly.Deadly.actors.clear()
    each = trials(DEADLY, PPO if together else PPO.model_copy(update={"name": "A2C", "hyperparameters": {}}))
    played(each)
    assert {name for _, name in deadly.Deadly.actors} == {"m00", "m01", "m02"}


def test_a_member_that_is_lost_fails_and_the_others_play_as_before():
    each = trials(DEADLY)
    first, lost, last = play_batch(Batch(tuple(each)).blaming(DEATH))
    assert (lost.member, lost.seed) == ("m01", 7)
    assert lost.reason == (
        "tests.deadly:Deadly-v0: expected an environment that lets its process live, got exit code 0 in its step on "
        "seed 7"
    )
    whole = played(each)
    assert (first.returns.tolist(), last.returns.tolist()) == (whole[0].returns.tolist(), whole[2].returns.tolist())


def test_a_player_that_is_no_member_ends_in_one_line_that_names_it():
    batch = Batch((replace(trials(DEADLY)[0], member="random", agent="random", split="null"),))
    with pytest.raises(TaskError, match=r"^small/random: tests\.deadly:Deadly-v0: expected .* exit code 0 in"):
        batch.blaming(replace(DEATH, actor="random"))
