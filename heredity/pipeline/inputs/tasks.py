"""The task of a generation as a stage is given it."""

from heredity.agents.task import Task
from heredity.study.study import Study


def task_of(study: Study, generation: str, *, threshold: bool = False) -> Task:
    """Return a generation's task; its threshold only for who asks, because it concerns no other stage."""
    node = study.generations[generation]
    env = node.env
    number = study.threshold(generation) if threshold else None
    twin = node.train.environments == "jax"
    return Task(env.id, env.kwargs, env.wrappers, number, env.step_seconds, node.modules(), twin)
