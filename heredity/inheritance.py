"""What a child takes from its parents: one operator, applied part by part, on record."""

from collections.abc import Mapping
from dataclasses import dataclass

from heredity.agent import Agent, fresh_agent, load_tensors, pack, read_algorithm, read_tensors
from heredity.algorithms import build
from heredity.errors import AgentError
from heredity.normalizer import unpack_normalizer
from heredity.params import Algorithm, InheritRule
from heredity.seeds import seed_integers
from heredity.task import Task


@dataclass(frozen=True)
class Heir:
    """The initial model of one member, and where it comes from; a fresh one has no parents."""

    name: str
    agent: Agent
    seed: int
    operator: str
    parents: tuple[str, ...] = ()
    parent_hashes: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    inherited_fraction: float = 0.0


def inherit(
    donors: Mapping[str, Agent],
    task: Task,
    rule: InheritRule,
    *,
    population: int,
    seed: int,
    algorithm: Algorithm | None = None,
) -> list[Heir]:
    """Make one heir per member m00, m01, …

    donors: agents by name, best first; dealt out in turn, so that the best one gets the most children. The last
    `rule.immigrants` members, and all of them where there are no donors, start from fresh random weights.
    algorithm: what the heirs learn with; the first donor's where it is left out.

    Raises AgentError when a donor's tensors do not fit the task.
    """
    algorithm = algorithm or _of_first(donors)
    names = list(donors)
    seeds = seed_integers(seed, population)
    children = max(population - rule.immigrants, 0) if names else 0
    heirs = []
    for index in range(population):
        name = f"m{index:02d}"
        if index < children:
            parent = names[index % len(names)]
            heirs.append(_copied(name, parent, donors[parent], task, rule, algorithm, seeds[index]))
        else:
            heirs.append(Heir(name, fresh_agent(algorithm, task, seeds[index]), seeds[index], "fresh"))
    return heirs


def _of_first(donors: Mapping[str, Agent]) -> Algorithm:
    if not donors:
        raise AgentError("expected donors or an algorithm, got neither; pass algorithm=…")
    return read_algorithm(next(iter(donors.values())))


def _copied(
    name: str, parent: str, donor: Agent, task: Task, rule: InheritRule, algorithm: Algorithm, seed: int
) -> Heir:
    """Copy the parent's networks and statistics; its optimizer only where the rule keeps it."""
    model = build(algorithm, task, seed, seed)
    keep = rule.optimizer == "keep"
    tensors = {part: state for part, state in read_tensors(donor).items() if keep or not part.endswith("optimizer")}
    try:
        load_tensors(model, tensors)
        envs = model.get_vec_normalize_env()
        if envs and donor.normalizer:
            unpack_normalizer(donor.normalizer, envs)
    except AgentError as error:
        raise AgentError(f"{name} cannot copy {parent}: {error}") from None
    parts = (("actor", "keep"), ("critic", "keep"), ("optimizer", rule.optimizer), ("normalizer", "keep"))
    agent = pack(model, algorithm)
    return Heir(name, agent, seed, rule.operator, (parent,), (donor.digest,), parts, inherited_fraction=1.0)
