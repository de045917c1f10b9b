"""What `inherit` is given."""

import operator
from typing import ClassVar

from pydantic import Field

from heredity.agents.task import Task
from heredity.pipeline.inputs.base import GenerationInput, of_generation
from heredity.pipeline.inputs.tasks import task_of
from heredity.reading import Name, Positive
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import Algorithm, Population
from heredity.study.study import Study


class InheritInput(GenerationInput):
    """after: whose survivors are the donors. donors_task: what these learned, None for founders.

    zero_shot_episodes: how many every heir and its parents play, so that what was inherited is measured. step_limit:
    how long any of them, and of those that donors are ranked by, may be. as_arrays: whether heirs are kept in one file.
    """

    stage: ClassVar[str] = "inherit"

    after: Name
    lineages: Positive
    population: Population
    task: Task
    donors_task: Task | None
    algorithm: Algorithm
    rule: InheritRule
    zero_shot_episodes: Positive
    step_limit: Positive
    as_arrays: bool = Field(False, exclude_if=operator.not_)

    @classmethod
    def of(cls, study: Study, generation: str) -> "InheritInput":
        """Return the input for one generation of a study."""
        node = study.generations[generation]
        return cls(
            **of_generation(study, generation),
            after=node.after,
            lineages=study.lineages,
            population=study.population,
            task=task_of(study, generation),
            donors_task=None if node.after == "founders" else task_of(study, node.after),
            algorithm=node.algorithm,
            rule=node.inherit,
            zero_shot_episodes=node.evaluate.zero_shot_episodes,
            step_limit=node.evaluate.step_limit,
            as_arrays=study.keeps_arrays(generation),
        )

    def tasks(self) -> tuple[Task, ...]:
        """The environments whose code the stage runs."""
        return (self.task, self.donors_task) if self.donors_task else (self.task,)
