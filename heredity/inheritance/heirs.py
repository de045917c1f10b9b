"""What a child takes from its parents: one operator, applied part by part, on record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from heredity.agent import Agent, Tensors, fresh_agent, pack, read_algorithm, read_tensors
from heredity.algorithms import build, with_hyperparameters
from heredity.errors import AgentError
from heredity.inheritance.dealing import all_parents, first_parent
from heredity.inheritance.distil import distil
from heredity.inheritance.mixing import State, average, cross, permute
from heredity.inheritance.mutation import mutated
from heredity.inheritance.weights import flat, take_optimizer, take_statistics, take_weights
from heredity.params import Algorithm, InheritRule
from heredity.replay import unpack_replay
from heredity.seeds import seed_integer, seed_integers, seed_sequence
from heredity.task import Task
from heredity.upbringing import Upbringing, check_parent

TAUGHT = ("distil", "kickstart")
"""Operators whose heirs learn from a parent what they do not take of its weights."""


@dataclass(frozen=True)
class Donor:
    """A possible parent, and what some operators have to know of it.

    fitness: its mean return. parent_hashes: of the agents that its own weights came from. task: what it learned.
    replay: its replay buffer, as `pack_replay` packs it.
    """

    agent: Agent
    fitness: float | None = None
    parent_hashes: tuple[str, ...] = ()
    task: Task | None = None
    replay: bytes | None = None


@dataclass(frozen=True)
class Heir:
    """The initial model of one member, and where it comes from; a fresh one has no parents.

    outcomes: tensor names by what became of them. hyperparameters: those that this member learns with other than its
    generation's. upbringing: what goes on while it trains.
    """

    name: str
    agent: Agent
    seed: int
    operator: str
    parents: tuple[str, ...] = ()
    parent_hashes: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    inherited_fraction: float = 0.0
    outcomes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hyperparameters: Mapping[str, float | str] = field(default_factory=dict)
    upbringing: Upbringing = field(default_factory=Upbringing)


def inherit(
    donors: Mapping[str, Agent | Donor],
    task: Task,
    rule: InheritRule,
    *,
    population: int,
    seed: int,
    algorithm: Algorithm | None = None,
) -> list[Heir]:
    """Make one heir per member m00, m01, …; its bytes depend on its seed and its parents alone.

    donors: by name, best first. The last `rule.immigrants` members, and all of them where there are no donors, start
    from fresh random weights.
    algorithm: what the heirs learn with; the first donor's where it is left out.

    Raises AgentError when the rule contradicts itself, when parents cannot be mixed, or when an heir would take less
    than `rule.min_inherited` of its parameters from them.
    """
    known = {name: donor if isinstance(donor, Donor) else Donor(donor) for name, donor in donors.items()}
    algorithm = algorithm or _of_first(known)
    if complaint := rule.contradiction(algorithm.name):
        raise AgentError(complaint)
    seeds = seed_integers(seed, population)
    children = max(population - rule.immigrants, 0) if known else 0
    heirs = []
    for index in range(population):
        name = f"m{index:02d}"
        if index < children:
            try:
                parents = _parents(known, rule, index, seeds[index])
                heirs.append(_heir(name, parents, task, rule, algorithm, seeds[index]))
            except AgentError as error:
                raise AgentError(f"{name}: {error}") from None
        else:
            heirs.append(Heir(name, fresh_agent(algorithm, task, seeds[index]), seeds[index], "fresh"))
    return heirs


def _parents(donors: Mapping[str, Donor], rule: InheritRule, index: int, seed: int) -> dict[str, Donor]:
    """Return the parents of one member; donors without a fitness stand by their rank."""
    fitness = {
        name: len(donors) - rank if donor.fitness is None else donor.fitness
        for rank, (name, donor) in enumerate(donors.items())
    }
    first = first_parent(rule, fitness, index, seed)
    kin = {name: donor.parent_hashes for name, donor in donors.items()}
    return {name: donors[name] for name in all_parents(rule, first, list(donors), kin, seed)}


def _heir(
    name: str, parents: Mapping[str, Donor], task: Task, rule: InheritRule, algorithm: Algorithm, seed: int
) -> Heir:
    """Make one heir: a fresh model, what the switches take of its parents' weights, then what it learns of them."""
    agents = [parent.agent for parent in parents.values()]
    changed = mutated(rule, algorithm, _algorithm_of(agents[0]), seed)
    own, switches = with_hyperparameters(algorithm, changed), rule.switches()
    model = build(own, task, seed, seed)
    tensors = [read_tensors(agent) for agent in agents]
    taken = take_weights(model, _mixed(rule, tensors, seed), switches, rule.parent_share)
    if taken.fraction < rule.min_inherited and rule.operator not in TAUGHT:
        raise AgentError(
            f"expected at least {rule.min_inherited:.0%} of the parameters from {' and '.join(parents)}, got "
            f"{taken.fraction:.0%}, because the networks differ; use operator distil, or lower inherit.min_inherited"
        )
    if rule.optimizer == "keep":
        take_optimizer(model, tensors[0])
    take_statistics(model, agents[0].normalizer, switches, rule.parent_share)
    if rule.operator == "distil":
        distil(model, agents[0], next(iter(parents.values())).task or task, rule.distil, seed_integer(seed, "distil"))
    if rule.operator == "kickstart":
        check_parent(agents[0], model, task)
    upbringing = _upbringing(rule, next(iter(parents.values())))
    if upbringing.replay is not None:
        unpack_replay(upbringing.replay, model)
    agent = pack(model, own)
    if (envs := model.get_env()) is not None:
        envs.close()
    return Heir(
        name, agent, seed, rule.operator, tuple(parents), tuple(agent.digest for agent in agents),
        tuple(switches.items()), taken.fraction, taken.outcomes, changed, upbringing,
    )  # fmt: skip


def _upbringing(rule: InheritRule, parent: Donor) -> Upbringing:
    """Return what goes on of the inheritance while an heir of this parent trains."""
    replay = parent.replay if rule.replay_buffer == "keep" else None
    if rule.replay_buffer == "keep" and replay is None:
        raise AgentError("replay_buffer: expected a parent whose replay buffer was stored, got none; write reset")
    kickstarted = rule.operator == "kickstart"
    return Upbringing(
        parent.agent if kickstarted else None,
        rule.kickstart if kickstarted else 0.0,
        update_share=rule.update_share,
        explores_anew=rule.switches()["exploration"] != "keep",
        replay=replay,
        replay_hash=None if replay is None else sha256(replay).hexdigest(),
    )


def _mixed(rule: InheritRule, tensors: list[Tensors], seed: int) -> State:
    """Return one state out of the parents', as the operator mixes them."""
    states = [flat(parts) for parts in tensors]
    if any(_shapes(state) != _shapes(states[0]) for state in states):
        raise AgentError(f"{rule.operator}: expected parents with the same networks, got different ones; use copy")
    rng = np.random.default_rng(seed_sequence(seed, rule.operator))
    if rule.operator == "permute":
        return permute(states[0], rng)
    if rule.operator == "crossover":
        return cross(states[0], states[1], rng)
    return average(states) if rule.operator == "soup" else states[0]


def _shapes(state: State) -> dict[str, object]:
    return {name: value.shape for name, value in state.items()}


def _of_first(donors: Mapping[str, Donor]) -> Algorithm:
    if not donors:
        raise AgentError("expected donors or an algorithm, got neither; pass algorithm=…")
    return read_algorithm(next(iter(donors.values())).agent)


def _algorithm_of(agent: Agent) -> Algorithm | None:
    try:
        return read_algorithm(agent)
    except AgentError:
        return None
