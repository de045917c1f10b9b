"""Statistics within a compiled rollout are those of Stable-Baselines3's VecNormalize, step by step."""

from functools import partial

import gymnasium
import jax
import numpy as np
import pytest
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from heredity.agents.twins import compiling  # noqa: F401  sets JAX up
from heredity.training.cohort.normalizers import Normalizers
from heredity.training.cohort.running import counted_and_scaled

pytestmark = pytest.mark.study

STEPS, MEMBERS, COPIES, SIZE = 50, 2, 3, 4


def normalizers(**settings):
    envs = [DummyVecEnv([partial(gymnasium.make, "CartPole-v1")] * COPIES) for _ in range(MEMBERS)]
    return [VecNormalize(each, gamma=0.9, clip_obs=2.0, clip_reward=1.5, **settings) for each in envs]


@pytest.mark.parametrize(
    "settings", [{}, {"norm_reward": False}, {"norm_obs": False}], ids=["both", "observations", "rewards"]
)
def test_a_step_is_counted_and_scaled_as_vecnormalize_does(settings):
    rng, theirs = np.random.default_rng(0), normalizers(**settings)
    ours = Normalizers(normalizers(**settings))
    running = ours.running([*range(MEMBERS)])
    with jax.enable_x64(True):
        step = jax.jit(partial(counted_and_scaled, ours.normalizing()))
        for _ in range(STEPS):
            observations, last = rng.normal(3, 5, (2, MEMBERS, COPIES, SIZE)).astype(np.float32)
            rewards, over = rng.normal(2, 3, (MEMBERS, COPIES)).astype(np.float32), rng.random((MEMBERS, COPIES)) < 0.2
            running, seen, paid, ended = step(running, observations, rewards, over, last)
            for m, envs in enumerate(theirs):
                envs.returns = envs.returns * envs.gamma + rewards[m]
                envs.ret_rms.update(envs.returns)
                if settings.get("norm_obs", True):
                    envs.obs_rms.update(observations[m])
                np.testing.assert_allclose(seen[m], envs.normalize_obs(observations[m]), rtol=1e-5, atol=1e-5)
                np.testing.assert_allclose(ended[m], envs.normalize_obs(last[m]), rtol=1e-5, atol=1e-5)
                np.testing.assert_allclose(paid[m], envs.normalize_reward(rewards[m]), rtol=1e-5, atol=1e-5)
                envs.returns[over[m]] = 0
    assert seen.dtype == paid.dtype == np.float32
    ours.keep([*range(MEMBERS)], jax.tree.map(np.asarray, running))
    for m, envs in enumerate(theirs):
        assert ours.reward_statistics.count[m, 0] == pytest.approx(envs.ret_rms.count)
        np.testing.assert_allclose(ours.returns[m], envs.returns, rtol=1e-9)


def test_what_is_kept_of_a_tile_is_that_of_its_rows():
    ours = Normalizers(normalizers())
    before = ours.returns.copy()
    running = ours.running([1, 1])
    ours.keep([1], running._replace(discounted=running.discounted + 1))
    assert ours.returns.tolist() == [before[0].tolist(), (before[1] + 1).tolist()]
