"""What a child takes from its parents: one operator, applied part by part, on record."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import islice

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm

from heredity.agents.agent import Agent, pack, read_algorithm, read_tensors, weights
from heredity.agents.algorithms import build, with_hyperparameters
from heredity.agents.holders import HasAgent, agent_of
from heredity.agents.replay_buffer import unpack_replay
from heredity.agents.spaces import SpacesOnly
from heredity.agents.task import Task
from heredity.agents.weight_limit import weights_limited
from heredity.errors import AgentError
from heredity.inheritance.copies import Copied, alike, copies_alone, copies_of
from heredity.inheritance.distillation import distil
from heredity.inheritance.fit import check_fit
from heredity.inheritance.fresh import Heir, fresh_heirs_on
from heredity.inheritance.mutation import mutated
from heredity.inheritance.operators import mixed
from heredity.inheritance.parents import all_parents, first_parent, full_fitness
from heredity.inheritance.parts import keeps_actor
from heredity.inheritance.pedigree import Birth
from heredity.inheritance.transplant import (
    Taken,
    flat,
    take_optimizer,
    take_statistics,
    take_weights,
    with_targets_met,
)
from heredity.inheritance.warm_start import WarmStart, check_parent
from heredity.seeds import seed_integer, seed_integers, seed_sequence
from heredity.study.inherit_rule import InheritRule
from heredity.study.lineages import address, member_name
from heredity.study.sections import Algorithm


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
    replay: bytes | None = field(default=None, repr=False)


Teach = Callable[[BaseAlgorithm, Donor, Task, InheritRule, int], None]


def _distil(child: BaseAlgorithm, parent: Donor, task: Task, rule: InheritRule, seed: int) -> None:
    distil(child, parent.agent, parent.task or task, rule.distil, seed_integer(seed, "distil"))


def _refuse_unfit_teacher(child: BaseAlgorithm, parent: Donor, task: Task, *_: object) -> None:
    check_parent(parent.agent, child, task)


TEACHING: Mapping[str, Teach] = {"distil": _distil, "kickstart": _refuse_unfit_teacher}
"""Operators whose heirs learn from a parent what they do not take of its weights: at birth, or (kickstart) later."""


def inherit(
    donors: Mapping[str, Agent | HasAgent],
    task: Task,
    rule: InheritRule,
    *,
    population: int,
    seed: int,
    algorithm: Algorithm | None = None,
    lineage: str = "",
) -> list[Heir]:
    """Make one heir per member m00, m01, … of a lineage; its bytes depend on its seed and its parents alone.

    donors: by name, best first, the first `rule.at_most` of which have heirs: agents, donors, or members as `train` and
    `inherit` return them. The last `rule.immigrants` members, and all of them where there are no donors, start from
    fresh random weights. algorithm: what the heirs learn with; the first donor's where it is left out.

    Raises AgentError when the rule contradicts itself, when parents cannot be mixed, or when an heir would take less
    than `rule.min_inherited` of its parameters from them.
    """
    parents = {name: _as_donor(donor) for name, donor in islice(donors.items(), rule.at_most)}
    if algorithm is None:
        first = _first(parents)
        with weights_limited(weights(first)):
            of_first = read_algorithm(first)
            return inherit(parents, task, rule, population=population, seed=seed, algorithm=of_first, lineage=lineage)
    if complaint := rule.contradiction(algorithm.name):
        raise AgentError(complaint)
    if rule.compete:
        raise AgentError("compete: expected false, because nobody plays here, got true; compare by evaluate")
    seeds = seed_integers(seed, population)
    children = max(population - rule.immigrants, 0) if parents else 0
    names = [address(lineage, member_name(index)) for index in range(population)]
    fitness = full_fitness({name: donor.fitness for name, donor in parents.items()})
    hashes = {name: donor.parent_hashes for name, donor in parents.items()}
    chosen = {}
    for index, name in enumerate(names[:children]):
        with _named(name):
            first_of_all = first_parent(rule, fitness, index, seeds[index])
            own = all_parents(rule, first_of_all, list(parents), hashes, seeds[index])
            chosen[name] = {parent: parents[parent] for parent in own}
    seed_of = dict(zip(names, seeds, strict=True))
    fresh = {name: seed_of[name] for name in names[children:]}
    return _heirs(chosen, seed_of, task, rule, algorithm) + fresh_heirs_on(task, algorithm, fresh)


def _heirs(
    chosen: Mapping[str, Mapping[str, Donor]],
    seeds: Mapping[str, int],
    task: Task,
    rule: InheritRule,
    algorithm: Algorithm,
) -> list[Heir]:
    """Return the heirs of the chosen parents; of those that are copies alone and alike, one is built."""
    first = {name: next(iter(parents.items())) for name, parents in chosen.items()}
    children = [Copied(name, seeds[name], parent, donor.agent) for name, (parent, donor) in first.items()]

    def built(child: Copied) -> Heir:
        with _named(child.name):
            return _heir(child.name, chosen[child.name], task, rule, algorithm, child.seed)

    together = alike(children) if len(children) > 1 and copies_alone(rule, algorithm, task) else None
    if together is None:
        return [built(child) for child in children]
    eldest, others = built(children[0]), together[1:]
    whole = eldest.birth.outcomes.keys() == {"copied"}  # where networks differ in size, each has numbers of its own
    return [eldest, *(copies_of(eldest, others) if whole else map(built, children[1:]))]


@contextmanager
def _named(name: str) -> Iterator[None]:
    try:
        yield
    except AgentError as error:
        raise AgentError(f"{name}: {error}") from None


def _as_donor(value: Agent | HasAgent) -> Donor:
    """Return a possible parent; of a trained member, with the replay buffer that its shard kept."""
    if isinstance(value, Donor):
        return replace(value, agent=agent_of(value.agent))
    return Donor(agent_of(value), replay=getattr(value, "replay", None))


def _heir(
    name: str, parents: Mapping[str, Donor], task: Task, rule: InheritRule, algorithm: Algorithm, seed: int
) -> Heir:
    """Make one heir: a fresh model, what the switches take of its parents' weights, then what it learns of them."""
    first, agents = next(iter(parents.values())), [parent.agent for parent in parents.values()]
    # Every draw below has a role of its own under the heir's seed: another operator changes none of the others' draws.
    hyperparameters = mutated(rule, algorithm, _algorithm_of(first.agent), seed)
    learned_with = with_hyperparameters(algorithm, hyperparameters)
    model = build(learned_with, task, seed, seed, SpacesOnly(task, algorithm.n_envs))
    for parent in agents:
        check_fit(model, learned_with, parent, rule.switches())
    taken = _transplanted(model, agents, rule, seed)
    if taken.fraction < rule.min_inherited and rule.operator not in TEACHING:
        raise AgentError(
            f"expected at least {rule.min_inherited:.0%} of the parameters from {' and '.join(parents)}, got "
            f"{taken.fraction:.0%}, because the networks differ; use operator distil, or lower inherit.min_inherited"
        )
    if rule.operator in TEACHING:
        TEACHING[rule.operator](model, first, task, rule, seed)
    warm_start = _warm_start(rule, first, isinstance(model, OffPolicyAlgorithm) and _plays_first(rule, taken))
    if warm_start.replay is not None:
        unpack_replay(warm_start.replay, model)
    agent = pack(model, learned_with)
    birth = Birth(
        child=name,
        parents=tuple(parents),
        operator=rule.operator,
        parts=rule.switches(),
        parent_hashes=tuple(parent.digest for parent in agents),
        child_hash=agent.digest,
        seed=seed,
        inherited_fraction=taken.fraction,
        outcomes=taken.outcomes,
        hyperparameters=hyperparameters,
        warm_start=warm_start.record,
    )
    return Heir(agent, birth, warm_start)


def _transplanted(model: BaseAlgorithm, agents: Sequence[Agent], rule: InheritRule, seed: int) -> Taken:
    """Lay into a fresh model what the rule's switches take of its parents: weights, optimizer, statistics."""
    tensors, switches = [read_tensors(agent) for agent in agents], rule.switches()
    rng = np.random.default_rng(seed_sequence(seed, rule.operator))
    state = with_targets_met(mixed(rule.operator, [flat(parts) for parts in tensors], rng))
    taken = take_weights(model, state, switches, rule.parent_share)
    if rule.optimizer == "keep":
        if others := sorted(taken.outcomes.keys() - {"copied", "reset"}):
            raise AgentError(f"optimizer: expected reset, because tensors are {others[0]}, got keep; write it")
        take_optimizer(model, tensors[0])
    take_statistics(model, agents[0].normalizer, switches, rule.parent_share)
    return taken


def _plays_first(rule: InheritRule, taken: Taken) -> bool:
    """Whether an off-policy heir fills its buffer by its policy: it has a parent's, and need not explore anew."""
    switches = rule.switches()
    shuffled = rule.operator == "permute"  # which leaves nothing of what the parent does
    fresh = "blend" in (switches["actor"], switches.get("heads")) and not rule.parent_share
    return keeps_actor(taken.outcomes) and switches["exploration"] != "reset" and not (shuffled or fresh)


def _warm_start(rule: InheritRule, parent: Donor, plays_first: bool) -> WarmStart:
    """Return what goes on of the inheritance while an heir of this parent trains."""
    replay = parent.replay if rule.replay_buffer == "keep" else None
    if rule.replay_buffer == "keep" and replay is None:
        raise AgentError("replay_buffer: expected a parent whose replay buffer was stored, got none; write reset")
    kickstarted = rule.operator == "kickstart"
    return WarmStart(
        kickstart=rule.kickstart if kickstarted else 0.0,
        update_share=rule.update_share,
        explores_anew=rule.switches()["exploration"] != "keep",
        replay_hash=None if replay is None else sha256(replay).hexdigest(),
        plays_first=plays_first,
        parent=parent.agent if kickstarted else None,
        replay=replay,
    )


def _first(donors: Mapping[str, Donor]) -> Agent:
    if not donors:
        raise AgentError("expected donors or an algorithm, got neither; pass algorithm=…")
    return next(iter(donors.values())).agent


def _algorithm_of(agent: Agent) -> Algorithm | None:
    try:
        return read_algorithm(agent)
    except AgentError:
        return None
