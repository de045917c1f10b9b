"""An environment looked up: how a study writes it, and in which line it is refused."""

import sys
from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

from heredity.agents.task import PROVIDERS
from heredity.cli.project import environment as module
from heredity.cli.project.environment import displays_named, play
from heredity.errors import StudyError, TaskError
from tests.masked import Masked


class Odd(gymnasium.Env):
    """Has whatever spaces it is told, and pays nothing."""

    def __init__(self, observations=None, actions=None, spoken=None):
        self.observation_space = observations or spaces.Box(0, 1, (2,), np.float32)
        self.action_space, self.spoken = actions or spaces.Discrete(2), spoken

    def reset(self, *, seed=None, options=None):
        if self.spoken:
            raise RuntimeError(self.spoken)
        return self.observation_space.sample(), {}

    def step(self, action):
        return self.observation_space.sample(), 0.0, False, False, {}


@pytest.fixture
def odd(monkeypatch, write_module):
    """Return a function that registers Odd-v0, and is shown whatever is needed to play it."""

    def register(**kwargs):
        gymnasium.register("Odd-v0", entry_point=Odd, kwargs=kwargs)

    monkeypatch.setattr(module, "PLAY_SECONDS", 0.0)
    return register


def wrappers(played):
    return [wrapper.name for wrapper in played.task.wrappers]


def test_what_is_registered_is_looked_up():
    played = play("CartPole-v1", ())
    assert (played.task.id, played.task.threshold, wrappers(played)) == ("CartPole-v1", 475.0, [])
    assert (played.spaces[1], played.masked, played.longest) == (spaces.Discrete(2), False, 500)
    assert 1e-6 < played.seconds < 1e-2
    assert 15 < played.random < 35
    assert played.is_beaten(475.0)
    assert not played.is_beaten(15.0)
    assert play("Pendulum-v1", ()).task.threshold is None


@pytest.mark.parametrize(
    ("id", "kwargs", "chosen"),
    [
        ("MiniGrid-DoorKey-5x5-v0", {}, ["heredity.wrappers.FlatView"]),
        ("Odd-v0", {"observations": spaces.Tuple((spaces.Discrete(2), spaces.Discrete(3)))},
         ["gymnasium.wrappers.FlattenObservation"]),
        ("Odd-v0", {"actions": spaces.Discrete(3, start=1)}, ["heredity.wrappers.ZeroBased"]),
        ("Odd-v0", {"observations": spaces.Tuple((spaces.Discrete(2),)), "actions": spaces.Discrete(3, start=1)},
         ["gymnasium.wrappers.FlattenObservation", "heredity.wrappers.ZeroBased"]),
    ],
)  # fmt: skip
def test_it_is_wrapped_where_a_study_could_not_play_it(odd, id, kwargs, chosen):
    odd(**kwargs)
    assert wrappers(play(id, ())) == chosen


def test_what_no_wrapper_of_heredity_helps_is_refused(odd):
    odd(actions=spaces.Dict(a=spaces.Discrete(2)))
    with pytest.raises(TaskError, match=r"^Odd-v0: expected actions that are Box, .* give the environment a wrapper"):
        play("Odd-v0", ())


def test_masked_actions_are_found_and_only_allowed_ones_taken():
    gymnasium.register("Masked-v0", entry_point=Masked, kwargs={"strict": True}, max_episode_steps=10)
    try:
        assert play("Masked-v0", ()).masked
    finally:
        gymnasium.registry.pop("Masked-v0")


@pytest.mark.parametrize(
    ("id", "line"),
    [
        ("CartPol-v1", r"got 'CartPol-v1'; did you mean CartPole-v1 or .*\?; for one of your own type --env package\."),
        ("Nothing-v0", r"got 'Nothing-v0'; gymnasium\.pprint_registry\(\) lists the known ones; for one"),
    ],
)
def test_an_id_that_nobody_registers_is_refused_with_the_nearest(id, line):
    with pytest.raises(TaskError, match=f"^--env: expected the id of a registered Gymnasium environment, {line}"):
        play(id, ())


def test_a_package_that_an_id_needs_is_named(monkeypatch):
    monkeypatch.setitem(PROVIDERS, "ALE", "no_such_package")
    with pytest.raises(TaskError, match=r"^--env: ALE/Pong-v5 needs the package no_such_package: .*; install it"):
        play("ALE/Pong-v5", ())


def test_a_module_that_cannot_be_imported_from_the_project_is_refused():
    line = (
        r"^--import: expected modules that Python can import from the project, got 'no_such_package': No module named "
        r"'no_such_package'; make the project in the directory that it lies in, or install it"
    )
    with pytest.raises(TaskError, match=line):
        play("Mine-v0", ("no_such_package",))


def test_a_module_that_fails_as_it_is_imported_is_refused_with_its_words(write_module, tmp_path):
    write_module(tmp_path, "failing_module.py", "raise RuntimeError('no luck; today')")
    sys.path.insert(0, str(tmp_path))
    with pytest.raises(TaskError, match=r"got 'failing_module': no luck; today; make the project"):
        play("Mine-v0", ("failing_module",))


def test_of_a_module_of_ones_own_the_nearest_id_or_what_to_write_for_a_class_is_told(mypkg, tmp_path):
    mypkg(tmp_path)
    sys.path.insert(0, str(tmp_path))
    assert play("Mine-v0", ("mypkg",)).task.imports == ("mypkg",)
    with pytest.raises(TaskError, match=r"got 'Mine-v1'; did you mean Mine-v0\?$"):
        play("Mine-v1", ("mypkg",))
    written = r'got the class Mine; write gymnasium\.register\("Mine-v0", entry_point="mypkg\.env:Mine"\) in mypkg\.env'
    with pytest.raises(TaskError, match=written):
        play("Mine", ("mypkg.env",))


@pytest.mark.parametrize(
    "spoken",
    ["No available video device", "no display name and no $DISPLAY environment variable", 'Cannot connect to "None"',
     "GLFW: X11: failed", "could not connect to display"],
)  # fmt: skip
def test_without_a_display_it_is_told_what_to_type(odd, spoken):
    odd(spoken=spoken)
    with pytest.raises(TaskError, match=r"an environment that needs a display has none here: type xvfb-run -a before"):
        play("Odd-v0", ())


def test_other_refusals_are_left_as_they_are():
    with pytest.raises(StudyError, match=r"^budget$"), displays_named():
        raise StudyError("budget")


def test_an_environment_without_end_counts_as_a_long_one(odd, monkeypatch):
    monkeypatch.setattr(module, "MOST_SECONDS", 0.01)
    odd()
    played = play("Odd-v0", ())
    assert played.longest == module.ENDLESS
    assert not played.is_beaten(1.0)


def test_what_waits_for_others_on_the_machine_does_not_count_as_slow(monkeypatch):
    times = iter(np.cumsum([0.0, *([0.001] * 40), *([5.0] * 20), *([0.001] * 1000)]))
    monkeypatch.setattr(module, "perf_counter", lambda: next(times))
    env = SimpleNamespace(
        action_space=spaces.Discrete(2),
        has_wrapper_attr=lambda _: False,
        reset=lambda seed: None,
        step=lambda action: (None, 0.0, False, False, {}),
    )
    assert module._paced(env)[0] < 0.01
