"""A rollout as one program is the rollout that one takes step by step, for tasks of every kind of end and action."""

from functools import partial

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from heredity.agents.task import Task, task_spaces
from heredity.agents.twins.policy import Policy
from heredity.agents.twins.registry import make_twin
from heredity.study.sections import Wrapper
from heredity.training.cohort.fused import InPlay, RolloutProgram, make_begin, make_collect

pytestmark = pytest.mark.study

STEPS, MEMBERS, COPIES = 40, 2, 3
DOORKEY = Task("MiniGrid-DoorKey-5x5-v0", {"max_steps": 17}, (Wrapper(name="heredity.wrappers.FlatView"),))
TASKS = {
    "termination": Task("CartPole-v1"),
    "both at once": Task("CartPole-v1", {"max_episode_steps": 9}),
    "truncation": DOORKEY,
    "Box": Task("Pendulum-v1", {"max_episode_steps": 15}),
}


def weights_of(space, size, rng):
    width = getattr(space, "n", None) or space.shape[0]
    shapes = {"action_net": (width, 8), "value_net": (1, 8)}
    shapes |= {f"mlp_extractor.{net}.0": (8, size) for net in ("policy_net", "value_net")}
    weights = {f"{name}.weight": rng.normal(size=(MEMBERS, *shape)) for name, shape in shapes.items()}
    weights |= {f"{name}.bias": rng.normal(size=(MEMBERS, shape[0])) for name, shape in shapes.items()}
    weights["log_std"] = np.zeros((MEMBERS, width))
    return {name: np.asarray(value, np.float32) for name, value in weights.items()}


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_a_rollout_is_what_its_steps_are_one_by_one(task):
    twin, rng, (seen, space) = make_twin(task), np.random.default_rng(0), task_spaces(task)
    bounds = (space.low, space.high) if isinstance(space, gymnasium.spaces.Box) else None
    policy, weights = Policy.of(space, "Tanh"), weights_of(space, seen.shape[0], rng)
    noise = rng.normal(size=(STEPS, MEMBERS, COPIES, weights["log_std"].shape[1])).astype(np.float32)
    keys = rng.integers(0, 2**32, (MEMBERS, 2), np.uint32)
    begun = [make_begin(twin.dynamics)(twin.spec, key, COPIES) for key in keys]
    playing = jax.tree.map(lambda *each: np.stack(each), *begun)
    collect = make_collect(RolloutProgram(policy, twin.dynamics))
    (after, _), collected = jax.tree.map(np.asarray, collect(twin.spec, weights, (playing, None), noise, keys, bounds))

    reset, step = (jax.jit(partial(each, twin.spec)) for each in twin.dynamics)
    draws = [jax.random.split(key, (STEPS, COPIES, 2)) for key in keys]
    cuts = 0
    for m in range(MEMBERS):
        mine = {name: value[m] for name, value in weights.items()}
        for e in range(COPIES):
            state, shown, _ = jax.tree.map(lambda leaf, m=m, e=e: leaf[m, e], playing)
            for t in range(STEPS):
                np.testing.assert_allclose(collected.observations[t, m, e], shown, rtol=1e-5, atol=1e-5)
                action = policy.act(mine, collected.observations[t, m, e][None], noise[t, m, e][None])[0]
                np.testing.assert_allclose(collected.actions[t, m, e], action, rtol=1e-5, atol=1e-5)
                sent = action if bounds is None else np.clip(action, *bounds)
                state, shown, reward, terminated, truncated = step(state, sent, draws[m][t, e, 0])
                cut = bool(truncated and not terminated)
                value = policy.value(mine, np.asarray(shown)[None])[0] if cut else 0
                np.testing.assert_allclose(collected.rewards[t, m, e], reward, rtol=1e-5)
                assert collected.paid[t, m, e] == collected.rewards[t, m, e]
                np.testing.assert_allclose(collected.cut[t, m, e], value, rtol=1e-4, atol=1e-5)
                assert collected.over[t, m, e] == (terminated or truncated)
                cuts += cut
                if terminated or truncated:
                    state, shown = reset(draws[m][t, e, 1])
                # from what the program had, so that rounding does not grow with the steps
                shown = collected.observations[t + 1, m, e] if t + 1 < STEPS else after.observations[m, e]
    assert collected.over.any()
    assert bool(cuts) == ("max_episode_steps" in task.kwargs or task is DOORKEY)


def test_the_copies_begin_apart():
    twin = make_twin(Task("CartPole-v1"))
    begun = make_begin(twin.dynamics)(twin.spec, jnp.array([1, 2], jnp.uint32), 5)
    assert isinstance(begun, InPlay)
    assert len(np.unique(np.asarray(begun.observations), axis=0)) == 5
