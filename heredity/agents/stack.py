"""Agents of one architecture as arrays, members on the first axis; each is its own zip again whenever that is asked.

Nothing is lost: a zip is kept as one template of its bytes, and of every member only what differs. So a thousand
members are some forty arrays, and `Stack.agent` gives back the very bytes that `pack` wrote.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import groupby
from typing import Any
from zlib import crc32

import numpy as np

from heredity.agents.agent import KEPT_AGENTS, Agent, read_tensors
from heredity.agents.archives import Array
from heredity.agents.forms import NORMALIZER, UNLIKE, Form, data_texts, with_keys
from heredity.agents.moments import RATES, Moments, moment_arrays, pickled_rates, stacked_moments, with_moments
from heredity.errors import AgentError


@dataclass(frozen=True, eq=False)
class Stack:
    """Agents of one form.

    names: of the members. template: the bytes of one, from which all others differ in arrays and texts alone.
    arrays: what differs in numbers, [M, …]: "policy/action_net.bias", "policy.optimizer/state.0.exp_avg",
    "normalizer/observation.mean". texts: what differs in `data` ("data/seed") and in heredity.json, of every member.
    checks: of a stack that was read, every member's `checksum` uint32[M] as it was written.
    """

    names: tuple[str, ...]
    template: Agent
    arrays: Mapping[str, Array]
    texts: Mapping[str, tuple[str, ...]]
    checks: Array | None = None

    @classmethod
    def of(cls, agents: Mapping[str, Agent]) -> "Stack":
        """Return agents that `pack` packed as arrays.

        Raises AgentError where they are not of one architecture, algorithm and kind of optimizer.
        """
        if not agents:
            raise AgentError("expected at least one agent, got none")
        groups = groupby(agents.items(), lambda pair: getattr(pair[1], "stack", None))
        return _joined([_selected(stack, group) if stack else _taken(dict(group)) for stack, group in groups])

    @classmethod
    def like(
        cls,
        template: Agent,
        names: Iterable[str],
        weights: Mapping[str, Array],
        adam: Moments | None,
        data: Sequence[Mapping[str, Any]],
        normalizers: Mapping[str, Array] | None = None,
    ) -> "Stack":
        """Return what models packed from weights float32[M, …] by the names of a state dict would be.

        template: an agent of the same algorithm on the same task. adam: of optimizers that have taken a step, None for
        those that have taken none. data: of every member the keys of Stable-Baselines3's `data` that are other than
        the template's, the same keys for all; with `heredity.json` among them it stands there. A number as
        `learning_rate` is the optimizer's as well. normalizers: statistics float64[M, …] by their names in an .npz.
        Raises AgentError where names or shapes are not the template's.
        """
        names = tuple(names)
        if not names or len(data) != len(names):
            raise AgentError(f"expected data of {len(names)} members, at least one, got {len(data)}")
        template = with_keys(with_moments(template, kept=adam is not None), data[0])
        form = Form.of(template)
        if weights.keys() != form.policy.keys():
            raise AgentError(f"expected the weights {', '.join(form.policy)}, got {', '.join(weights)}")
        arrays = {place: np.asarray(weights[name]) for name in weights if (place := f"policy/{name}") in form.slots}
        arrays |= {} if adam is None else moment_arrays(list(form.policy), adam)
        arrays |= {f"{NORMALIZER}/{name}": np.asarray(each) for name, each in (normalizers or {}).items()}
        rates = pickled_rates(template, form, data)
        arrays |= {} if rates is None else {RATES: rates}
        form.check(arrays, len(names))
        kinds = {name: form.slots[name].kind for name in arrays}
        arrays = {name: np.ascontiguousarray(array, kinds[name]) for name, array in arrays.items()}
        return cls(names, template, arrays, _differing([data_texts(each) for each in data], form.texts))

    @cached_property
    def form(self) -> Form:
        """What the members have in common."""
        return Form.of(self.template)

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """Where each member stands in the arrays."""
        return {name: row for row, name in enumerate(self.names)}

    def agent(self, name: str) -> "StackedAgent":
        """Return a member, which is packed when its bytes are asked for. Raises KeyError for nobody's name."""
        return StackedAgent(self, self.rows[name])

    def packed(self, row: int) -> Agent:
        """Return a member as bytes; the last few stay in memory. Raises AgentError as `check` does."""
        if agent := self._last.get(row):
            return agent
        self.check(row)
        texts = {name: each[row] for name, each in self.texts.items()}
        agent = Agent(*self.form.packed({name: array[row] for name, array in self.arrays.items()}, texts))
        self._last[row] = agent
        if len(self._last) > KEPT_AGENTS:
            self._last.pop(next(iter(self._last)), None)
        return agent

    @cached_property
    def _last(self) -> dict[int, Agent]:
        return {}

    def array(self, name: str) -> Array:
        """Return what differs in some numbers [M, …], or does not and is the template's for every member."""
        if name in self.arrays:
            return self.arrays[name]
        own = self.form.taken(self.template)[0][name]
        return np.broadcast_to(own, (len(self.names), *own.shape))

    def canonical(self) -> "Stack":
        """Return the same members in the way that is told by them alone, whoever put them together.

        The template has zeros for numbers, and all else of the first member.
        """
        form = self.form
        arrays = {name: self.array(name) for name in form.slots}
        kept = {name: each for name, each in arrays.items() if name not in form.optional or (each != each[:1]).any()}
        blank = {name: each[0] if name in form.optional else np.zeros_like(each[0]) for name, each in arrays.items()}
        own = {**form.texts} | {name: each[0] for name, each in self.texts.items()}
        texts = {name: each for name, each in self.texts.items() if {*each} != {own[name]}}
        return Stack(self.names, Agent(*form.packed(blank, own)), kept, texts)

    def check(self, row: int) -> None:
        """Raise AgentError where a member was read otherwise than it was written."""
        if self.checks is not None and self.checksum(row) != self.checks[row]:
            raise AgentError(f"{self.names[row]}: expected what was written of it, got other bytes; type: dvc checkout")

    def checksum(self, row: int) -> int:
        """Return the CRC-32 over all that a member's bytes depend on."""
        texts = json.dumps([self.names[row], {name: each[row] for name, each in sorted(self.texts.items())}])
        numbers = (self.arrays[name][row].tobytes() for name in sorted(self.arrays))
        return reduce(lambda check, part: crc32(part, check), numbers, crc32(texts.encode(), self._common))

    @cached_property
    def _common(self) -> int:
        return crc32(self.template.model + (self.template.normalizer or b""))

    @cached_property
    def weights(self) -> Mapping[str, Array]:
        """The tensors of the policies, [M, …], by Stable-Baselines3's names."""
        policy = self.form.policy
        first = {placement.storage: name for name, placement in reversed(list(policy.items()))}
        return {
            name: self.form.rows(self.arrays[f"policy/{first[placement.storage]}"], placement)
            for name, placement in policy.items()
        }

    @property
    def adam(self) -> Moments | None:
        """Adam's state by the names of the weights, None where no member has taken a step."""
        return stacked_moments(list(self.form.policy), self.arrays)


class StackedAgent(Agent):
    """A member of a stack, as an agent that is packed when its bytes are asked for."""

    stack: Stack
    row: int

    def __init__(self, stack: Stack, row: int) -> None:
        for name, value in (("stack", stack), ("row", row)):
            object.__setattr__(self, name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel alone, as bytes."""
        return Agent, (self.model, self.normalizer)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the zip and the statistics, hexadecimal, without keeping their bytes."""
        return self.stack.packed(self.row).digest

    @property
    def model(self) -> bytes:
        """The zip."""
        return self.stack.packed(self.row).model

    @property
    def normalizer(self) -> bytes | None:
        """The statistics."""
        return None if self.stack.template.normalizer is None else self.stack.packed(self.row).normalizer


def policy_weights(agent: Agent) -> Mapping[str, Array]:
    """Return the weights of a policy, float32 by Stable-Baselines3's names; of a stack's member without packing it."""
    if isinstance(agent, StackedAgent):
        agent.stack.check(agent.row)
        rows = agent.stack.weights.items()
        if all(array.dtype == np.float32 for _, array in rows):
            return {name: array[agent.row] for name, array in rows}
    return {name: value.float().numpy() for name, value in read_tensors(agent)["policy"].items()}


def _taken(agents: Mapping[str, Agent]) -> Stack:
    """Return agents of bytes as arrays."""
    template = next(iter(agents.values()))
    form = Form.of(template)
    taken = []
    for name, agent in agents.items():
        try:
            taken.append(form.taken(agent))
        except AgentError as error:
            raise AgentError(f"{name}: {error}") from None
    arrays = {name: np.stack([each[name] for each, _ in taken]) for name in form.slots}
    return Stack(tuple(agents), template, arrays, _differing([texts for _, texts in taken], form.texts))


def _selected(stack: Stack, members: Iterable[tuple[str, Agent]]) -> Stack:
    """Return some members of a stack, under their names there."""
    pairs = [(name, agent.row) for name, agent in members if isinstance(agent, StackedAgent)]
    names, rows = tuple(name for name, _ in pairs), [row for _, row in pairs]
    for row in rows:
        stack.check(row)
    if rows == [*range(len(stack.names))]:
        return Stack(names, stack.template, stack.arrays, stack.texts)
    arrays = {name: array[rows] for name, array in stack.arrays.items()}
    return Stack(
        names, stack.template, arrays, {key: tuple(each[row] for row in rows) for key, each in stack.texts.items()}
    )


def _joined(stacks: Sequence[Stack]) -> Stack:
    """Return the members of several stacks as one."""
    first, *others = stacks
    if not others:
        return first
    if any(stack.form.digest != first.form.digest for stack in others):
        raise AgentError(UNLIKE)
    names = tuple(name for stack in stacks for name in stack.names)
    some = dict.fromkeys(name for stack in stacks for name in stack.arrays)
    arrays = {name: np.concatenate([stack.array(name) for stack in stacks]) for name in some}
    texts = [
        {key: stack.texts[key][row] if key in stack.texts else text for key, text in stack.form.texts.items()}
        for stack in stacks
        for row in range(len(stack.names))
    ]
    return Stack(names, first.template, arrays, _differing(texts, first.form.texts))


def _differing(texts: Sequence[Mapping[str, str]], common: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the texts of every member in which any differs from the template."""
    if any(each.keys() - common.keys() or each.keys() != texts[0].keys() for each in texts):
        raise AgentError("expected the same keys of every member, got others")
    return {
        key: tuple(each[key] for each in texts) for key in texts[0] if any(each[key] != common[key] for each in texts)
    }
