"""Collecting a rollout: one forward pass per environment step acts for every active member and copy."""

from typing import Any

import numpy as np

from heredity.training.cohort.crew import Crew
from heredity.training.cohort.environments import Ended
from heredity.training.cohort.policy import Policy, Weights
from heredity.training.cohort.update import Rollout

Array = np.ndarray[Any, Any]


def collect(crew: Crew, weights: Weights, policy: Policy, index: int) -> Rollout:
    """Let every active member take its steps of rollout `index`; the arrays of the others stay zero.

    weights: of all members, stacked on the first axis.
    """
    members, copies, size = crew.observations.shape
    steps, action = crew.models[0].n_steps, crew.models[0].action_space
    acting = {name: np.asarray(leaf)[crew.active] for name, leaf in weights.items()}
    noise, orders = _draws(crew, policy, index)
    observations = np.zeros((members, steps, copies, size), np.float32)
    actions = np.zeros((members, steps, copies, *action.shape), np.int32 if policy.choices else np.float32)
    rewards, starts = np.zeros((members, steps, copies), np.float32), np.zeros((members, steps, copies), bool)
    cut = []
    for t in range(steps):
        observations[:, t], starts[:, t] = crew.observations, crew.starts
        chosen = policy.act(acting, crew.observations[crew.active], noise[t])
        actions[crew.active, t] = chosen
        rewards[crew.active, t], ended = crew.step(chosen)
        cut += [(t, end) for end in ended if end.truncated]
    _bootstrap(crew, acting, policy, rewards, cut)
    last_observations, last_starts = crew.observations.copy(), crew.starts.copy()
    return Rollout(observations, actions, rewards, starts, last_observations, last_starts, orders)


def _bootstrap(crew: Crew, acting: Weights, policy: Policy, rewards: Array, cut: list[tuple[int, Ended]]) -> None:
    """Add the discounted value of a truncated episode's last observation to its last reward."""
    for row, m in enumerate(crew.active):
        own = [(t, end) for t, end in cut if end.member == m]
        if not own:
            continue
        weights = {name: leaf[row] for name, leaf in acting.items()}
        values = policy.value(weights, np.stack([end.last_observation for _, end in own]))
        for (t, end), value in zip(own, values, strict=True):
            rewards[m, t, end.copy] += crew.models[m].gamma * value


def _draws(crew: Crew, policy: Policy, index: int) -> tuple[Array, Array]:
    """Draw each active member's noise [T, A, E, k] and orders [M, epochs, T·E] from its seed and `index`."""
    model, (members, copies, _) = crew.models[0], crew.observations.shape
    width = sum(policy.choices) or int(np.prod(model.action_space.shape))
    noise = np.zeros((model.n_steps, len(crew.active), copies, width), np.float32)
    orders = np.zeros((members, model.n_epochs, model.n_steps * copies), np.int32)
    for row, m in enumerate(crew.active):
        rng = np.random.default_rng([crew.seeds[m], index])
        draw = rng.gumbel if policy.choices else rng.standard_normal
        noise[:, row] = draw(size=(model.n_steps, copies, width))
        orders[m] = [rng.permutation(model.n_steps * copies) for _ in range(model.n_epochs)]
    return noise, orders
