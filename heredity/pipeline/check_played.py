"""Whether what a generation is measured on, where that is not what it trains on, can be played by its members."""

from dataclasses import replace

import numpy as np
from sb3_contrib.common.maskable.utils import get_action_masks
from stable_baselines3.common.vec_env import VecEnv

from heredity.agents.algorithms import make_many
from heredity.agents.boundary.closing import closed_after
from heredity.agents.boundary.global_generators import generators_kept
from heredity.agents.boundary.process_kept import process_kept
from heredity.agents.spaces import same_spaces
from heredity.agents.task import Task, played_task, task_spaces
from heredity.errors import StudyError, TaskError, shortened
from heredity.evaluation.null_policies import null_policy
from heredity.study.sections import MASKED, Algorithm
from heredity.study.study import Study
from heredity.worker import acting

STEPS_TRIED = 3


def refuse_unplayable(study: Study, generation: str, task: Task) -> None:
    """Refuse an environment to measure on that cannot be made, or that is not seen and played as it is trained on.

    Raises StudyError naming the key that names it.
    """
    node, played = study.generations[generation], played_task(study, generation)
    where = f"generations.{generation}.{'evaluate.env' if node.evaluate.env else 'train.wrappers'}"
    if played == replace(task, threshold=None):
        return
    acting(f"{where}: {played.id}")
    try:
        with process_kept(), generators_kept():
            envs = make_many(played, 1, 0)
            with closed_after(envs.close):
                _try_out(envs, node.algorithm)
    except TaskError as error:
        raise StudyError(f"{where}: {error}") from None
    ours, theirs = task_spaces(task), (envs.observation_space, envs.action_space)
    if not same_spaces(ours, theirs):
        raise StudyError(
            f"{where}: expected the spaces that members train on, {shortened(ours)}, got {shortened(theirs)}; write an "
            "environment, or wrappers, that keep them"
        )


def _try_out(envs: VecEnv, algorithm: Algorithm) -> None:
    """Take a few steps at random, so that what every member would fail of is said before anything trains."""
    act, masked = null_policy("random", envs.action_space, 0), algorithm.name in MASKED
    envs.reset()
    for _ in range(STEPS_TRIED):
        masks = get_action_masks(envs) if masked else None
        envs.step(np.array(act(None, np.zeros(envs.num_envs, np.bool_), masks)))
