"""Members normalised together are normalised as each one's own VecNormalize would."""

import gymnasium
import numpy as np
import pytest
from stable_baselines3.common.vec_env import VecNormalize

from heredity.agents.spaces import SpacesOnly
from heredity.training.cohort.normalizers import Normalizers

MEMBERS, COPIES, STEPS = 3, 4, 25


class Replay(SpacesOnly):
    """Hands out what was drawn before."""

    def __init__(self, size):
        super(SpacesOnly, self).__init__(
            COPIES, gymnasium.spaces.Box(-99, 99, (size,), np.float32), gymnasium.spaces.Discrete(2)
        )

    def reset(self):
        return self.first

    def step_async(self, actions):
        self.waiting = actions

    def step_wait(self):
        seen, rewards, done, last = self.waiting
        return seen, rewards, done, [{"terminal_observation": observation} for observation in last]


def normalizers(size, **settings):
    return [VecNormalize(Replay(size), gamma=0.9, **settings) for _ in range(MEMBERS)]


def draws(size):
    rng = np.random.default_rng(0)
    first = rng.normal(2, 3, (MEMBERS, COPIES, size)).astype(np.float32)
    seen = rng.normal(2, 3, (STEPS, MEMBERS, COPIES, size)).astype(np.float32)
    rewards = (100 * rng.standard_cauchy((STEPS, MEMBERS, COPIES))).astype(np.float32)  # some are clipped
    last = rng.normal(2, 30, (STEPS, MEMBERS, COPIES, size)).astype(np.float32)
    return first, seen, rewards, rng.random((STEPS, MEMBERS, COPIES)) < 0.2, last


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("norm_obs", [True, False])
@pytest.mark.parametrize("norm_reward", [True, False])
def test_every_step_equals_that_of_vec_normalize(size, norm_obs, norm_reward):
    settings = {"norm_obs": norm_obs, "norm_reward": norm_reward}
    theirs, own = normalizers(size, **settings), normalizers(size, **settings)
    ours = Normalizers(own)
    first, *steps = draws(size)
    for m, normalizer in enumerate(theirs):
        normalizer.venv.first = first[m]
    np.testing.assert_allclose(ours.see(first), [normalizer.reset() for normalizer in theirs], rtol=1e-6)
    for seen, rewards, done, last in zip(*steps, strict=True):
        scaled, paid = ours.see(seen), ours.pay(rewards, done)
        for m, normalizer in enumerate(theirs):
            expected, expected_paid, _, infos = normalizer.step((seen[m], rewards[m], done[m], last[m]))
            np.testing.assert_allclose(scaled[m], expected, rtol=1e-6)
            np.testing.assert_allclose(paid[m], expected_paid, rtol=1e-6)
            for copy in np.flatnonzero(done[m]):
                np.testing.assert_allclose(ours.scale(m, last[m, copy]), infos[copy]["terminal_observation"], rtol=1e-6)
    for m in (1, 0, 0):  # rows close up behind a member that stops
        ours.release(m)
    for mine, reference in zip(own, theirs, strict=True):
        np.testing.assert_allclose(mine.ret_rms.var, reference.ret_rms.var, rtol=1e-9)
        np.testing.assert_allclose(mine.returns, reference.returns, rtol=1e-9)
        assert mine.ret_rms.count == pytest.approx(STEPS * COPIES + 1e-4)
        if norm_obs:
            np.testing.assert_allclose(mine.obs_rms.mean, reference.obs_rms.mean, rtol=1e-6)
            assert mine.obs_rms.mean.shape == (size,)
            assert mine.obs_rms.count == pytest.approx((STEPS + 1) * COPIES + 1e-4)


@pytest.mark.parametrize("size", [1, 3])
def test_a_members_numbers_do_not_depend_on_the_others_to_the_last_bit(size):
    together, alone = Normalizers(normalizers(size)), Normalizers(normalizers(size)[:1])
    _, seen, rewards, done, _ = draws(size)
    for t in range(STEPS):
        row = 2 if t < 10 else 1  # the member before it stops
        if t == 10:
            together.release(0)
        rows = slice(None) if t < 10 else slice(1, None)
        np.testing.assert_array_equal(together.see(seen[t, rows])[row], alone.see(seen[t, 2:])[0])
        paid = together.pay(rewards[t, rows], done[t, rows])[row]
        np.testing.assert_array_equal(paid, alone.pay(rewards[t, 2:], done[t, 2:])[0])
