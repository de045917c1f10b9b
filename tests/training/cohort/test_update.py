"""One update of the cohort engine and one `PPO.train()` agree in every parameter, from the same rollout and order."""

from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from heredity.agents.twins.policy import Policy
from heredity.training.cohort.guidance import Teachers
from heredity.training.cohort.learner import hyperparameters, learner_of, told, write_learner
from heredity.training.cohort.normalizers import Normalizers
from heredity.training.cohort.update import Hyperparameters, Program, Rollout, advantages, make_update
from heredity.training.curves import CurveRow
from heredity.training.kickstart import Kickstart, KickstartCallback
from heredity.training.updates import logged_update

pytestmark = pytest.mark.study

STEPS, COPIES, EPOCHS = 24, 3, 3
compiled = cache(make_update)


class Signals(gymnasium.Env):
    """Random observations and rewards, episodes that end in both ways; any action space."""

    def __init__(self, action_space):
        self.observation_space = gymnasium.spaces.Box(-3, 3, (5,), np.float32)
        self.action_space = action_space

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return self._observed(), {}

    def step(self, action):
        self.steps += 1
        reward = float(self.np_random.normal() + np.sum(action) / 10)
        return self._observed(), reward, self.np_random.random() < 0.1, self.steps >= 7, {}

    def _observed(self):
        return self.np_random.uniform(-3, 3, 5).astype(np.float32)


SPACES = {
    "discrete": gymnasium.spaces.Discrete(4),
    "multidiscrete": gymnasium.spaces.MultiDiscrete([3, 2]),
    "box": gymnasium.spaces.Box(-0.5, 0.5, (2,), np.float32),
}


class Kept(BaseCallback):
    """Keeps the flags that Stable-Baselines3 drops with its local variables."""

    def _on_step(self):
        return True

    def _on_rollout_end(self):
        self.dones = self.locals["dones"].copy()


def collected(space, normalize, **hyperparameters):
    """Return a model whose rollout buffer holds one rollout that it has not learned from, and the last dones."""
    envs = DummyVecEnv([lambda: Signals(SPACES[space])] * COPIES)
    envs = VecNormalize(envs, gamma=0.97) if normalize else envs
    settings = {"n_steps": STEPS, "batch_size": 24, "n_epochs": EPOCHS, "learning_rate": 3e-3, "gamma": 0.97, "seed": 3}
    model = PPO("MlpPolicy", envs, device="cpu", **{**settings, **hyperparameters})
    _, callback = model._setup_learn(10_000, Kept())
    model.collect_rollouts(model.env, callback, model.rollout_buffer, STEPS)
    model._update_current_progress_remaining(5_000, 10_000)
    return model, callback.dones


def as_rollout(model, dones, orders):
    """Return Stable-Baselines3's buffer as the cohort's rollout of one member."""
    buffer = model.rollout_buffer
    space = model.action_space
    actions = buffer.actions.reshape(STEPS, COPIES, -1)
    actions = actions[..., 0] if isinstance(space, gymnasium.spaces.Discrete) else actions
    kind = np.float32 if isinstance(space, gymnasium.spaces.Box) else np.int32
    parts = (
        buffer.observations, actions.astype(kind), buffer.rewards, buffer.episode_starts.astype(bool),
        model._last_obs, dones, orders,
    )  # fmt: skip
    return Rollout(*map(np.asarray, parts))


def updated(model, dones, orders, guided=lambda *data: data):
    """Return the state dicts after the cohort's update, and what that told, of what `guided` makes of its data."""
    policy = Policy.of(model.action_space, model.policy.activation_fn.__name__)
    program = Program(policy, model.batch_size, model.normalize_advantage, model.target_kl is not None)
    data = guided(as_rollout(model, dones, orders), hyperparameters(model))
    learner, statistics = compiled(program)(learner_of(model), *data)
    twin = PPO("MlpPolicy", model.env, seed=9, device="cpu", policy_kwargs=model.policy_kwargs)
    write_learner(learner, twin)
    return twin.get_parameters(), told(statistics, model)


def trained(monkeypatch, model, orders):
    """Return the state dicts after `PPO.train()` in the same orders."""
    waiting = iter(orders)
    monkeypatch.setattr(np.random, "permutation", lambda _: next(waiting))
    model.train()
    return model.get_parameters()


EVERYWHERE = {
    "plain": {},
    "clipped": {"clip_range_vf": 0.1, "ent_coef": 0.02, "vf_coef": 0.7, "max_grad_norm": 0.2},
    "target_kl": {"target_kl": 0.0005},
}
ONCE = {
    "remainder": {"batch_size": 17},
    "net_arch": {"normalize_advantage": False, "policy_kwargs": {"net_arch": {"pi": [16], "vf": [32, 8]}}},
    "relu": {"policy_kwargs": {"activation_fn": torch.nn.ReLU, "net_arch": [16, 16]}},
}
CASES = [
    *((space, normalize, name) for space in ("discrete", "box") for normalize in (False, True) for name in EVERYWHERE),
    *(("multidiscrete", False, name) for name in ONCE),
]


@pytest.mark.parametrize(("space", "normalize", "name"), CASES)
@pytest.mark.filterwarnings("ignore:You have specified a mini-batch size")
def test_an_update_agrees_with_stable_baselines_in_every_parameter(monkeypatch, space, normalize, name):
    model, dones = collected(space, normalize, **(EVERYWHERE | ONCE)[name])
    rng = np.random.default_rng(0)
    orders = np.array([rng.permutation(STEPS * COPIES) for _ in range(EPOCHS)], np.int32)
    ours, said = updated(model, dones, orders)
    before = {name: value.clone() for name, value in model.policy.state_dict().items()}
    theirs = trained(monkeypatch, model, orders)
    for key, value in theirs["policy"].items():
        torch.testing.assert_close(ours["policy"][key], value, atol=1e-5, rtol=0)
    assert said == {name: pytest.approx(value, rel=1e-5, abs=1e-5) for name, value in logged_update(model).items()}
    assert said["approx_kl"] > 0
    assert any(not torch.equal(before[key], value) for key, value in theirs["policy"].items())
    for index, state in theirs["policy.optimizer"]["state"].items():
        torch.testing.assert_close(
            ours["policy.optimizer"]["state"][index]["exp_avg"], state["exp_avg"], atol=1e-5, rtol=1e-3
        )
        assert ours["policy.optimizer"]["state"][index]["step"] == state["step"]


@pytest.mark.parametrize(("space", "normalize"), [("multidiscrete", False), ("box", True)])
def test_an_update_of_a_kickstarted_member_agrees_in_both_engines(monkeypatch, space, normalize):
    model, dones = collected(space, normalize, ent_coef=0.02)
    parent, _ = collected(space, normalize, policy_kwargs={"net_arch": [8]}, seed=4)
    parent.policy.action_net.weight.data *= 50
    kickstart = Kickstart(parent, 0.6, 0.0, 1.0, [CurveRow(24, 0.5, 0.0, 1.0, None, 1)])
    rng = np.random.default_rng(0)
    orders = np.array([rng.permutation(STEPS * COPIES) for _ in range(EPOCHS)], np.int32)

    normalizers = Normalizers([model.env]) if normalize else None
    collector = SimpleNamespace(models=[model], active=[0], normalizers=normalizers)

    def by(teacher):
        teachers = Teachers({0: teacher})
        return updated(model, dones, orders, lambda *data: teachers.with_teacher(collector, 0, *data))

    (ours, said), (alone, _) = by(kickstart), by(replace(kickstart, strength=0.0))
    held = KickstartCallback(kickstart)
    held.model = model
    held.on_rollout_end()
    theirs = trained(monkeypatch, model, orders)
    held.on_rollout_start()
    assert said == {name: pytest.approx(value, rel=1e-5, abs=1e-5) for name, value in logged_update(model).items()}
    assert model.ent_coef == 0.02
    assert model.policy.evaluate_actions.__func__ is type(model.policy).evaluate_actions
    for key, value in theirs["policy"].items():
        torch.testing.assert_close(ours["policy"][key], value, atol=1e-5, rtol=0)
    assert not torch.allclose(ours["policy"]["action_net.weight"], alone["policy"]["action_net.weight"], atol=1e-3)


def test_target_kl_really_stops_early(monkeypatch):
    model, dones = collected("discrete", False, target_kl=0.0005)
    orders = np.tile(np.arange(STEPS * COPIES, dtype=np.int32), (EPOCHS, 1))
    steps = updated(model, dones, orders)[0]["policy.optimizer"]["state"][0]["step"]
    assert 0 < steps < EPOCHS * 3


def test_advantages_agree_with_the_rollout_buffer():
    model, dones = collected("discrete", False)
    buffer = model.rollout_buffer
    last = model.policy.predict_values(torch.as_tensor(model._last_obs)).detach().numpy().ravel()
    settings = Hyperparameters(*(np.float32(x) for x in (0, 0, 0, 0, 0, 0, 0, model.gamma, model.gae_lambda)))
    ours = advantages(buffer.rewards, buffer.values, buffer.episode_starts, (last, dones.astype(np.float32)), settings)
    np.testing.assert_allclose(np.asarray(ours), buffer.advantages, atol=1e-5)


def test_weights_and_optimizer_survive_the_way_there_and_back():
    model, _ = collected("box", False)
    model.train()
    twin = PPO("MlpPolicy", model.env, seed=9, device="cpu")
    write_learner(learner_of(model), twin)
    for name, value in model.policy.state_dict().items():
        assert torch.equal(twin.policy.state_dict()[name], value)
    theirs, ours = (m.policy.optimizer.state_dict()["state"] for m in (model, twin))
    for index, state in theirs.items():
        assert all(torch.equal(ours[index][key].float(), value.float()) for key, value in state.items())
