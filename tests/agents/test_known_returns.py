"""What returns lie between is said only where rewards and limits are as they are registered."""

from dataclasses import replace

import gymnasium
import pytest
from gymnasium.envs.registration import WrapperSpec

from heredity.agents.known_returns import known_returns
from heredity.agents.task import Task
from heredity.study.sections import KnownReturns, Wrapper


class Shown(gymnasium.ObservationWrapper):
    """Shows what there is."""

    def observation(self, observation):
        return observation


class Begun(Shown):
    """Shows what there is, and begins otherwise."""

    def reset(self, **keywords):
        return self.env.reset(**keywords)


class Told(gymnasium.Wrapper):
    """Steps and begins as wrappers of observations do, and is none."""

    step, reset = gymnasium.ObservationWrapper.step, gymnasium.ObservationWrapper.reset


def function(env):
    """Wrap nothing."""
    return env


class Paid(Shown):
    """Shows what there is, and pays twice."""

    def step(self, action):
        observation, reward, *rest = self.env.step(action)
        return (observation, 2 * reward, *rest)


def task(id, *wrappers, **kwargs):
    return Task(id, kwargs, tuple(Wrapper(name=name) for name in wrappers))


@pytest.mark.parametrize(("id", "lowest", "highest"), [
    ("CartPole-v1", 0.0, 500.0), ("CartPole-v0", 0.0, 200.0), ("Acrobot-v1", -500.0, 0.0),
    ("MountainCar-v0", -200.0, 0.0), ("FrozenLake-v1", 0.0, 1.0), ("FrozenLake8x8-v1", 0.0, 1.0),
    ("Blackjack-v1", -1.0, 1.0), ("MiniGrid-DoorKey-5x5-v0", 0.0, 1.0), ("BabyAI-GoToObj-v0", 0.0, 1.0),
    ("MiniGrid-Dynamic-Obstacles-5x5-v0", -1.0, 1.0), ("Taxi-v4", -2000.0, 20.0), ("CliffWalking-v1", None, -13.0),
    ("LunarLander-v3", None, None), ("MountainCarContinuous-v0", None, None),
])  # fmt: skip
def test_an_environments_returns_lie_between_what_its_rewards_and_limit_say(id, lowest, highest):
    assert known_returns(task(id)) == KnownReturns(lowest=lowest, highest=highest)


def test_pendulums_worst_is_a_whole_episode_upside_down_at_full_speed():
    assert known_returns(task("Pendulum-v1")).lowest == pytest.approx(-3254.72, abs=0.01)


@pytest.mark.parametrize("changed", [
    task("CartPole-v1", sutton_barto_reward=True), task("CartPole-v1", max_episode_steps=10),
    task("FrozenLake-v1", reward_schedule=(10, -10, 0)), task("Blackjack-v1", natural=True),
    task("CartPole-v1", f"{__name__}.Paid"), task("CartPole-v1", "gymnasium.wrappers.NormalizeReward"),
    task("MiniGrid-DoorKey-5x5-v0", f"{__name__}.Shown", "minigrid.wrappers.ActionBonus"),
    task("MiniGrid-DoorKey-5x5-v0", max_episode_steps=10), task("CartPole-v1", f"{__name__}.Begun"),
    task("CartPole-v1", f"{__name__}.Told"), task("CartPole-v1", f"{__name__}.function"),
])  # fmt: skip
def test_of_other_rewards_limits_or_wrappers_nothing_is_known(changed):
    assert known_returns(changed) == KnownReturns()


@pytest.mark.parametrize("alike", [
    task("MiniGrid-DoorKey-5x5-v0", "heredity.wrappers.FlatView", max_steps=50),
    task("MiniGrid-DoorKey-5x5-v0", "minigrid.wrappers.ImgObsWrapper"),
    task("FrozenLake-v1", f"{__name__}.Shown", is_slippery=False),
    task("MiniGrid-DoorKey-5x5-v0", "heredity.wrappers.ZeroBased"),
    task("FrozenLake-v1", "heredity.wrappers.ChannelStack"),
    task("FrozenLake-v1", render_mode="rgb_array", disable_env_checker=True),
])  # fmt: skip
def test_wrappers_of_observations_and_harmless_arguments_change_nothing(alike):
    assert known_returns(alike) == KnownReturns(lowest=0.0, highest=1.0)


@pytest.mark.parametrize("changed", [
    {"max_episode_steps": 1000}, {"kwargs": {"sutton_barto_reward": True}}, {"entry_point": f"{__name__}:Paid"},
    {"entry_point": Paid}, {"additional_wrappers": (WrapperSpec("Paid", f"{__name__}:Paid", {}),)},
])  # fmt: skip
def test_of_an_id_that_is_registered_otherwise_nothing_is_known(changed, monkeypatch):
    spec = gymnasium.spec("CartPole-v1")
    monkeypatch.setitem(gymnasium.registry, "CartPole-v1", replace(spec, **changed))
    assert known_returns(task("CartPole-v1")) == KnownReturns()


@pytest.fixture
def registered():
    """Register an id for one test."""
    id = "MiniGrid-Mine-v0"
    gymnasium.register(id, f"{__name__}:Paid")
    yield id
    del gymnasium.registry[id]


def test_a_name_like_minigrids_is_not_minigrids(registered):
    assert known_returns(task(registered)) == KnownReturns()


def test_no_episode_at_random_leaves_the_limits():
    for id in ("CartPole-v1", "Pendulum-v1", "Taxi-v4", "MiniGrid-Dynamic-Obstacles-5x5-v0"):
        limits, env = known_returns(task(id)), gymnasium.make(id)
        env.action_space.seed(0)
        for seed in range(5):
            env.reset(seed=seed)
            total, over = 0.0, False
            while not over:
                _, reward, terminated, truncated, _ = env.step(env.action_space.sample())
                total, over = total + float(reward), terminated or truncated
            assert limits.lowest <= total <= limits.highest
