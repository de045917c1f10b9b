"""What a tile begins with: its program, when members end, and what these are before their first step."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from math import ceil, inf
from typing import Any, cast

import gymnasium
import jax
import numpy as np
import optax
from stable_baselines3 import PPO

from heredity.agents.agent import Agent, zip_members
from heredity.agents.stack import Stack
from heredity.agents.task import Task, task_spaces
from heredity.agents.twins.registry import make_twin
from heredity.errors import AgentError, TaskError
from heredity.evaluation.returns import Returns
from heredity.evaluation.tile_plays import play_trials
from heredity.evaluation.trial import Trial
from heredity.seeds import seed_integers
from heredity.training.cohort.joined import JoinedPolicy
from heredity.training.cohort.kinds import Kind
from heredity.training.cohort.tile import Ends, TileProgram
from heredity.training.cohort.tile_normalizing import normalizing_of
from heredity.training.cohort.update import Learner, Program
from heredity.training.curves import CurveRow, curve_row
from heredity.training.shard import Member, Shard
from heredity.training.snapshot import segment_seeds

Array = np.ndarray[Any, Any]

OPTIMIZER = "policy.optimizer.pth"
"""What of an agent's zip is as long as it is by whether a step was taken."""

PRECISION = "highest"
"""Of matrix products: float32, so that an update is `PPO.train()`'s to 1e-5."""


def program_of(shard: Shard, models: Sequence[PPO]) -> TileProgram:
    """Return the program by which a shard's members learn; models: of each kind, some of which may have a target_kl."""
    space, model = task_spaces(shard.task)[1], models[0]
    stops_early = any(each.target_kl is not None for each in models)
    policy = JoinedPolicy.of(space, model.policy.activation_fn.__name__)
    update = Program(policy, model.batch_size, model.normalize_advantage, stops_early)
    width = sum(policy.choices) or int(np.prod(space.shape or ()))
    sizes = model.n_steps, model.n_envs, model.n_epochs, shard.train.window, width
    return TileProgram(update, make_twin(shard.task).dynamics, *sizes, PRECISION, normalizing_of(model))


def bounds_of(task: Task) -> tuple[Array, Array] | None:
    """Return what actions are clipped to, None for discrete ones."""
    space = task_spaces(task)[1]
    return (space.low, space.high) if isinstance(space, gymnasium.spaces.Box) else None


def ends_of(shard: Shard, kind: Kind) -> Ends:
    """Return when a training ends."""
    train, threshold = shard.train, shard.task.threshold
    goal = np.float32(inf if train.until == "budget" or threshold is None else threshold)
    if threshold is not None and float(goal) < threshold:  # a mean in float32 would reach it and not the threshold
        goal = np.nextafter(goal, np.float32(inf))
    never, patience = np.iinfo(np.int32).max, train.patience_steps
    rollouts = never if patience is None else ceil(patience / kind.rollout_steps)
    return Ends(goal, np.int32(ceil(shard.budget_steps / kind.rollout_steps)), np.int32(rollouts))


def learners_of(agents: Sequence[Agent]) -> Learner:
    """Return weights and Adam's state of agents, members first. Raises AgentError where they differ in form."""
    groups = defaultdict[Any, list[int]](list)  # a stack has agents that have taken a step, or none of them
    for row, agent in enumerate(agents):
        own = zip_members(agent.model).get(OPTIMIZER, b"") if type(agent) is Agent else b""
        groups[len(own) or id(getattr(agent, "stack", None))].append(row)
    parts = [_learner(Stack.of({str(row): agents[row] for row in rows})) for rows in groups.values()]
    shapes = [{name: leaf.shape[1:] for name, leaf in part.weights.items()} for part in parts]
    if other := next((each for each in shapes if each != shapes[0]), None):
        raise AgentError(f"expected members of one architecture, {shapes[0]}, got another, {other}")
    order = np.argsort([row for rows in groups.values() for row in rows])
    return Learner(*jax.tree.map(lambda *leaves: np.concatenate(leaves)[order], *map(tuple, parts)))


def _learner(stack: Stack) -> Learner:
    weights = {name: np.asarray(leaf, np.float32) for name, leaf in stack.weights.items()}
    nothing = {name: np.zeros_like(leaf) for name, leaf in weights.items()}
    first, second, steps = stack.adam or (nothing, nothing, np.zeros(len(stack.names)))
    moments = ({name: np.asarray(leaf, np.float32) for name, leaf in each.items()} for each in (first, second))
    return Learner(weights, optax.ScaleByAdamState(np.asarray(steps, np.int32), *moments))


def untrained_rows(shard: Shard, members: Sequence[Member]) -> list[CurveRow]:
    """Let members play before they learn; return the first rows of their curves. Raises TaskError."""
    task, count = replace(shard.task.unshaped(), device=shard.train.device), shard.zero_shot_episodes
    played = play_trials(
        [  # the first two seeds begin the training
            Trial(
                each.name, each.initial, task, count, seed_integers(each.seed, 3)[2], False, algorithm=shard.algorithm
            )
            for each in members
        ]
    )
    if refused := [each for each in played if isinstance(each, TaskError)]:
        raise refused[0]
    return [curve_row(0, each.returns.tolist(), each.length.tolist(), []) for each in cast(list[Returns], played)]


def member_key(seed: int) -> Array:
    """Return uint32[2], of all that a member draws while it learns."""
    return np.random.SeedSequence(segment_seeds(seed, 0)[1]).generate_state(2, np.uint32)
