"""On a GPU the cohort engine trains what has a twin, and nothing beside its members' own learning."""

import pytest

from heredity.agents.task import Task
from heredity.agents.twins.cuda import why_not_trained
from heredity.study.sections import Algorithm, Train, Wrapper

PPO, CARTPOLE = Algorithm(name="PPO"), Task("CartPole-v1")
TIMED = Task("CartPole-v1", wrappers=(Wrapper(name="gymnasium.wrappers.TimeAwareObservation"),))


@pytest.mark.parametrize(
    ("algorithm", "task", "train", "guided", "reason"),
    [
        (PPO, CARTPOLE, {"device": "cuda"}, None, None),
        (PPO, CARTPOLE, {"device": "cuda", "environments": "jax"}, None, None),
        (PPO, TIMED, {}, "kickstart", None),
        (Algorithm(name="A2C"), CARTPOLE, {"device": "cuda"}, None, "trains PPO alone, not A2C"),
        (
            PPO, CARTPOLE, {"device": "cuda", "environments": "envpool"}, None,
            "trains on twins alone where train.device is cuda, not on envpool",
        ),
        (
            PPO, TIMED, {"device": "cuda"}, None,
            "trains on twins alone where train.device is cuda, and gymnasium.wrappers.TimeAwareObservation has no twin",
        ),
        (PPO, CARTPOLE, {"device": "cuda"}, "kickstart", "knows no kickstart where train.device is cuda"),
    ],
)  # fmt: skip
def test_it_says_why_not(algorithm, task, train, guided, reason):
    assert why_not_trained(algorithm, task, Train(**train), guided=guided) == reason
