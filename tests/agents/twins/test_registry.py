"""Which tasks have a twin is known without JAX, and whatever a twin does not know it is not made for."""

import subprocess
import sys

import gymnasium
import pytest

from heredity.agents.task import Task
from heredity.agents.twins import registry
from heredity.agents.twins.registry import make_twin, register_twin, why_no_twin
from heredity.errors import TaskError
from heredity.study.sections import Wrapper
from tests.agents.twins.minigrid.examples import FAMILIES, flat

DOORKEY = "MiniGrid-DoorKey-5x5-v0"


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))


@pytest.mark.parametrize(("id", "kwargs"), [task for tasks in FAMILIES.values() for task in tasks])
def test_a_task_of_every_family_has_a_twin(id, kwargs):
    assert why_no_twin(flat(id, **kwargs)) is None


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (Task("FrozenLake-v1"), "frozen_lake:FrozenLakeEnv has no twin"),
        (flat(DOORKEY, see_through_walls=True, agent_view_size=5), "does not know agent_view_size, see_through_walls"),
        (flat(DOORKEY, size=4), "does not know every value: size 4 is no whole number from 5 to 255"),
        (Task(DOORKEY), r"is seen with wrappers: \[heredity.wrappers.FlatView\]"),
        (Task(DOORKEY, {}, (Wrapper(name="heredity.wrappers.FlatView", kwargs={"a": 1}),)), "is seen with wrappers"),
        (Task(DOORKEY, {}, (Wrapper(name="minigrid.wrappers.FlatObsWrapper"),)), "is seen with wrappers"),
    ],
)
def test_a_task_without_a_twin_says_why_and_none_is_made(task, reason):
    assert why_no_twin(task) is not None
    with pytest.raises(TaskError, match=f"{task.id}: .*{reason}"):
        make_twin(task)


def test_an_id_that_is_registered_with_wrappers_has_no_twin(monkeypatch):
    spec = gymnasium.spec("CartPole-v1")
    own = gymnasium.envs.registration.EnvSpec("Own-v0", spec.entry_point, additional_wrappers=(None,))
    monkeypatch.setitem(gymnasium.registry, "Own-v0", own)
    monkeypatch.setattr(registry, "_registered", {spec.entry_point: registry.Registered("a:b")})
    assert why_no_twin(Task("Own-v0")) == "Own-v0 is registered with wrappers"


@pytest.mark.parametrize(
    ("stated", "limit"),
    [({}, 500), ({"max_episode_steps": 9}, 9), ({"max_episode_steps": None}, 500), ({"max_episode_steps": -1}, None)],
)
def test_a_registered_twin_is_made_with_all_arguments_and_the_limit_that_gymnasium_would_set(registered, stated, limit):
    entry = gymnasium.spec("CartPole-v1").entry_point
    register_twin(entry, f"{__name__}:both", kwargs=("sutton_barto_reward",), why_not=lambda kwargs: kwargs.get("no"))
    task, given = make_twin(Task("CartPole-v1", {"sutton_barto_reward": True, **stated}))
    assert (dict(task.kwargs), given) == ({"sutton_barto_reward": True}, limit)
    env = gymnasium.make("CartPole-v1", **stated)
    assert getattr(env, "_max_episode_steps", None) == limit


def both(task, limit):
    return task, limit


def test_asking_loads_neither_jax_nor_minigrid():
    code = (
        "import sys; from heredity.agents.task import Task; from heredity.agents.twins.registry import why_no_twin;"
        "why_no_twin(Task('CartPole-v1')); print({'jax', 'minigrid', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
