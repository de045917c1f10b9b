"""Heirs that are their parents' policies and nothing else, by the hundred: one is built, and the others are like it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, cast

from heredity.agents.agent import Agent
from heredity.agents.forms import NORMALIZER
from heredity.agents.stack import Stack, StackedAgent
from heredity.agents.task import Task
from heredity.agents.twins.support import why_not
from heredity.errors import AgentError
from heredity.inheritance.fresh import Heir
from heredity.study.inherit_rule import PARTS, InheritRule
from heredity.study.sections import Algorithm

OWN = (
    "data/seed",
    "data/num_timesteps",
    "data/_n_updates",
    "data/_current_progress_remaining",
    "data/_total_timesteps",
)
"""What members of a stack may differ in besides numbers, and still hand on policies of one kind."""


class Copied(NamedTuple):
    """A child to be: its own name and seed, and its only parent."""

    name: str
    seed: int
    parent_name: str
    parent: Agent


def copies_alone(rule: InheritRule, algorithm: Algorithm, task: Task) -> bool:
    """Whether an heir takes all of its one parent's policy, nothing of its optimizer, and learns as its generation."""
    parts = {part: switch for part, switch in rule.switches().items() if part in PARTS}
    more = rule.hyperparameters or rule.perturb or "keep" in (rule.optimizer, rule.replay_buffer)
    whole = rule.operator == "copy" and set(parts.values()) == {"keep"} and not more
    return whole and why_not(algorithm, task) is None


def alike(children: Sequence[Copied]) -> list[Copied] | None:
    """Return children with their parents in one stack; None where these differ in more than what they learned."""
    try:
        stack = Stack.of({child.parent_name: child.parent for child in children})
    except AgentError:
        return None
    if not set(stack.texts) <= set(OWN):
        return None
    return [child._replace(parent=stack.agent(child.parent_name)) for child in children]


def copies_of(first: Heir, children: Sequence[Copied]) -> list[Heir]:
    """Return the heirs that children are, whose parents are in one stack, after the first as `inherit` makes it."""
    if not children:
        return []
    parents = [cast(StackedAgent, child.parent) for child in children]
    stack, rows = parents[0].stack, [parent.row for parent in parents]
    weights = {name: leaf[rows] for name, leaf in stack.weights.items()}
    data: list[Mapping[str, Any]] = [{"seed": child.seed} for child in children]
    statistics = {name: leaf[rows] for name, leaf in stack.arrays.items() if name.startswith(f"{NORMALIZER}/")}
    normalizers = {name.removeprefix(f"{NORMALIZER}/"): leaf for name, leaf in statistics.items()}
    takes = normalizers if first.agent.normalizer is not None else None
    heirs = Stack.like(first.agent, [child.name for child in children], weights, None, data, takes)
    return [_copy(first, child, heirs.agent(child.name)) for child in children]


def _copy(first: Heir, child: Copied, agent: Agent) -> Heir:
    birth = replace(
        first.birth,
        child=child.name,
        parents=(child.parent_name,),
        parent_hashes=(child.parent.digest,),
        child_hash=agent.digest,
        seed=child.seed,
    )
    return Heir(agent, birth, first.warm_start)
