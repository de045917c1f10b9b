"""Between Stable-Baselines3's models and the stacked arrays that the compiled program learns on."""

from collections.abc import Sequence
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch
from stable_baselines3 import PPO

from heredity.training.cohort.update import Hyperparameters, Learner


def stack(models: Sequence[PPO]) -> Learner:
    """Stack weights and Adam's state of models of one architecture, members on the first axis."""
    learners = [_learner(model) for model in models]
    return cast(Learner, jax.tree.map(lambda *leaves: jnp.stack(leaves), *learners))


def unstack(learner: Learner, member: int, model: PPO) -> None:
    """Write one member's weights and Adam's state into its model."""
    row: Learner = jax.tree.map(lambda leaf: np.asarray(leaf)[member], learner)
    # Copies: `torch.tensor` of a NumPy view does not share its memory, which the next update's program would reuse.
    model.policy.load_state_dict({name: torch.tensor(value) for name, value in row.weights.items()})
    names = [name for name, _ in model.policy.named_parameters()]
    state = model.policy.optimizer.state_dict()
    steps = float(row.adam.count)
    state["state"] = {
        index: {
            "step": torch.tensor(steps),
            "exp_avg": torch.tensor(row.adam.mu[name]),
            "exp_avg_sq": torch.tensor(row.adam.nu[name]),
        }
        for index, name in enumerate(names)
    }
    model.policy.optimizer.load_state_dict(state)


def hyperparameters(models: Sequence[PPO]) -> Hyperparameters:
    """Return every member's hyperparameters at its present progress, as float32[M]."""
    rows = [_hyperparameters(model) for model in models]
    return cast(Hyperparameters, jax.tree.map(lambda *values: np.array(values, np.float32), *rows))


def _learner(model: PPO) -> Learner:
    weights = {name: parameter.detach().numpy().copy() for name, parameter in model.policy.named_parameters()}
    moments = model.policy.optimizer.state_dict()["state"]  # by index, and empty before the first step
    first, second = ({} for _ in range(2))
    for index, (name, value) in enumerate(weights.items()):
        entry = moments.get(index)
        first[name] = entry["exp_avg"].numpy().copy() if entry else np.zeros_like(value)
        second[name] = entry["exp_avg_sq"].numpy().copy() if entry else np.zeros_like(value)
    count = int(moments[0]["step"]) if moments else 0
    return Learner(weights, optax.ScaleByAdamState(np.int32(count), first, second))


def _hyperparameters(model: PPO) -> Hyperparameters:
    """Return one member's hyperparameters, its schedules where its clock stands."""
    progress = model._current_progress_remaining
    clip_range, clip_range_vf = cast(Any, model.clip_range), cast(Any, model.clip_range_vf)
    return Hyperparameters(
        learning_rate=model.lr_schedule(progress),
        clip_range=clip_range(progress),
        clip_range_vf=np.inf if clip_range_vf is None else clip_range_vf(progress),
        ent_coef=model.ent_coef,
        vf_coef=model.vf_coef,
        max_grad_norm=model.max_grad_norm,
        target_kl=np.inf if model.target_kl is None else model.target_kl,
        gamma=model.gamma,
        gae_lambda=model.gae_lambda,
    )
