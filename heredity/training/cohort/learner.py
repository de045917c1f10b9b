"""Between Stable-Baselines3's models and the stacked arrays that the compiled program learns on."""

from collections.abc import Sequence
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch
from stable_baselines3 import PPO

from heredity.training.cohort.update import Learner, Numbers


def stack(models: Sequence[PPO]) -> Learner:
    """Stack weights and Adam's state of models of one architecture, members on the first axis."""
    learners = [_learner(model) for model in models]
    return cast(Learner, jax.tree.map(lambda *leaves: jnp.stack(leaves), *learners))


def unstack(learner: Learner, member: int, model: PPO) -> None:
    """Write one member's weights and Adam's state into its model."""
    own: Learner = jax.tree.map(lambda leaf: np.asarray(leaf)[member], learner)
    model.policy.load_state_dict({name: torch.tensor(value) for name, value in own.weights.items()})
    names = [name for name, _ in model.policy.named_parameters()]
    state = model.policy.optimizer.state_dict()
    steps = float(own.adam.count)
    state["state"] = {
        index: {
            "step": torch.tensor(steps),
            "exp_avg": torch.tensor(own.adam.mu[name]),
            "exp_avg_sq": torch.tensor(own.adam.nu[name]),
        }
        for index, name in enumerate(names)
    }
    model.policy.optimizer.load_state_dict(state)


def numbers(models: Sequence[PPO]) -> Numbers:
    """Return every member's hyperparameters at its present progress, as float32[M]."""
    rows = [_numbers(model) for model in models]
    return Numbers(*(np.array(column, np.float32) for column in zip(*rows, strict=True)))


def _learner(model: PPO) -> Learner:
    weights = {name: parameter.detach().numpy().copy() for name, parameter in model.policy.named_parameters()}
    kept = model.policy.optimizer.state_dict()["state"]
    first, second = ({} for _ in range(2))
    for index, (name, value) in enumerate(weights.items()):
        entry = kept.get(index)
        first[name] = entry["exp_avg"].numpy().copy() if entry else np.zeros_like(value)
        second[name] = entry["exp_avg_sq"].numpy().copy() if entry else np.zeros_like(value)
    count = int(kept[0]["step"]) if kept else 0
    return Learner(weights, optax.ScaleByAdamState(np.int32(count), first, second))


def _numbers(model: PPO) -> tuple[float, ...]:
    progress = model._current_progress_remaining
    clip_range, clip_range_vf = cast(Any, model.clip_range), cast(Any, model.clip_range_vf)
    return (
        model.lr_schedule(progress),
        clip_range(progress),
        np.inf if clip_range_vf is None else clip_range_vf(progress),
        model.ent_coef,
        model.vf_coef,
        model.max_grad_norm,
        np.inf if model.target_kl is None else model.target_kl,
        model.gamma,
        model.gae_lambda,
    )
