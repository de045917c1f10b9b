"""The tasks of a generation as a stage is given them."""

from dataclasses import replace

from heredity.agents.task import Task, task_on
from heredity.study.study import Study


def task_of(study: Study, generation: str) -> Task:
    """Return a generation's task as heirs and their parents play it before training, without its threshold."""
    node = study.generations[generation]
    return task_on(node, node.env)


def training_task(study: Study, generation: str, *, threshold: bool) -> Task:
    """Return the task that members train on, in the wrappers that are for training alone."""
    node = study.generations[generation]
    number = study.threshold(generation) if threshold else None
    return replace(task_on(node, node.env, number), shaping=node.train.wrappers)


def measuring_task(study: Study, generation: str, *, threshold: bool = False) -> Task:
    """Return the task that members are measured on."""
    node = study.generations[generation]
    return task_on(node, node.played, study.threshold(generation) if threshold else None)
