"""Acting in NumPy is what Stable-Baselines3's policy does with the same weights."""

import gymnasium
import numpy as np
import pytest
import torch
from stable_baselines3 import PPO

from heredity.agents.spaces import SpacesOnly
from heredity.agents.twins.policy import Policy
from heredity.training.cohort.learner import learner_of, stacked_weights

SPACES = {
    "discrete": gymnasium.spaces.Discrete(4),
    "multidiscrete": gymnasium.spaces.MultiDiscrete([3, 2]),
    "box": gymnasium.spaces.Box(-5, 5, (2,), np.float32),
}
SEEN = np.random.default_rng(0).normal(size=(3, 6, 5)).astype(np.float32)
"""What three members see, six copies each."""


class Still(SpacesOnly):
    def __init__(self, action_space):
        super(SpacesOnly, self).__init__(1, gymnasium.spaces.Box(-3, 3, (5,), np.float32), action_space)


def models(space, **policy_kwargs):
    return [PPO("MlpPolicy", Still(SPACES[space]), seed=s, policy_kwargs=policy_kwargs) for s in range(3)]


def stacked(members):
    policy = Policy.of(members[0].action_space, members[0].policy.activation_fn.__name__)
    return policy, stacked_weights([learner_of(member) for member in members])


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("activation", [torch.nn.Tanh, torch.nn.ReLU])
def test_without_noise_every_member_acts_and_judges_as_stable_baselines_does(space, activation):
    members = models(space, activation_fn=activation, net_arch={"pi": [16, 8], "vf": [12]})
    policy, weights = stacked(members)
    width = sum(policy.choices) or 2
    acted = policy.act(weights, SEEN, np.zeros((3, 6, width), np.float32))
    values = policy.value(weights, SEEN)
    for m, model in enumerate(members):
        expected, _ = model.predict(SEEN[m], deterministic=True)
        np.testing.assert_allclose(acted[m], expected, atol=1e-6)
        valued = model.policy.predict_values(torch.as_tensor(SEEN[m])).detach().numpy()[:, 0]
        np.testing.assert_allclose(values[m], valued, atol=1e-6)
    assert not np.array_equal(values[0], values[1])


@pytest.mark.parametrize("space", SPACES)
def test_a_member_acts_the_same_to_the_last_bit_alone_and_among_others(space):
    policy, weights = stacked(models(space))
    noise = np.random.default_rng(1).gumbel(size=(3, 6, sum(policy.choices) or 2)).astype(np.float32)
    together = policy.act(weights, SEEN, noise), policy.value(weights, SEEN)
    for m in range(3):
        own = {name: leaf[m] for name, leaf in weights.items()}
        np.testing.assert_array_equal(policy.act(own, SEEN[m], noise[m]), together[0][m])
        np.testing.assert_array_equal(policy.value(own, SEEN[m]), together[1][m])


def test_gumbel_noise_draws_actions_as_often_as_their_probabilities_say():
    policy = Policy("Tanh", (3,), True)
    weights = {"action_net.weight": np.zeros((3, 1), np.float32), "action_net.bias": np.log([0.2, 0.3, 0.5])}
    noise = np.random.default_rng(0).gumbel(size=(100_000, 3))
    picks = policy.act(weights, np.zeros((100_000, 1), np.float32), noise)
    # the standard error of a share of one half is 0.0016
    np.testing.assert_allclose(np.bincount(picks) / 100_000, [0.2, 0.3, 0.5], atol=0.007)


def test_a_box_action_is_the_mean_plus_its_standard_deviation_of_noise():
    policy = Policy("Tanh", (), False)
    weights = {
        "action_net.weight": np.zeros((2, 1), np.float32),
        "action_net.bias": np.array([1.0, -1.0], np.float32),
        "log_std": np.log(np.array([0.5, 2.0], np.float32)),
    }
    acted = policy.act(weights, np.zeros((1, 1), np.float32), np.array([[2.0, 3.0]], np.float32))
    np.testing.assert_allclose(acted, [[2.0, 5.0]], rtol=1e-6)
