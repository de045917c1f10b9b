"""Engine cohort: PPO with an MLP policy, all members of a shard trained by one compiled program."""

from typing import Any

import gymnasium
from stable_baselines3.common.preprocessing import is_image_space

from heredity.params import Algorithm
from heredity.task import Task

ARGUMENTS = {
    *("learning_rate", "n_steps", "batch_size", "n_epochs", "gamma", "gae_lambda", "clip_range", "clip_range_vf"),
    *("normalize_advantage", "ent_coef", "vf_coef", "max_grad_norm", "target_kl", "policy_kwargs", "stats_window_size"),
}
POLICY_ARGUMENTS = {"net_arch", "activation_fn", "ortho_init", "log_std_init"}
ACTIVATIONS = {"Tanh", "ReLU"}


def why_not(algorithm: Algorithm, task: Task) -> str | None:
    """Return what of a study this engine does not support, or None when it supports all of it."""
    if algorithm.name != "PPO":
        return f"algorithm {algorithm.name} is not PPO"
    if algorithm.policy != "MlpPolicy":
        return f"policy {algorithm.policy} is not MlpPolicy"
    given: dict[str, Any] = algorithm.hyperparameters
    if unknown := sorted(given.keys() - ARGUMENTS):
        return f"hyperparameter {unknown[0]}"
    policy = given.get("policy_kwargs") or {}
    if unknown := sorted(policy.keys() - POLICY_ARGUMENTS):
        return f"policy_kwargs.{unknown[0]}"
    if policy.get("activation_fn", "Tanh") not in ACTIVATIONS:
        return f"activation_fn {policy['activation_fn']} is neither Tanh nor ReLU"
    return _why_not_spaces(task)


def _why_not_spaces(task: Task) -> str | None:
    env = task.make()
    observations, actions = env.observation_space, env.action_space
    env.close()
    if not isinstance(observations, gymnasium.spaces.Box) or is_image_space(observations):
        return f"observations {observations} are not vectors"
    if isinstance(actions, gymnasium.spaces.Discrete | gymnasium.spaces.Box):
        return None
    if isinstance(actions, gymnasium.spaces.MultiDiscrete) and actions.nvec.ndim == 1:
        return None
    return f"actions {actions} are neither Discrete, MultiDiscrete nor Box"
