"""Members from random weights: heirs without parents."""

from dataclasses import dataclass, field

from heredity.agents.agent import Agent, fresh_agent
from heredity.agents.task import Task
from heredity.inheritance.pedigree import Birth
from heredity.inheritance.warm_start import WarmStart
from heredity.seeds import seed_integers
from heredity.study.lineages import address, member_name
from heredity.study.sections import Algorithm


@dataclass(frozen=True)
class Heir:
    """The initial model of one member, where it comes from, and what goes on of that while it trains."""

    agent: Agent
    birth: Birth
    warm_start: WarmStart = field(default_factory=WarmStart)

    @property
    def name(self) -> str:
        """The member's name."""
        return self.birth.child

    def __repr__(self) -> str:
        """Say who it is and of whom; `birth` has the rest."""
        origin = f"{self.birth.operator} of {' and '.join(self.birth.parents)}" if self.birth.parents else "fresh"
        return f"Heir({self.name!r}, {origin}, {self.agent})"


def fresh_heir(name: str, task: Task, algorithm: Algorithm, seed: int) -> Heir:
    """Return one member with random initial weights."""
    agent = fresh_agent(algorithm, task, seed)
    return Heir(agent, Birth(name, (), "fresh", {}, (), agent.digest, seed, 0.0))


def fresh_heirs(task: Task, algorithm: Algorithm, population: int, seed: int, lineage: str = "") -> list[Heir]:
    """Return a population with random initial weights: the one that `inherit` makes where there are no donors."""
    seeds = enumerate(seed_integers(seed, population))
    return [fresh_heir(address(lineage, member_name(index)), task, algorithm, each) for index, each in seeds]
