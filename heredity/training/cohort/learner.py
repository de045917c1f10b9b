"""Between Stable-Baselines3's models and the arrays that the compiled program learns on."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import optax
import torch
from stable_baselines3 import PPO

from heredity.agents.twins.policy import Weights
from heredity.training.cohort.update import STATISTICS, Hyperparameters, Learner
from heredity.training.updates import known


def learner_of(model: PPO) -> Learner:
    """Return a model's weights and Adam's state."""
    weights = {name: parameter.detach().numpy().copy() for name, parameter in model.policy.named_parameters()}
    moments = model.policy.optimizer.state_dict()["state"]  # by index, and empty before the first step
    first, second = ({} for _ in range(2))
    for index, (name, value) in enumerate(weights.items()):
        entry = moments.get(index)
        first[name] = entry["exp_avg"].numpy().copy() if entry else np.zeros_like(value)
        second[name] = entry["exp_avg_sq"].numpy().copy() if entry else np.zeros_like(value)
    count = int(moments[0]["step"]) if moments else 0
    return Learner(weights, optax.ScaleByAdamState(np.int32(count), first, second))


def write_learner(learner: Learner, model: PPO) -> None:
    """Write weights and Adam's state into a model."""
    # Copies: `torch.tensor` of a NumPy view does not share its memory, which the next update's program would reuse.
    weights, first, second = (
        {name: torch.tensor(np.asarray(value)) for name, value in leaves.items()}
        for leaves in (learner.weights, learner.adam.mu, learner.adam.nu)
    )
    model.policy.load_state_dict(weights)
    names = [name for name, _ in model.policy.named_parameters()]
    state, steps = model.policy.optimizer.state_dict(), float(learner.adam.count)
    state["state"] = {
        index: {"step": torch.tensor(steps), "exp_avg": first[name], "exp_avg_sq": second[name]}
        for index, name in enumerate(names)
    }
    model.policy.optimizer.load_state_dict(state)


def stacked_weights(learners: Sequence[Learner]) -> Weights:
    """Return the weights of several members of one architecture, members on the first axis."""
    return {name: np.stack([np.asarray(learner.weights[name]) for learner in learners]) for name in learners[0].weights}


def told(statistics: Any, model: PPO) -> dict[str, float | None]:
    """Return an update's statistics float32[STATISTICS] by name, with the learning rate that it had."""
    rate = model.lr_schedule(model._current_progress_remaining)
    numbers = dict(zip(STATISTICS, np.asarray(statistics).tolist(), strict=True), learning_rate=rate)
    return {name: known(number) for name, number in numbers.items()}


def hyperparameters(model: PPO) -> Hyperparameters:
    """Return a member's hyperparameters, its schedules where its clock stands."""
    progress = model._current_progress_remaining
    clip_range, clip_range_vf = cast(Any, model.clip_range), cast(Any, model.clip_range_vf)
    numbers = Hyperparameters(
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
    return Hyperparameters(*(None if number is None else np.float32(number) for number in numbers))
