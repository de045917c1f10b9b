"""Agents with random initial weights by the hundred: one model is built, and then its policy alone is drawn anew."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import torch
from stable_baselines3 import PPO

from heredity.agents.agent import Agent, fresh_agent, unpack
from heredity.agents.spaces import SpacesOnly
from heredity.agents.stack import Stack
from heredity.agents.task import Task
from heredity.agents.twins.support import why_not
from heredity.study.sections import Algorithm


def fresh_agents(algorithm: Algorithm, task: Task, seeds: Mapping[str, int]) -> dict[str, Agent]:
    """Return by name what `fresh_agent` returns on each seed, packed when its bytes are asked for where that is known.

    That is where the cohort engine knows the algorithm: then nothing but its policy draws.
    """
    if len(seeds) < 2 or why_not(algorithm, task):
        return {name: fresh_agent(algorithm, task, seed) for name, seed in seeds.items()}
    first = fresh_agent(algorithm, task, next(iter(seeds.values())))
    model = cast(PPO, unpack(first, algorithm, task, 0, 0, SpacesOnly(task, algorithm.n_envs)))
    each = [_drawn(model, seed) for seed in seeds.values()]
    weights = {name: np.stack([own[name] for own in each]) for name in each[0]}
    stack = Stack.like(first, seeds, weights, None, [{"seed": seed} for seed in seeds.values()])
    return {name: stack.agent(name) for name in seeds}


def _drawn(model: PPO, seed: int) -> dict[str, np.ndarray[Any, Any]]:
    """Return the weights of a policy as Stable-Baselines3's constructor of PPO draws them."""
    torch.default_generator.manual_seed(seed)  # nothing else is drawn from, and seeding GPUs as well takes as long
    spaces = model.observation_space, model.action_space
    policy: Any = model.policy_class(*spaces, model.lr_schedule, use_sde=model.use_sde, **model.policy_kwargs)
    return {name: value.detach().numpy() for name, value in policy.named_parameters()}
