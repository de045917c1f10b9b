"""One params.yaml as a frozen value: the tasks, the population, the rules."""

from operator import not_
from typing import Annotated, Literal

from pydantic import Field

from heredity.errors import StudyError
from heredity.reading import LARGEST_RETURN, NAME, NAME_LENGTH, ModuleName
from heredity.study.curriculum import Curriculum
from heredity.study.gate_rule import GateRule
from heredity.study.inherit_rule import InheritRule
from heredity.study.lineages import MOST_LINEAGES, address, lineage_names, member_name
from heredity.study.sections import (
    FEWEST_MEMBERS,
    MOST_MEMBERS,
    Algorithm,
    Continual,
    Control,
    ControlArm,
    Environment,
    Evaluate,
    KnownReturns,
    NamedControl,
    PrimaryOutcome,
    Section,
    Train,
)
from heredity.study.spelling import modules_of_classes

SCRATCH = "scratch"
"""What the control is called that `control` describes."""

Imports = Annotated[
    tuple[ModuleName, ...],
    Field(
        alias="import",  # left out where it is empty, so that whoever names none is handed nothing more
        exclude_if=not_,
        description="a list of modules that register environments, as Python imports them",
        examples=["[mypkg]"],
    ),
]


class Generation(Section):
    """One node of the curriculum, every section filled in from the study where it overrides nothing."""

    after: str = Field(description="founders or the name of another generation", examples=["founders"])
    imports: Imports = ()
    env: Environment = Field(
        description="a Gymnasium id, or a mapping of id, kwargs and wrappers", examples=["CartPole-v1"]
    )
    threshold: Annotated[float, Field(ge=-LARGEST_RETURN, le=LARGEST_RETURN)] | Literal["registered"] | None = Field(
        None, description="the return that counts as having learned the task, or registered", examples=[0.9]
    )
    budget: int = Field(
        gt=0, le=10**12, description="a positive number of environment steps per member", examples=[150000]
    )
    seed_name: str | None = Field(
        None,
        pattern=NAME,
        max_length=NAME_LENGTH,
        description="the name that a renamed generation had, whose seeds it keeps",
        examples=["small"],
    )
    algorithm: Algorithm
    train: Train
    evaluate: Evaluate
    gate: GateRule
    inherit: InheritRule
    controls: dict[str, ControlArm] = Field({})
    known_returns: KnownReturns = KnownReturns()

    def modules(self, algorithm: Algorithm | None = None) -> tuple[str, ...]:
        """Return what is imported wherever the generation's environment is made: for it, and for named classes.

        algorithm: what learns, where that is a control's.
        """
        learning = algorithm or self.algorithm
        named = modules_of_classes(learning.policy, learning.hyperparameters)
        return tuple(dict.fromkeys((*self.imports, *named)))

    @property
    def played(self) -> Environment:
        """The environment that members are measured on."""
        return self.evaluate.env or self.env


MANY_MEMBERS = 256
"""From so many members of a generation on, in all lineages, a zip for each is more files than DVC is quick with."""


class Study(Section, Curriculum):
    """One params.yaml, validated."""

    study: str = Field(
        pattern=NAME, max_length=NAME_LENGTH, description="a name of letters, digits, - and _", examples=["doorkey"]
    )
    seed: int = Field(ge=0, le=2**63 - 1, description="a whole number from 0", examples=[0])
    lineages: int = Field(
        1,
        ge=1,
        le=MOST_LINEAGES,
        description="a positive number of independent lineages",
        examples=[8],
    )
    population: int = Field(
        ge=FEWEST_MEMBERS, le=MOST_MEMBERS, description="a positive number of members per lineage", examples=[8]
    )
    founders: tuple[str, ...] = Field((), description="a list of Stable-Baselines3 .zip files", examples=["[]"])
    imports: Imports = ()
    algorithm: Algorithm
    train: Train = Train()
    evaluate: Evaluate = Evaluate()
    gate: GateRule = GateRule()
    inherit: InheritRule = InheritRule()
    generations: dict[str, Generation] = Field(
        min_length=1,
        max_length=200,
        description="a mapping with at least one generation",
        examples=["{first: {after: founders, …}}"],
    )
    control: Control | None = Field(
        None, description="a mapping of generations and budget", examples=["{generations: []}"]
    )
    controls: dict[str, NamedControl] | None = Field(
        None, description="a mapping of controls by name, empty for none", examples=["{}"]
    )
    outcome: PrimaryOutcome = Field(
        "steps", description="steps, steps_strong, area, jumpstart or asymptote", examples=["steps"]
    )
    compare: tuple[tuple[str, str], ...] = Field(
        (), description="a list of pairs of generations on one task", examples=["[[medium, random]]"]
    )
    continual: Continual | None = Field(
        None, description="a mapping of episodes, left out for none", examples=["{episodes: 50}"]
    )

    @property
    def controlled(self) -> tuple[str, ...]:
        """The generations that have a control."""
        return tuple(name for name, node in self.generations.items() if node.controls)

    @property
    def control_names(self) -> tuple[str, ...]:
        """Every control that some generation has, in the file's order."""
        named = dict.fromkeys(name for node in self.generations.values() for name in node.controls)
        return tuple(sorted(named, key=[SCRATCH, *(self.controls or {})].index))

    def control_budget(self, generation: str, control: str) -> int:
        """Return the environment steps that one member of a control may take.

        matched: those of the generation's members. ancestors: those of their ancestors as well. population: what all
        members of all these generations may take together. An extension counts wherever a gate may ask for one.
        """
        kind = self.generations[generation].controls[control].budget
        ancestors = () if kind == "matched" else self.ancestors(generation)
        nodes = [self.generations[name] for name in (*ancestors, generation)]
        steps = sum(node.budget + node.gate.extension_steps for node in nodes)
        return steps * self.population if kind == "population" else steps

    def keeps_replay(self, generation: str) -> bool:
        """Whether a generation that comes after this one begins with its members' replay buffers."""
        return any(self.generations[name].inherit.replay_buffer == "keep" for name in self.children(generation))

    def keeps_arrays(self, generation: str) -> bool:
        """Whether the members of a generation are kept as arrays, and not as a zip each: by default when they are many.

        By the study alone, so that the same files come out of every machine.
        """
        store = self.generations[generation].train.store
        return store == "arrays" or (store == "auto" and self.population * self.lineages >= MANY_MEMBERS)

    def seed_name(self, generation: str) -> str:
        """Return the name that stands for a generation in the path of every seed."""
        return self.generations[generation].seed_name or generation

    def threshold(self, generation: str) -> float:
        """Return the return that counts as having learned a generation's task.

        Raises StudyError where the study states none and nobody has looked it up (`resolved`).
        """
        threshold = self.generations[generation].threshold
        if not isinstance(threshold, float):
            raise StudyError(f"generations.{generation}.threshold: expected a number, got {threshold or 'nothing'}")
        return threshold

    def members(self) -> tuple[str, ...]:
        """Return the addresses of the members of a generation in all lineages: m00, m01, … or l00/m00, l00/m01, …"""
        names = [member_name(index) for index in range(self.population)]
        return tuple(address(lineage, name) for lineage in lineage_names(self.lineages) for name in names)

    def __repr__(self) -> str:
        """Name a study and say how large it is; `model_dump` has all of it."""
        lineages = f" in {self.lineages} lineages" if self.lineages > 1 else ""
        return f"Study({self.study!r}, {len(self.generations)} generations of {self.population}{lineages})"

    __str__ = __repr__
