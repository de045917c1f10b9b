"""Which tasks of classic control have a twin."""

import gymnasium
import minigrid  # noqa: F401  registers its ids for good, not until a test ends
import numpy as np
import pytest
from gymnasium.envs.classic_control import CartPoleEnv

from heredity.agents.task import Task
from heredity.agents.twins.registry import make_twin, why_no_twin
from heredity.errors import TaskError
from heredity.study.sections import Wrapper

IDS = "CartPole-v0", "CartPole-v1", "Acrobot-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Pendulum-v1"
CART_POLE = "gymnasium.envs.classic_control.cartpole:CartPoleEnv"
NEVER = 2**31 - 1


class Heavier(CartPoleEnv):
    """Is CartPole, and pays and shows something else."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.masspole = 0.2


@pytest.fixture
def registered(monkeypatch):
    """Register ids until the test ends."""
    monkeypatch.setattr(gymnasium.envs.registration, "registry", registry := dict(gymnasium.registry))
    monkeypatch.setattr(gymnasium, "registry", registry)
    return gymnasium.register


@pytest.mark.parametrize("id", IDS)
def test_classic_control_has_twins_that_are_as_long(id):
    task = Task(id)
    assert why_no_twin(task) is None
    assert make_twin(task).longest == gymnasium.spec(id).max_episode_steps


@pytest.mark.parametrize("given", ["a string", "a class"])
def test_a_subclass_has_no_twin(registered, given):
    entry_point = f"{__name__}:Heavier" if given == "a string" else Heavier
    registered("Heavier-v0", entry_point=entry_point, max_episode_steps=500)
    assert why_no_twin(Task("Heavier-v0")) == f"{__name__}:Heavier has no twin"
    with pytest.raises(TaskError, match=r"^Heavier-v0: .*:Heavier has no twin$"):
        make_twin(Task("Heavier-v0"))


@pytest.mark.parametrize(
    "entry_point", ["gymnasium.envs.classic_control:CartPoleEnv", "minigrid.envs.doorkey:DoorKeyEnv"]
)
def test_a_class_is_known_by_whichever_module_of_its_package_an_id_names(registered, entry_point):
    registered("Elsewhere-v0", entry_point=entry_point, max_episode_steps=30)
    assert "has no twin" not in (why_no_twin(Task("Elsewhere-v0")) or "")
    nowhere = entry_point.replace(":", ".no:")
    registered("Nowhere-v0", entry_point=nowhere, max_episode_steps=30)
    assert why_no_twin(Task("Nowhere-v0")) == f"{nowhere} has no twin"


@pytest.mark.parametrize("given", ["a string", "a class"])
def test_cart_pole_by_another_id_has_one_of_its_own_limit_and_reward(registered, given):
    entry_point = CART_POLE if given == "a string" else CartPoleEnv
    registered("Short-v0", entry_point=entry_point, max_episode_steps=30, kwargs={"sutton_barto_reward": True})
    twin = make_twin(Task("Short-v0"))
    assert (twin.longest, twin.spec.limit, bool(twin.spec.sutton_barto)) == (30, 30, True)
    assert not make_twin(Task("Short-v0", {"sutton_barto_reward": False})).spec.sutton_barto


def test_one_without_a_limit_is_never_truncated(registered):
    registered("Endless-v0", entry_point=CART_POLE)
    assert make_twin(Task("Endless-v0")).longest == NEVER


@pytest.mark.parametrize(("asked", "longest"), [(20, 20), (None, 500), (-1, NEVER)])
def test_the_limit_that_gymnasium_is_asked_for_is_the_twins(asked, longest):
    task = Task("CartPole-v1", {"max_episode_steps": asked})
    assert make_twin(task).longest == longest
    assert task.make().spec.max_episode_steps == (None if longest == NEVER else longest)


@pytest.mark.parametrize(
    ("id", "kwargs", "unknown"),
    [
        ("CartPole-v1", {"render_mode": "rgb_array", "gravity": 9.8}, "gravity, render_mode"),
        ("Pendulum-v1", {"goal_velocity": 1}, "goal_velocity"),
        ("Acrobot-v1", {"g": 9.8}, "g"),
    ],
)
def test_arguments_that_a_twin_does_not_know_are_named(id, kwargs, unknown):
    assert why_no_twin(Task(id, kwargs)).endswith(f" does not know {unknown}")


def test_an_environment_that_is_not_drawn_may_say_so():
    assert why_no_twin(Task("CartPole-v1", {"render_mode": None})) is None


def test_what_an_environment_is_made_with_is_data():
    assert make_twin(Task("Pendulum-v1", {"g": 9.81})).spec.gravity == np.float32(9.81)
    for id in ("MountainCar-v0", "MountainCarContinuous-v0"):
        assert make_twin(Task(id, {"goal_velocity": 0.03})).spec.goal_velocity == np.float32(0.03)
    twins = [make_twin(Task("Pendulum-v1", kwargs)) for kwargs in ({}, {"g": 9.81}, {"max_episode_steps": 10})]
    assert len({twin.dynamics for twin in twins}) == 1


def worn(*wrappers):
    return Task("CartPole-v1", wrappers=tuple(Wrapper(name=name, kwargs=kwargs) for name, kwargs in wrappers))


def test_wrappers_that_have_a_twin_are_worn_and_others_refused():
    offset = ("heredity.wrappers.ObservationOffset", {"seed": 7})
    assert why_no_twin(worn(offset, offset)) is None
    other = "gymnasium.wrappers.TimeAwareObservation"
    assert why_no_twin(worn(offset, (other, {}))) == f"{other} has no twin"
    wrong = worn((offset[0], {"seed": 7, "scale": 1}))
    assert why_no_twin(wrong) == f"the twin of {offset[0]} does not know scale"
