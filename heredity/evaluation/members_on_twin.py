"""Episodes of many members on the twin of an environment, side by side as one program of a fixed size.

An episode's draws derive from its own seed, and who else plays, or in which place, changes no bit of it.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import gymnasium
import jax
import numpy as np

from heredity.agents.task import Task, task_spaces
from heredity.agents.twins.policy import Policy, Weights
from heredity.agents.twins.registry import make_twin
from heredity.errors import TaskError
from heredity.evaluation.on_twin import Finished, PlayProgram, Scaling, episode_key, finished, play_block
from heredity.study.sections import STEP_LIMIT

Array = np.ndarray[Any, Any]

MEMBERS, EPISODES = 256, 128
"""Of one call; where it is not full, the first member, and its first episode, are played again."""


def play_members(
    weights: Weights,
    policy: Policy,
    task: Task,
    seeds: Array,
    *,
    deterministic: bool = False,
    scaling: Scaling | None = None,
    step_limit: int = STEP_LIMIT,
) -> list[Finished | TaskError]:
    """Play an episode on each seed int64[M, n] by the members whose weights, and scaling, have them in front.

    Whoever's episodes are refused has the TaskError in the place of what was played.
    """
    space, program = task_spaces(task)[1], PlayProgram(make_twin(task).dynamics, policy, True, not deterministic)
    bounds = (space.low, space.high) if isinstance(space, gymnasium.spaces.Box) else None
    call, spec, limit = _compiled(program), make_twin(task).spec, np.int32(step_limit)
    results: list[Finished | TaskError] = []
    for first in range(0, len(seeds), MEMBERS):
        mine = np.arange(first, min(first + MEMBERS, len(seeds)))
        rows = np.concatenate([mine, np.repeat(mine[:1], MEMBERS - len(mine))])
        player = jax.tree.map(lambda leaf: leaf[rows], (dict(weights), scaling))  # noqa: B023 (called at once)
        keys = (_keys(seeds[rows, begin : begin + EPISODES]) for begin in range(0, seeds.shape[1], EPISODES))
        blocks = [[np.asarray(part) for part in call(spec, *player, each, bounds, limit)] for each in keys]
        parts = [np.concatenate(each, axis=1)[:, : seeds.shape[1]] for each in zip(*blocks, strict=True)]
        results += [_result(task, seeds[row], [part[row - first] for part in parts], step_limit) for row in mine]
    return results


def _result(task: Task, seeds: Array, parts: list[Array], limit: int) -> Finished | TaskError:
    try:
        return finished(task, seeds, parts, limit)
    except TaskError as error:
        return error


@cache
def _compiled(program: PlayProgram) -> Callable[..., Any]:
    return jax.jit(jax.vmap(partial(play_block, program), in_axes=(None, 0, 0, 0, None, None)))


def _keys(seeds: Array) -> Array:
    """Return a block's keys uint32[M, EPISODES, 2]."""
    whole = np.concatenate([seeds, np.repeat(seeds[:, :1], EPISODES - seeds.shape[1], axis=1)], axis=1)
    return episode_key(whole)
