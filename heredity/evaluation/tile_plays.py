"""The trials of many members on a GPU, as one program where their policies have one shape."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from stable_baselines3 import PPO

from heredity.agents.agent import Agent, read_algorithm, unpack
from heredity.agents.normalizer import read_normalizer
from heredity.agents.spaces import SpacesOnly
from heredity.agents.stack import policy_weights
from heredity.agents.twins.compiling import computing_on
from heredity.agents.twins.policy import Policy
from heredity.errors import TaskError
from heredity.evaluation.members_on_twin import play_members
from heredity.evaluation.on_twin import Scaling, scaling_of_model
from heredity.evaluation.returns import Returns
from heredity.evaluation.trial import Trial

Array = np.ndarray[Any, Any]


def play_trials(trials: Sequence[Trial]) -> list[Returns | TaskError]:
    """Play the trials of members that have as many episodes each of one task, on which their policies act.

    Whoever's episodes are refused has the TaskError in the place of what was played.
    """
    groups = defaultdict[Any, list[int]](list)
    weights = [dict(policy_weights(cast(Agent, trial.agent))) for trial in trials]
    for place, each in enumerate(weights):
        groups[tuple((name, array.shape) for name, array in each.items())].append(place)
    results: dict[int, Returns | TaskError] = {}
    for places in groups.values():
        mine = [trials[place] for place in places]
        stacked = {name: np.stack([weights[place][name] for place in places]) for name in weights[places[0]]}
        results |= dict(zip(places, _played_alike(mine, stacked), strict=True))
    return [results[place] for place in range(len(trials))]


def _played_alike(trials: Sequence[Trial], weights: dict[str, Array]) -> list[Returns | TaskError]:
    first, agents = trials[0], [cast(Agent, trial.agent) for trial in trials]
    algorithm = first.algorithm or read_algorithm(agents[0])
    spaces = SpacesOnly(first.task, algorithm.n_envs)
    model = cast(PPO, unpack(agents[0], algorithm, first.task, first.seed, first.seed, spaces))
    policy = Policy.of(model.action_space, model.policy.activation_fn.__name__)
    seeds = np.stack([trial.seeds for trial in trials])
    with computing_on(first.task.device):
        played = play_members(
            weights, policy, first.task, seeds, deterministic=first.deterministic,
            scaling=_scaling(model, agents), step_limit=first.step_limit,
        )  # fmt: skip
    return [
        each if isinstance(each, TaskError) else Returns(own, each.returns, each.lengths, trial.succeeded(each.returns))
        for trial, own, each in zip(trials, seeds, played, strict=True)
    ]


def _scaling(model: PPO, agents: Sequence[Agent]) -> Scaling | None:
    """Return what the members' statistics make of observations, members first; None where they stay as they are."""
    if (own := scaling_of_model(model.get_vec_normalize_env())) is None:
        return None
    epsilon = cast(Any, model.get_vec_normalize_env()).epsilon
    each = [read_normalizer(agent.normalizer or b"") for agent in agents]
    mean, var = (np.stack([arrays[f"observation.{part}"] for arrays in each]) for part in ("mean", "var"))
    limits = np.full(len(agents), own.limit, np.float32)
    return Scaling(mean.astype(np.float32), np.sqrt(var + epsilon).astype(np.float32), limits)
