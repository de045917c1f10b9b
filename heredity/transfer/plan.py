"""What a comparison knows of its study: the tree of generations, and of each what both arms were asked."""

from operator import not_
from typing import Annotated

from pydantic import Field

from heredity.reading import Count, Name, Positive
from heredity.seeds import Seeds
from heredity.study.curriculum import Curriculum
from heredity.study.sections import Environment, KnownReturns, Population, PrimaryOutcome, Section
from heredity.study.study import Study
from heredity.transfer.siblings import Sibling, random_sibling


class ComparedControl(Section):
    """One control of a generation.

    budget: environment steps per member. selected: whether only those are compared whom the gate chooses. alike:
    whether it learns by the generation's algorithm.
    """

    budget: Positive
    selected: bool
    alike: bool


class Compared(Section):
    """One generation.

    threshold: the return that counts as learned. budget: environment steps per member, an extension's not included.
    controls: by name, in the file's order. deterministic: how members were evaluated. confirm: how many survivors of a
    lineage are confirmed. window: the episodes behind each point of a curve. seed_name: what stands for the generation
    in the path of every seed. chosen: whether the parents were, and not drawn at random. random: the sibling whose
    parents were drawn at random, with whose members these are compared.
    gives_up: whether members stop where their curves get no better.
    """

    after: str
    env: Environment
    threshold: float
    budget: Positive
    controls: dict[Name, ComparedControl]
    deterministic: bool
    confirm: Positive
    window: Positive
    seed_name: Name
    chosen: bool
    random: Sibling | None
    known_returns: KnownReturns
    gives_up: Annotated[bool, Field(exclude_if=not_)] = False

    def shares_a_scale(self, other: "Compared") -> bool:
        """Say whether returns of both tasks are known to have the same lowest and highest values."""
        known = self.known_returns
        ends = None not in (known.lowest, known.highest) and known == other.known_returns
        return self.env == other.env or ends


class ComparisonPlan(Section, Curriculum):
    """A study as a comparison sees it.

    founders: whether it began from imported models. outcome: what is tested. compare: which branches, in pairs.
    """

    seed: Count
    lineages: Positive
    population: Population
    founders: bool
    outcome: PrimaryOutcome
    compare: tuple[tuple[Name, Name], ...] = ()
    generations: dict[Name, Compared]

    @property
    def controlled(self) -> tuple[str, ...]:
        """The generations that have a control."""
        return tuple(name for name, node in self.generations.items() if node.controls)

    def over(self, window: int) -> "ComparisonPlan":
        """Return the plan of curves over another window of training episodes."""
        generations = {name: node.model_copy(update={"window": window}) for name, node in self.generations.items()}
        return self.model_copy(update={"generations": generations})

    def seeds(self, generation: str) -> Seeds:
        """Return the draws of one generation."""
        return Seeds(self.seed, self.generations[generation].seed_name)


def comparison_plan(study: Study) -> ComparisonPlan:
    """Return what a comparison knows of a study whose thresholds are numbers. Raises StudyError where one is none."""
    generations = {
        name: Compared(
            after=node.after,
            env=node.env.model_copy(update={"at_once": None}),
            threshold=study.threshold(name),
            budget=node.budget,
            controls={
                control: ComparedControl(
                    budget=study.control_budget(name, control),
                    selected=arm.select,
                    alike=arm.algorithm == node.algorithm,
                )
                for control, arm in node.controls.items()
            },
            deterministic=node.evaluate.deterministic,
            confirm=node.evaluate.confirm,
            window=node.train.window,
            seed_name=study.seed_name(name),
            chosen=node.inherit.donors != "random",
            random=random_sibling(study, name),
            known_returns=node.known_returns,
            gives_up=node.train.patience_steps is not None,
        )
        for name, node in study.generations.items()
    }
    return ComparisonPlan(
        seed=study.seed,
        lineages=study.lineages,
        population=study.population,
        founders=bool(study.founders),
        outcome=study.outcome,
        compare=study.compare,
        generations=generations,
    )
