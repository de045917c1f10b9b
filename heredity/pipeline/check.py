"""What only building things can tell: whether environments exist and the algorithm can take them."""

from stable_baselines3.common.base_class import BaseAlgorithm

from heredity.algorithms import build, rollout_steps
from heredity.errors import AgentError, StudyError, TaskError
from heredity.inheritance.mutation import mutated
from heredity.params import Generation, Study
from heredity.replay import pack_replay
from heredity.task import Task, make_task
from heredity.training.cohort import why_not
from heredity.training.cohort.environments import why_not_envpool


def check_study(study: Study) -> None:
    """Build every generation's task and algorithm once, small. Raises StudyError naming the key to mend."""
    for name, node in study.generations.items():
        where = f"generations.{name}"
        try:
            task = make_task(study, name)
            model = build(node.algorithm, task, 0, 0)
        except TaskError as error:
            raise StudyError(f"{where}.env: {error}") from None
        except StudyError as error:
            raise StudyError(_placed(study, name, str(error))) from None
        if (envs := model.get_env()) is not None:
            envs.close()
        if task.threshold is None:
            raise StudyError(
                f"{where}.threshold: expected a number, because {task.id} registers none, got nothing; "
                "write the return that counts as having learned the task"
            )
        _check_engine(where, node, task)
        try:
            mutated(node.inherit, node.algorithm, None, 0)
        except AgentError as error:
            raise StudyError(f"{where}.inherit.{error}") from None
        _check_replay(study, name, model)
        least = rollout_steps(node.algorithm)
        for key, steps in (("budget", node.budget), ("gate.extend_budget", node.gate.extension_steps or least)):
            if steps < least:
                raise StudyError(f"{where}.{key}: expected at least one rollout of {least} steps, got {steps}")


def _check_engine(where: str, node: Generation, task: Task) -> None:
    engine, environments = node.train.engine, node.train.environments
    if engine == "cohort" and (reason := why_not(node.algorithm, task)):
        raise StudyError(f"{where}: train.engine: cohort does not support {reason}; write auto or sb3")
    if engine != "sb3" and environments == "envpool" and (reason := why_not_envpool(task)):
        raise StudyError(f"{where}: train.environments: envpool cannot make {task.id}: {reason}; write gymnasium")


def _check_replay(study: Study, generation: str, model: BaseAlgorithm) -> None:
    """Refuse a replay buffer that is to be kept where there is none, or none that can be stored."""
    rule = study.generations[generation].inherit.replay_buffer
    if rule == "reset" and not study.keeps_replay(generation):
        return
    where = f"generations.{generation}.algorithm"
    try:
        if pack_replay(model) is not None:
            return
        reason = f"got {type(model).__name__}"
    except AgentError as error:
        reason = str(error)
    raise StudyError(f"{where}: inherit.replay_buffer: keep expects a replay buffer, {reason}; write reset")


def _placed(study: Study, generation: str, message: str) -> str:
    """Say where the algorithm was written: in the study, or in the generation that overrides it."""
    shared = study.generations[generation].algorithm == study.algorithm
    return message if shared and "cannot take" not in message else f"generations.{generation}.{message}"
