"""The proof finds a twin that is another environment's, however little it differs."""

from dataclasses import replace

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from heredity.agents.task import Task
from heredity.agents.twins import conformance, registry
from heredity.agents.twins.conformance import prove_resets, prove_steps
from heredity.agents.twins.registry import make_twin, register_twin
from heredity.agents.twins.twin import Dynamics, Twin
from heredity.errors import TaskError
from tests.agents.twins.minigrid.examples import Busy, flat

DOORKEY = flat("MiniGrid-DoorKey-5x5-v0", max_steps=50)


class Drift(gymnasium.Env):
    """Moves by its action, in float64; begins anywhere between 0 and 1."""

    observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (1,), np.float32)
    action_space = gymnasium.spaces.Box(-1, 1, (1,), np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.x = self.np_random.uniform()
        return np.array([self.x], np.float32), {}

    def step(self, action):
        self.x += float(action[0]) / 3
        return np.array([self.x], np.float32), self.x**2, self.x > 2, False, {}


def drift_reset(spec, key):
    x = jax.random.uniform(key)
    return x, x[None]


def drift_step(spec, x, action, key):
    x = x + action[0] * spec
    return x, x[None], x**2, x > 2, jnp.bool_(False)


def drift(task, limit, step=drift_step, equality="rounding", third=1 / 3):
    return Twin(Dynamics(drift_reset, step), np.float32(third), 10, equality, lambda env: np.float32(env.unwrapped.x))


@pytest.fixture
def drift_task(monkeypatch):
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    monkeypatch.setitem(gymnasium.registry, "Drift-v0", gymnasium.envs.registration.EnvSpec("Drift-v0", Drift))
    register_twin(f"{__name__}:Drift", f"{__name__}:drift")
    return Task("Drift-v0")


@pytest.fixture
def proving(monkeypatch):
    """Return a function that lets another twin be proved."""
    return lambda twin: monkeypatch.setattr(conformance, "make_twin", lambda task: twin)


def step_with(change):
    def step(spec, state, action, key):
        return change(spec, *make_twin(DOORKEY).dynamics.step(spec, state, action, key))

    return step


def reset_with(change):
    """Return a reset whose layout is changed; the observation stays what it was."""

    def reset(spec, key):
        state, seen = make_twin(DOORKEY).dynamics.reset(spec, key)
        return change(state, jax.random.uniform(jax.random.fold_in(key, 1))), seen

    return reset


LITTLE = {
    "observation": lambda spec, state, seen, *rest: (state, jnp.where(state.t == 9, seen[::-1], seen), *rest),
    "reward": lambda spec, state, seen, reward, *rest: (state, seen, jnp.nextafter(reward, 0.0), *rest),
    "terminated": lambda spec, state, seen, reward, over, cut: (state, seen, reward, over | (state.t == 49), cut),
    "truncated": lambda spec, state, seen, reward, over, cut: (state, seen, reward, over, state.t > spec.limit),
    "state": lambda spec, state, *rest: (state._replace(y=jnp.where(state.layout.mode == 0, 1, state.y)), *rest),
}
"""By part, a step that differs in it now and then."""


@pytest.mark.study
@pytest.mark.parametrize("part", LITTLE)
def test_a_twin_whose_steps_differ_now_and_then_in_one_part_is_caught_in_that_part(part, proving):
    twin = make_twin(DOORKEY)
    proving(replace(twin, dynamics=Dynamics(twin.dynamics.reset, step_with(LITTLE[part]))))
    report = prove_steps(DOORKEY, 3000, 0, Busy())
    assert not report.equal
    assert {name for name, count in report.differing.items() if count} == {part}
    assert 0 < report.differing[part] < 3000
    assert f"differing {part} of {report.differing[part]}, largest {report.largest:g}" in str(report)


def more_often_above(state, u):
    return state._replace(layout=state.layout._replace(door_y=jnp.where(u < 0.3, 1, state.layout.door_y)))


def towards_the_door(state, u):
    """Each number alone is distributed as it was."""
    return state._replace(facing=jnp.where(u < 0.2, 2 * (state.layout.door_y - 1) + (u < 0.1), state.facing))


@pytest.mark.study
@pytest.mark.parametrize(
    ("change", "found"), [(more_often_above, ".layout.door_y"), (towards_the_door, ".facing and .layout.door_y")]
)
def test_a_twin_that_begins_otherwise_now_and_then_is_caught(change, found, proving):
    twin = make_twin(DOORKEY)
    proving(replace(twin, dynamics=Dynamics(reset_with(change), twin.dynamics.step)))
    report = prove_resets(DOORKEY, 4000, 0)
    assert report.smallest < 1e-9
    assert not report.equal
    alone = {name: p for name, p in report.p_values.items() if " and " not in name and "observation" not in name}
    assert (min(alone.values()) > 0.001) == (" and " in found)
    assert report.p_values[found] < 1e-9
    assert "4000 resets" in str(report)


@pytest.mark.study
def test_a_twin_that_shows_a_first_state_otherwise_is_caught(proving):
    twin = make_twin(DOORKEY)

    def reset(spec, key):
        state, seen = twin.dynamics.reset(spec, key)
        return state, seen.at[3 * 44].set(jnp.where(state.facing == 2, 0.2, seen[3 * 44]))

    proving(replace(twin, dynamics=Dynamics(reset, twin.dynamics.step)))
    report = prove_resets(DOORKEY, 500, 0)
    assert (report.shared, report.differing) == (48, 12)
    assert not replace(report, p_values={}).equal
    assert replace(report, p_values={}, differing=0).equal


@pytest.mark.study
def test_steps_in_float32_are_held_beside_those_of_the_original_in_float64(drift_task, proving):
    report = prove_steps(drift_task, 2000, 0)
    assert report.equal, report
    assert 0 < report.largest < 1e-4
    assert report.terminated
    proving(drift(drift_task, None, third=1 / 3 + 1e-4))
    worse = prove_steps(drift_task, 2000, 0)
    assert worse.differing["state"] > 1000
    assert worse.differing["terminated"] < 10


@pytest.mark.study
def test_numbers_of_many_values_are_compared_by_quantiles(drift_task, proving):
    assert prove_resets(drift_task, 3000, 0).equal
    twin = drift(drift_task, None)

    def reset(spec, key):
        x, seen = drift_reset(spec, key)
        return x**1.2, seen

    proving(replace(twin, dynamics=Dynamics(reset, drift_step)))
    report = prove_resets(drift_task, 3000, 0)
    assert not report.equal
    assert report.p_values["observation 0"] > 0.001


def test_steps_that_are_drawn_are_not_held_beside_one_another(drift_task, proving):
    proving(drift(drift_task, None, equality="distribution"))
    with pytest.raises(TaskError, match="Drift-v0: expected a twin whose steps can be held beside"):
        prove_steps(drift_task, 10, 0)
