"""A child fitted to its parent on the parent's own states (Rusu et al. 2016), whatever networks the two have."""

from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import ActorCriticPolicy

from heredity.agents.agent import Agent, unpack
from heredity.agents.founders import algorithm_of
from heredity.agents.task import Task
from heredity.errors import AgentError
from heredity.study.inherit_rule import Distil

Array = np.ndarray[Any, Any]

BATCH, LEARNING_RATE = 256, 1e-3
EPSILON = 0.1
"""How often a parent that acts by Q-values tries something else, so that its states are not all of one path."""


@dataclass(frozen=True)
class Demonstrations:
    """What a parent did: raw observations [N, …], its answers, and its values float32[N] where it has any.

    answers: probabilities float32[N, actions] for Discrete, else its deterministic actions [N, …].
    """

    observations: Array
    answers: torch.Tensor
    values: torch.Tensor | None


def distil(child: BaseAlgorithm, parent: Agent, task: Task, rule: Distil, seed: int) -> None:
    """Fit a child's actor to its parent's actions and its critic to the parent's values, on states that it meets.

    Raises AgentError when the child is not an actor-critic, or the spaces do not fit.
    """
    policy = child.policy
    if not isinstance(policy, ActorCriticPolicy):
        raise AgentError(
            f"distil: expected a child with an actor and a critic (PPO, A2C, TRPO), got {type(policy).__name__}"
        )
    teacher = unpack(parent, algorithm_of(parent), task, seed, seed)
    kinds = [type(model.action_space).__name__ for model in (child, teacher)]
    if kinds[0] != kinds[1]:
        raise AgentError(f"distil: expected a parent with {kinds[0]} actions, got {kinds[1]}")
    demonstrations = _fitting(_demonstrated(teacher, rule.states), child)
    envs, raw = child.get_vec_normalize_env(), demonstrations.observations
    observations = torch.as_tensor(envs.normalize_obs(raw) if envs else raw)
    optimizer = torch.optim.Adam(policy.parameters(), lr=LEARNING_RATE)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(rule.epochs):
        for rows in torch.randperm(len(observations), generator=generator).split(BATCH):  # type: ignore[no-untyped-call]
            loss = _loss(policy, observations[rows], demonstrations, rows)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()


def _demonstrated(teacher: Any, states: int) -> Demonstrations:
    """Let the parent play until it has met enough states."""
    envs = teacher.get_env()
    normalizer = teacher.get_vec_normalize_env()
    if normalizer:
        normalizer.training = False
    if hasattr(teacher, "exploration_rate"):
        teacher.exploration_rate = EPSILON
    observations = envs.reset()
    raw: list[Array] = []
    judgements = []
    while len(raw) * envs.num_envs < states:
        raw.append(np.array(normalizer.get_original_obs() if normalizer else observations))
        judgements.append(_judged(teacher, observations))
        observations, *_ = envs.step(teacher.predict(observations, deterministic=False)[0])
    envs.close()
    answers, values = zip(*judgements, strict=True)
    all_values = None if values[0] is None else torch.cat(values)[:states]
    return Demonstrations(np.concatenate(raw)[:states], torch.cat(answers)[:states], all_values)


def _judged(teacher: Any, observations: Array) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return a parent's answers to normalised observations, and their values where it has any."""
    policy: Any = teacher.policy
    inputs = policy.obs_to_tensor(observations)[0]
    discrete = isinstance(teacher.action_space, gymnasium.spaces.Discrete)
    with torch.no_grad():
        values = None
        if isinstance(policy, ActorCriticPolicy):
            values = policy.predict_values(inputs).flatten()
            if discrete:
                actor: Any = policy.get_distribution(inputs)
                return actor.distribution.probs, values
        elif hasattr(policy, "q_net"):
            values = policy.q_net(inputs).max(1).values
    actions = torch.as_tensor(teacher.predict(observations, deterministic=True)[0])
    return torch.nn.functional.one_hot(actions, int(teacher.action_space.n)).float() if discrete else actions, values


def _fitting(demonstrations: Demonstrations, child: BaseAlgorithm) -> Demonstrations:
    """Embed demonstrations in the child's spaces: new observations are zero, new actions have no probability."""
    observations, answers = demonstrations.observations, demonstrations.answers
    missing = [
        ours - theirs for ours, theirs in zip(child.observation_space.shape or (), observations.shape[1:], strict=False)
    ]
    if len(missing) == observations.ndim - 1 == 1 and missing[0] > 0:
        observations = np.pad(observations, ((0, 0), (0, missing[0])))
    if isinstance(child.action_space, gymnasium.spaces.Discrete):
        answers = torch.nn.functional.pad(answers, (0, max(int(child.action_space.n) - answers.shape[1], 0)))
        actions: tuple[int, ...] = (int(child.action_space.n),)
    else:
        actions = child.action_space.shape or ()
    for kind, ours, theirs in (
        ("observations", child.observation_space.shape, observations.shape[1:]),
        ("actions", actions, tuple(answers.shape[1:])),
    ):
        if ours != theirs:
            raise AgentError(f"distil: expected a parent with {kind} of shape {ours} or a part of it, got {theirs}")
    return Demonstrations(observations, answers, demonstrations.values)


def _loss(
    policy: ActorCriticPolicy, observations: torch.Tensor, demonstrations: Demonstrations, rows: torch.Tensor
) -> torch.Tensor:
    """Return the cross-entropy to the parent's actions, plus the relative squared error of its values."""
    actor: Any = policy.get_distribution(observations)
    answers, values = demonstrations.answers[rows], demonstrations.values
    if hasattr(actor.distribution, "logits"):  # Discrete
        loss: torch.Tensor = -(answers * actor.distribution.logits).sum(1).mean()
    elif answers.is_floating_point():  # Box
        loss = ((actor.mode() - answers) ** 2).mean()
    else:
        loss = -actor.log_prob(answers).mean()
    if values is None:
        return loss
    # Values may be hundreds while a cross-entropy is about one: relative to their size, neither drowns the other.
    error: torch.Tensor = policy.predict_values(observations).flatten() - values[rows]
    return loss + (error**2).mean() / ((values**2).mean() + 1e-6)
