"""A child fitted to its parent on the parent's own states (Rusu et al. 2016), whatever networks the two have."""

from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
import torch
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from sb3_contrib.common.maskable.utils import get_action_masks
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import ActorCriticPolicy

from heredity.agents.acting import Actor, Starts
from heredity.agents.agent import Agent, unpack
from heredity.agents.boundary.closing import closed_after
from heredity.agents.founders import algorithm_of
from heredity.agents.masks import Mask, choices
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
    masks: bool[N, choices], which actions were allowed, where it was told.
    """

    observations: Array
    answers: torch.Tensor
    values: torch.Tensor | None
    masks: Mask | None = None


def distil(child: BaseAlgorithm, parent: Agent, task: Task, rule: Distil, seed: int) -> None:
    """Fit a child's actor to its parent's actions and its critic to the parent's values, on states that it meets.

    Raises AgentError when the child is not an actor-critic, or the spaces do not fit.
    """
    policy = child.policy
    if not _judges(policy):
        raise AgentError(
            "distil: expected a child with an actor and a critic that remember nothing (PPO, A2C, TRPO, MaskablePPO), "
            f"got {type(policy).__name__}"
        )
    algorithm = algorithm_of(parent)
    copies = min(algorithm.n_envs, task.at_once or algorithm.n_envs)
    teacher: Any = unpack(parent, algorithm.model_copy(update={"n_envs": copies}), task, seed, seed)
    with closed_after(teacher.get_env().close):
        kinds = [type(model.action_space).__name__ for model in (child, teacher)]
        if kinds[0] != kinds[1]:
            raise AgentError(f"distil: expected a parent with {kinds[0]} actions, got {kinds[1]}")
        demonstrations = _fitting(_demonstrated(teacher, rule.states, seed), child)
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


def _judges(policy: Any) -> bool:
    """Whether a policy gives every action a probability, and a value, by the observation and the allowed actions."""
    judging = isinstance(policy, ActorCriticPolicy | MaskableActorCriticPolicy)
    return judging and not isinstance(policy, RecurrentActorCriticPolicy)


def _demonstrated(teacher: Any, states: int, seed: int) -> Demonstrations:
    """Let the parent play, as it does in training, until it has met enough states."""
    envs = teacher.get_env()
    normalizer = teacher.get_vec_normalize_env()
    if normalizer:
        normalizer.training = False
    actor, rng = Actor(teacher, deterministic=False), np.random.default_rng(seed)
    observations, starts = envs.reset(), np.ones(envs.num_envs, np.bool_)
    raw: list[Array] = []
    judgements, allowed = [], []
    while len(raw) * envs.num_envs < states:
        masks = get_action_masks(envs) if actor.masked else None
        raw.append(np.array(normalizer.get_original_obs() if normalizer else observations))
        judgements.append(_judged(actor, observations, starts, masks))
        allowed.append(masks)
        actions = actor(observations, starts, masks)
        if hasattr(teacher, "exploration_rate"):
            other = rng.random(len(starts)) < EPSILON
            actions = np.where(other, rng.integers(teacher.action_space.n, size=len(starts)), actions)
        observations, _, starts, _ = envs.step(actions)
    answers, values = zip(*judgements, strict=True)
    return Demonstrations(
        np.concatenate(raw)[:states],
        torch.cat(answers)[:states],
        None if values[0] is None else torch.cat(values)[:states],
        np.concatenate(allowed)[:states] if actor.masked else None,  # type: ignore[arg-type]
    )


def _judged(
    actor: Actor, observations: Array, starts: Starts, masks: Mask | None
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return a parent's answers to normalised observations, and their values where it has any."""
    teacher: Any = actor.model
    policy = teacher.policy
    inputs = policy.obs_to_tensor(observations)[0]
    discrete = isinstance(teacher.action_space, gymnasium.spaces.Discrete)
    with torch.no_grad():
        values = None
        if _judges(policy):
            values = policy.predict_values(inputs).flatten()
            if discrete:
                return _distribution(policy, inputs, masks).distribution.probs, values
        elif hasattr(policy, "q_net"):
            values = policy.q_net(inputs).max(1).values
    actions = torch.as_tensor(actor.best(observations, starts, masks))
    return torch.nn.functional.one_hot(actions, int(teacher.action_space.n)).float() if discrete else actions, values


def _distribution(policy: Any, observations: Any, masks: Mask | None) -> Any:
    """Return what a policy would do; masks reach only one that is told them in training as well."""
    if masks is not None and isinstance(policy, MaskableActorCriticPolicy):
        return policy.get_distribution(observations, action_masks=masks)
    return policy.get_distribution(observations)


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
    masks = demonstrations.masks
    if masks is not None and (wider := sum(choices(child.action_space)) - masks.shape[1]) > 0:
        masks = np.pad(masks, ((0, 0), (0, wider)))
    return Demonstrations(observations, answers, demonstrations.values, masks)


def _loss(policy: Any, observations: torch.Tensor, demonstrations: Demonstrations, rows: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy to the parent's actions, plus the relative squared error of its values."""
    masks = None if demonstrations.masks is None else demonstrations.masks[rows.numpy()]
    actor = _distribution(policy, observations, masks)
    answers, values = demonstrations.answers[rows], demonstrations.values
    if isinstance(policy.action_space, gymnasium.spaces.Discrete):
        loss: torch.Tensor = -(answers * actor.distribution.logits).sum(1).mean()
    elif isinstance(policy.action_space, gymnasium.spaces.Box):
        loss = ((actor.mode() - answers) ** 2).mean()
    else:
        loss = -actor.log_prob(answers.float()).mean()
    if values is None:
        return loss
    # Values may be hundreds while a cross-entropy is about one: relative to their size, neither drowns the other.
    error: torch.Tensor = policy.predict_values(observations).flatten() - values[rows]
    return loss + (error**2).mean() / ((values**2).mean() + 1e-6)
