"""Which algorithms and tasks the cohort engine, and acting in batches, support; asked without loading torch or JAX."""

from collections.abc import Callable, Mapping
from typing import Any

import gymnasium

from heredity.agents.images import is_image
from heredity.agents.task import Task, task_spaces
from heredity.study.sections import Algorithm

Array = Any
"""Of NumPy or of JAX."""

ARGUMENTS = {
    *("learning_rate", "n_steps", "batch_size", "n_epochs", "gamma", "gae_lambda", "clip_range", "clip_range_vf"),
    *("normalize_advantage", "ent_coef", "vf_coef", "max_grad_norm", "target_kl", "policy_kwargs", "stats_window_size"),
}
POLICY_ARGUMENTS = {"net_arch", "activation_fn", "ortho_init", "log_std_init"}

ACTIVATIONS: Mapping[str, Callable[[Any, Array], Array]] = {
    "Tanh": lambda library, x: library.tanh(x),
    "ReLU": lambda library, x: library.maximum(x, 0),
}
"""By the name of torch's class, what it computes in the array library (numpy, jax.numpy) that it is given."""


def why_not(algorithm: Algorithm, task: Task) -> str | None:
    """Return why this engine cannot train a study, as a sentence goes on after "cohort"; None when it can."""
    if algorithm.name != "PPO":
        return f"trains PPO alone, not {algorithm.name}"
    if algorithm.policy != "MlpPolicy":
        return f"trains MlpPolicy alone, not {algorithm.policy}"
    hyperparameters: dict[str, Any] = algorithm.hyperparameters
    if unknown := sorted(hyperparameters.keys() - ARGUMENTS):
        return f"does not know the hyperparameter {unknown[0]}"
    policy = hyperparameters.get("policy_kwargs") or {}
    if unknown := sorted(policy.keys() - POLICY_ARGUMENTS):
        return f"does not know policy_kwargs.{unknown[0]}"
    if policy.get("activation_fn", "Tanh") not in ACTIVATIONS:
        return f"knows activation_fn {' and '.join(ACTIVATIONS)}, not {policy['activation_fn']}"
    return _why_not_spaces(task)


def _why_not_spaces(task: Task) -> str | None:
    observations, actions = task_spaces(task)
    if not isinstance(observations, gymnasium.spaces.Box) or is_image(observations):
        return f"takes observations that are vectors, not {observations}"
    if isinstance(actions, gymnasium.spaces.Discrete | gymnasium.spaces.Box):
        return None
    if isinstance(actions, gymnasium.spaces.MultiDiscrete) and actions.nvec.ndim == 1:
        return None
    return f"takes actions that are Discrete, MultiDiscrete or Box, not {actions}"
