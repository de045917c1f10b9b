"""What an environment pays within the wrappers that members alone train in."""

import pytest

from heredity.agents.agent import fresh_agent
from heredity.agents.shaping import unshaped_return
from heredity.agents.task import Task
from heredity.agents.twins.registry import why_no_twin
from heredity.study.sections import Algorithm, Train, Wrapper
from heredity.training.engines import train
from heredity.training.shard import Member, Shard
from tests.field import STEPS

PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 20, "batch_size": 40, "n_epochs": 1})
SHAPED = Task("Cue-v0", imports=("tests.field",), shaping=(Wrapper(name="tests.field.Tenfold"),))


def test_a_step_is_paid_as_shaped_and_tells_what_it_pays_without():
    env, total = SHAPED.make(), 0.0
    env.reset(seed=0)
    for _ in range(STEPS):
        _, reward, _, truncated, info = env.step(0)
        assert reward in (100.0, 110.0)
        total += (reward - 100) / 10
    assert truncated and unshaped_return(info) == total
    env.reset(seed=1)
    assert unshaped_return(env.step(0)[4]) <= 1  # counted anew
    assert unshaped_return(SHAPED.unshaped().make().reset(seed=0)[1]) is None


@pytest.mark.study
@pytest.mark.parametrize("engine", ["sb3", "cohort"])
def test_members_learn_by_the_shaped_rewards_and_curves_tell_the_others(engine):
    def trained(task):
        member = Member("m00", fresh_agent(PPO, task, 0), 0)
        settings = Train(engine=engine, environments="gymnasium", until="budget", window=4)
        return train(Shard("one", "inherited", task, PPO, settings, 120, 2, (member,)))[0]

    shaped, plain = trained(SHAPED), trained(SHAPED.unshaped())
    assert all(0 <= row.return_mean <= STEPS for row in shaped.curve)
    assert [row.return_mean for row in shaped.curve[:2]] == [row.return_mean for row in plain.curve[:2]]
    assert shaped.agent.digest != plain.agent.digest


def test_what_members_train_in_has_no_twin():
    task = Task("CartPole-v1", shaping=(Wrapper(name="tests.field.Tenfold"),))
    assert why_no_twin(task) == "members train in wrappers of their own"
    assert why_no_twin(task.unshaped()) is None
