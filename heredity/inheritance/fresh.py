"""Members from random weights: heirs without parents."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from heredity.agents.agent import Agent
from heredity.agents.fresh_stack import fresh_agents
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


def fresh_heirs_on(task: Task, algorithm: Algorithm, seeds: Mapping[str, int]) -> list[Heir]:
    """Return members with random initial weights on seeds of their own."""
    agents = fresh_agents(algorithm, task, seeds)
    return [
        Heir(agent, Birth(name, (), "fresh", {}, (), agent.digest, seeds[name], 0.0)) for name, agent in agents.items()
    ]


def fresh_heirs(task: Task, algorithm: Algorithm, population: int, seed: int, lineage: str = "") -> list[Heir]:
    """Return a population with random initial weights: the one that `inherit` makes where there are no donors."""
    seeds = enumerate(seed_integers(seed, population))
    return fresh_heirs_on(task, algorithm, {address(lineage, member_name(index)): each for index, each in seeds})
