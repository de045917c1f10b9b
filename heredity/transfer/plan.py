"""What a comparison knows of its study: the tree of generations, and of each what both arms were asked."""

from heredity.reading import Count, Name, Positive
from heredity.seeds import Seeds
from heredity.study.curriculum import Curriculum
from heredity.study.sections import Environment, Population, Section
from heredity.study.study import Study


class Compared(Section):
    """One generation.

    threshold: the return that counts as learned. budget: environment steps per member, an extension's not included.
    control_budget: those of a control's member, None where there is no control. deterministic: how members were
    evaluated. window: the episodes behind each point of a curve. seed_name: what stands for the generation in the path
    of every seed.
    """

    after: str
    env: Environment
    threshold: float
    budget: Positive
    control_budget: Positive | None
    deterministic: bool
    window: Positive
    seed_name: Name


class ComparisonPlan(Section, Curriculum):
    """A study as a comparison sees it; founders: whether it began from imported models."""

    seed: Count
    lineages: Positive
    population: Population
    founders: bool
    generations: dict[Name, Compared]

    @property
    def controlled(self) -> tuple[str, ...]:
        """The generations that have a control."""
        return tuple(name for name, node in self.generations.items() if node.control_budget is not None)

    def seeds(self, generation: str) -> Seeds:
        """Return the draws of one generation."""
        return Seeds(self.seed, self.generations[generation].seed_name)


def comparison_plan(study: Study) -> ComparisonPlan:
    """Return what a comparison knows of a study whose thresholds are numbers. Raises StudyError where one is none."""
    generations = {
        name: Compared(
            after=node.after,
            env=node.env,
            threshold=study.threshold(name),
            budget=node.budget,
            control_budget=study.control_budget(name) if name in study.controlled else None,
            deterministic=node.evaluate.deterministic,
            window=node.train.window,
            seed_name=study.seed_name(name),
        )
        for name, node in study.generations.items()
    }
    return ComparisonPlan(
        seed=study.seed,
        lineages=study.lineages,
        population=study.population,
        founders=bool(study.founders),
        generations=generations,
    )
