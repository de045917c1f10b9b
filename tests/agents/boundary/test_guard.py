"""Every way in which an environment misbehaves is one line that names it and its seed."""

import os
import sys
import time

import gymnasium
import numpy as np
import pytest

from heredity.agents.boundary import memory_watch as memory
from heredity.agents.boundary.guard import Guard
from heredity.errors import TaskError

SPACES = gymnasium.spaces


class Faulty(gymnasium.Env):
    """Pays one per step; at the third it does what the test asks for."""

    action_space = SPACES.Discrete(2)

    def __init__(self, fault):
        self.observation_space, self.fault, self.steps = SPACES.Box(-1, 1, (2,), np.float32), fault, 0

    def reset(self, *, seed=None, options=None):
        return np.zeros(2, np.float32), {}

    def step(self, action):
        self.steps += 1
        answer = [np.zeros(2, np.float32), 1.0, False, False, {}]
        if self.steps == 3:
            answer = self.fault(self, answer)
        return tuple(answer)


def at_third_step(fault, step_seconds=60.0):
    """Return the message of what the third step raises."""
    env = Guard(Faulty(fault), "Faulty-v0", step_seconds)
    env.reset(seed=7)
    env.step(0)
    env.step(0)
    with pytest.raises(TaskError, match=r"^Faulty-v0: expected .*, got .* on seed 7(; write|$)") as caught:
        env.step(0)
    return str(caught.value)


def burns(env, answer):
    raise RuntimeError("motor\nburnt")


def pays_nothing_known(env, answer):
    return [answer[0], float("nan"), *answer[2:]]


def sees_infinity(env, answer):
    return [np.array([0, np.inf], np.float32), *answer[1:]]


def sees_less(env, answer):
    return [np.zeros(1, np.float32), *answer[1:]]


def forks(env, answer):
    if child := os.fork():
        os.waitpid(child, 0)
    return answer


def sleeps(env, answer):
    time.sleep(30)


def turns_in_circles(env, answer):
    while True:
        try:
            env.steps += 1
        except Exception:
            continue


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (burns, "expected a step that returns, got RuntimeError: motor burnt on seed 7"),
        (pays_nothing_known, "expected a finite reward, got nan on seed 7"),
        (sees_infinity, "expected finite observations, got NaN or infinity on seed 7"),
        (sees_less, "expected observations of shape (2,), got one of shape (1,) on seed 7"),
    ],
)
def test_what_a_step_must_not_do_is_named(fault, said):
    assert at_third_step(fault) == f"Faulty-v0: {said}"


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*fork.*JAX is multithreaded:RuntimeWarning")
def test_a_step_that_forks_is_refused_and_the_child_ends_there():
    assert at_third_step(forks) == (
        "Faulty-v0: expected an environment that stays in its process, got a fork in its step on seed 7"
    )


@pytest.mark.parametrize("fault", [sleeps, turns_in_circles])
def test_a_step_that_hangs_is_interrupted(fault):
    begun = time.monotonic()
    assert "expected a step within 0.3 s, got none on seed 7; write env: {id: Faulty-v0, step" in at_third_step(
        fault, step_seconds=0.3
    )
    assert time.monotonic() - begun < 5


def test_more_time_is_advised_in_a_form_that_dvc_reads():
    env = Guard(Faulty(sleeps), "own.envs:Faulty-v0", 0.1)
    env.reset(seed=7)
    env.step(0)
    env.step(0)
    advised = r"; write import: \[own\.envs\] beside env: \{id: Faulty-v0, step_seconds: …\} for more$"
    with pytest.raises(TaskError, match=advised):
        env.step(0)


def test_a_step_that_takes_the_last_memory_is_interrupted_and_the_next_one_weighed_anew(monkeypatch):
    monkeypatch.setattr(memory, "starving", lambda: "9.0 GiB in its process and 0.1 of 10.0 GiB left")
    assert "expected an environment that leaves memory to others, got 9.0 GiB in its" in at_third_step(sleeps)
    monkeypatch.undo()
    assert Guard(Faulty(None), "Faulty-v0").reset(seed=7)[1] == {}


def test_time_between_steps_is_not_counted():
    env = Guard(Faulty(None), "Faulty-v0", 0.2)
    env.reset(seed=7)
    time.sleep(0.5)
    assert env.step(0)[1] == 1.0


def test_spaces_may_not_change_between_episodes():
    env = Faulty(None)
    guarded = Guard(env, "Faulty-v0")
    guarded.reset(seed=7)
    env.observation_space = SPACES.Box(-1, 1, (2,), np.float32)  # an equal one
    guarded.reset()
    env.action_space = SPACES.Discrete(3)
    with pytest.raises(TaskError, match=r"expected the space Discrete\(2\) for good, got Discrete\(3\) after a reset"):
        guarded.reset()


def test_what_a_sound_environment_answers_is_passed_on():
    guarded, plain = Guard(gymnasium.make("CartPole-v1"), "CartPole-v1"), gymnasium.make("CartPole-v1")
    assert guarded.reset(seed=3)[0].tolist() == plain.reset(seed=3)[0].tolist()
    for action in (0, 1, 0):
        told, known = guarded.step(action), plain.step(action)
        assert (told[0].tolist(), *told[1:]) == (known[0].tolist(), *known[1:])


class Reaching(Faulty):
    """What an environment is asked for besides its methods ends the process."""

    @property
    def action_masks(self):
        raise SystemExit(0)

    @property
    def compute_reward(self):
        return lambda *_: {}[3]


def test_what_is_asked_of_an_environment_past_its_methods_is_guarded_as_they_are():
    env = Guard(Reaching(None), "Reaching-v0")
    with pytest.raises(TaskError, match="expected an action_masks that returns, got SystemExit: 0"):
        env.get_wrapper_attr("action_masks")
    with pytest.raises(TaskError, match="expected a compute_reward that returns, got KeyError: 3"):
        env.get_wrapper_attr("compute_reward")()
    with pytest.raises(AttributeError, match="Reaching-v0 has no attribute 'nothing'"):
        env.get_wrapper_attr("nothing")
    assert str(env) == "<Guard of Reaching-v0>"


class Unmakable(Faulty):
    metadata = property(lambda _: {}["metadata"])


def test_an_environment_that_cannot_be_looked_at_cannot_be_made():
    with pytest.raises(TaskError, match=r"^Faulty-v0 cannot be made: 'metadata'$"):
        Guard(Unmakable(None), "Faulty-v0")


def test_a_close_that_hangs_is_interrupted_and_one_that_raises_is_named():
    env, said = Faulty(None), []
    guarded = Guard(env, "Faulty-v0", 0.3)
    guarded.reset(seed=7)
    for doing in (lambda: time.sleep(30), lambda: sys.exit(0)):
        guarded.env.close = doing
        with pytest.raises(TaskError) as caught:
            guarded.close()
        said.append(str(caught.value))
    assert said[0].startswith("Faulty-v0: expected a close within 0.3 s, got none on seed 7")
    assert said[1] == "Faulty-v0: expected a close that returns, got SystemExit: 0 on seed 7"
