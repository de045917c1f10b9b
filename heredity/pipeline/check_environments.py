"""What only an environment itself can tell a check: that it answers, and that two have the same spaces."""

import logging
from dataclasses import replace

import numpy as np
from sb3_contrib.common.maskable.utils import get_action_masks
from stable_baselines3 import HerReplayBuffer
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from heredity.agents.algorithms import make_many
from heredity.agents.boundary.closing import closed_after
from heredity.agents.boundary.global_generators import generators_kept
from heredity.agents.boundary.process_kept import process_kept
from heredity.agents.spaces import same_spaces
from heredity.agents.task import Task, find_spec, played_task, task_spaces
from heredity.errors import StudyError, TaskError, shortened
from heredity.evaluation.episodes import COPIES
from heredity.evaluation.null_policies import null_policy
from heredity.study.sections import MASKED, Algorithm
from heredity.study.study import Generation, Study
from heredity.worker import acting

log = logging.getLogger(__name__)

STEPS_TRIED = 3
"""Of every copy that a model is built on."""


def refuse_too_many_copies(where: str, algorithm: Algorithm, node: Generation) -> None:
    """Refuse more copies to train on than may be open at a time."""
    most = node.env.at_once
    if most is not None and algorithm.n_envs > most:
        raise StudyError(
            f"{where}.n_envs: expected at most env.at_once {most}, got {algorithm.n_envs}; write n_envs: {most}"
        )


def refuse_too_few_places(study: Study, generation: str) -> None:
    """Open as many copies as an evaluation plays side by side, where the study states no limit, and close them again.

    Raises StudyError, with the limit to write, where one more than there may be is refused.
    """
    node, played = study.generations[generation], played_task(study, generation)
    if played.at_once is not None:
        return
    acting(f"generations.{generation}.env: {played.id}")
    try:
        with process_kept(), generators_kept():
            make_many(played, min(COPIES, node.evaluate.episodes), 0).close()
    except TaskError as error:
        raise StudyError(f"generations.{generation}.env: {error}") from None


def refuse_unlike_environments(study: Study, generation: str, task: Task) -> None:
    """Refuse an environment to measure on that cannot be made, or that is not seen and played as it is trained on."""
    node, played = study.generations[generation], played_task(study, generation)
    where = f"generations.{generation}.{'evaluate.env' if node.evaluate.env else 'train.wrappers'}"
    if played == replace(task, threshold=None):
        return
    acting(f"{where}: {played.id}")
    try:
        with process_kept(), generators_kept():
            envs = make_many(played, 1, 0)
            with closed_after(envs.close):
                try_out(envs, node.algorithm)
    except TaskError as error:
        raise StudyError(f"{where}: {error}") from None
    ours, theirs = task_spaces(task), (envs.observation_space, envs.action_space)
    if not same_spaces(ours, theirs):
        raise StudyError(
            f"{where}: expected the spaces that members train on, {shortened(ours)}, got {shortened(theirs)}; write an "
            "environment, or wrappers, that keep them"
        )


def try_out(envs: VecEnv, algorithm: Algorithm) -> None:
    """Take a few steps at random, so that what every member would fail of is said before anything trains."""
    act, masked = null_policy("random", envs.action_space, 0), algorithm.name in MASKED
    envs.reset()
    for _ in range(STEPS_TRIED):
        masks = get_action_masks(envs) if masked else None
        envs.step(np.array(act(None, np.zeros(envs.num_envs, np.bool_), masks)))


def warn_of_early_goals(where: str, algorithm: Algorithm, model: BaseAlgorithm, task: Task) -> None:
    """Say where hindsight may be asked for goals before an episode has ended, of which members would fail."""
    limit = find_spec(task.id, task.imports).max_episode_steps
    begins = getattr(model, "learning_starts", 0)
    if limit and isinstance(getattr(model, "replay_buffer", None), HerReplayBuffer):
        first = limit * algorithm.n_envs
        if begins < first:
            log.warning(
                "%s.algorithm.hyperparameters.learning_starts: HerReplayBuffer has nothing to learn from before an "
                "episode has ended, which may take %d steps, got %d; write learning_starts: %d",
                where, first, begins, first,
            )  # fmt: skip
