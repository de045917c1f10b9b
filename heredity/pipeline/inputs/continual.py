"""What `continual` is given."""

from collections.abc import Mapping
from typing import ClassVar

from heredity.agents.task import Task
from heredity.pipeline.inputs.base import StageInput
from heredity.pipeline.inputs.tasks import measuring_task
from heredity.reading import Count, Name, Positive
from heredity.study.curriculum import Curriculum
from heredity.study.sections import Algorithm, Population, Section
from heredity.study.study import Study


class Matrix(Section, Curriculum):
    """Who plays what: every generation's survivors, and `population` members with fresh weights, on every task.

    The latter in each of the lineages.
    """

    seed: Count
    lineages: Positive
    population: Population
    episodes: Positive
    generations: Mapping[Name, "Player"]


class Player(Section):
    """One generation: its task with its threshold, how its members are made and how they act."""

    after: str
    seed_name: Name
    task: Task
    algorithm: Algorithm
    deterministic: bool
    step_limit: Positive


class ContinualInput(StageInput):
    """matrix: None where the study asks for none, which needs nothing of what plays."""

    stage: ClassVar[str] = "continual"

    matrix: Matrix | None

    def refuse_contradictions(self) -> None:
        """Raise StudyError where the generations are no tree."""
        if self.matrix:
            self.matrix.refuse_no_tree()

    @classmethod
    def of(cls, study: Study) -> "ContinualInput":
        """Return the input for a study."""
        if study.continual is None:
            return cls(matrix=None)
        players = {
            name: Player(
                after=node.after,
                seed_name=study.seed_name(name),
                task=measuring_task(study, name, threshold=True),
                algorithm=node.algorithm,
                deterministic=node.evaluate.deterministic,
                step_limit=node.evaluate.step_limit,
            )
            for name, node in study.generations.items()
        }
        return cls(
            matrix=Matrix(
                seed=study.seed,
                lineages=study.lineages,
                population=study.population,
                episodes=study.continual.episodes,
                generations=players,
            )
        )

    def tasks(self) -> tuple[Task, ...]:
        """The environments whose code the stage runs."""
        return tuple(node.task for node in self.matrix.generations.values()) if self.matrix else ()

    def without(self) -> frozenset[str]:
        """All that plays, where nobody does."""
        return frozenset() if self.matrix else frozenset({"heredity.pipeline.matrix"})
