"""How the zips of one architecture are taken apart into arrays and texts, and put together again to the byte."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any

import numpy as np

from heredity.agents.agent import DATA, OUR_MEMBER, PART, Agent
from heredity.agents.archives import Array, pack_zip, unpack_zip
from heredity.agents.moulds import Mould
from heredity.agents.normalizer import read_normalizer
from heredity.agents.storages import KINDS, Placement, placements
from heredity.agents.tensors import NUMBERS, PICKLE, optimizes
from heredity.errors import AgentError

NORMALIZER = "normalizer"

FIRST_KEY, NEXT_KEY, LAST = '{\n "', ',\n "', "\n}"
"""Around the keys of `data`: values are indented further, and no text in JSON has a line break."""

UNLIKE = "expected agents of one architecture, packed by heredity, got others among them"

KEPT_FORMS = 8
"""How many stay in memory: an engine makes many stacks of one template."""

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Slot:
    """Numbers in a member of a part, after bytes that are the same in every agent."""

    part: str
    member: str
    prefix: bytes
    kind: Any
    shape: tuple[int, ...]

    def numbers(self, content: bytes) -> Array:
        """Return the numbers in the content of the member."""
        if not content.startswith(self.prefix):
            raise AgentError(UNLIKE)
        return np.frombuffer(content, self.kind, offset=len(self.prefix)).reshape(self.shape)


@dataclass(frozen=True)
class Form:
    """What agents of one architecture have in common, and where they differ.

    moulds: of every part of tensors, and of the statistics. slots: by the names of arrays. texts: of the first agent.
    policy: where the tensors of its policy lie. optional: arrays that are kept only where agents differ in them.
    """

    constants: Mapping[str, bytes]
    moulds: Mapping[str, Mould]
    slots: Mapping[str, Slot]
    texts: Texts
    policy: Mapping[str, Placement]
    optional: frozenset[str]

    @classmethod
    @lru_cache(maxsize=KEPT_FORMS)
    def of(cls, agent: Agent) -> "Form":
        """Return the form of an agent that `pack` packed. Raises AgentError for one that nothing is known of."""
        members = unpack_zip(agent.model)
        moulds = {name: Mould.of(content) for name, content in members.items() if name.endswith(PART)}
        slots, policy = dict[str, Slot](), dict[str, Placement]()
        for name, mould in moulds.items():
            placed = placements(members[name], name, mould.contents(members[name]), optimizer=_optimizes(name))
            slots |= _torch_slots(name, mould, placed)
            policy = placed if name == f"policy{PART}" else policy
        if agent.normalizer is not None:
            moulds[NORMALIZER] = Mould.of(agent.normalizer)
            slots |= _numpy_slots(moulds[NORMALIZER])
        if len({name.casefold() for name in slots}) < len(slots) or not policy:
            raise AgentError("expected an agent with a policy, each of whose tensors has a name of its own")
        texts = _texts(members)
        constants = {name: members[name] for name in members if name not in (*moulds, DATA, OUR_MEMBER)}
        optional = frozenset(name for name, slot in slots.items() if _is_beside(slot))
        return cls(constants, moulds, slots, texts, policy, optional)

    @property
    def required(self) -> list[str]:
        """The arrays without which nobody acts or learns on; statistics may be those of the first agent."""
        return [name for name, slot in self.slots.items() if name not in self.optional and slot.part != NORMALIZER]

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all that agents of this form have in common, hexadecimal."""
        blank = {name: np.zeros(slot.shape, slot.kind) for name, slot in self.slots.items()}
        model, normalizer = self.packed(blank, dict.fromkeys(self.texts, ""))
        return sha256(model + (normalizer or b"")).hexdigest()

    def taken(self, agent: Agent) -> tuple[dict[str, Array], Texts]:
        """Return the arrays and texts of an agent. Raises AgentError where it is of another form."""
        members = unpack_zip(agent.model)
        parts = {**members, NORMALIZER: agent.normalizer or b""}
        texts = _texts(members)
        try:
            contents = {part: mould.contents(parts.get(part, b"")) for part, mould in self.moulds.items()}
        except AgentError:
            raise AgentError(UNLIKE) from None
        arrays = {name: slot.numbers(contents[slot.part][slot.member]) for name, slot in self.slots.items()}
        if self.texts.keys() != texts.keys() or self.packed(arrays, texts) != (agent.model, agent.normalizer):
            raise AgentError(UNLIKE)
        return arrays, texts

    def packed(self, arrays: Mapping[str, Array], texts: Texts) -> tuple[bytes, bytes | None]:
        """Return the zip and the statistics of an agent; what is not given is as the first one has it."""
        contents: dict[str, dict[str, bytes]] = {part: {} for part in self.moulds}
        for name, array in arrays.items():
            slot = self.slots[name]
            contents[slot.part][slot.member] = slot.prefix + array.tobytes()
        parts = {part: mould.poured(contents[part]) for part, mould in self.moulds.items()}
        normalizer = parts.pop(NORMALIZER, None)
        return pack_zip({**self.constants, **parts, **_written({**self.texts, **texts})}), normalizer

    def check(self, arrays: Mapping[str, Array], count: int) -> None:
        """Raise AgentError where arrays of so many members are unknown or of another shape than one's, [count, …]."""
        for name, array in arrays.items():
            expected = (count, *self.slots[name].shape) if name in self.slots else "nothing"
            if array.shape != expected:
                raise AgentError(f"{name}: expected {expected}, got {array.shape}")

    def rows(self, array: Array, placement: Placement) -> Array:
        """Return the tensors [M, …] that lie in a storage's array, as they are looked at."""
        flat = array.reshape(len(array), -1)
        steps = tuple(stride * flat.itemsize for stride in placement.strides)
        shape = (len(flat), *placement.shape)
        return np.lib.stride_tricks.as_strided(flat[:, placement.offset :], shape, (flat.strides[0], *steps))


def json_chunks(data: str) -> dict[str, str]:
    """Return what stands by each key of a mapping in JSON as `pack` writes it."""
    if not data.startswith(FIRST_KEY) or not data.endswith(LAST):
        raise AgentError("expected data as heredity writes it, got another")
    pairs = (each.partition('": ') for each in data[len(FIRST_KEY) : -len(LAST)].split(NEXT_KEY))
    return {key: text for key, _, text in pairs}


def data_texts(data: Mapping[str, Any]) -> dict[str, str]:
    """Return what would stand in a zip for some keys of its `data`, and for heredity.json."""
    ours = {OUR_MEMBER: json.dumps(data[OUR_MEMBER], sort_keys=True)} if OUR_MEMBER in data else {}
    others = {key: value for key, value in data.items() if key != OUR_MEMBER}
    chunks = json_chunks(json.dumps(others, indent=1, sort_keys=True)) if others else {}
    return ours | {f"{DATA}/{key}": text for key, text in chunks.items()}


def with_keys(template: Agent, data: Mapping[str, Any]) -> Agent:
    """Return a template with the keys of a member that it lacks, so that all have the same ones."""
    members = unpack_zip(template.model)
    own = json.loads(members[DATA])
    if not data.keys() - own.keys() - {OUR_MEMBER}:
        return template
    whole = {key: value for key, value in data.items() if key != OUR_MEMBER} | own
    return Agent(pack_zip({**members, DATA: json.dumps(whole, indent=1, sort_keys=True).encode()}), template.normalizer)


def _texts(members: Mapping[str, bytes]) -> Texts:
    """Return by name what stands by each key of `data`, and heredity.json as it is."""
    try:
        named = {name: members[name].decode() for name in (DATA, OUR_MEMBER)}
    except (KeyError, UnicodeDecodeError):
        raise AgentError("expected an agent that heredity wrote, got another") from None
    return {OUR_MEMBER: named[OUR_MEMBER]} | {f"{DATA}/{key}": text for key, text in json_chunks(named[DATA]).items()}


def _written(texts: Texts) -> dict[str, bytes]:
    keys = sorted(name.removeprefix(f"{DATA}/") for name in texts if name != OUR_MEMBER)
    data = FIRST_KEY + NEXT_KEY.join(f'{key}": {texts[f"{DATA}/{key}"]}' for key in keys) + LAST
    return {DATA: data.encode(), OUR_MEMBER: texts[OUR_MEMBER].encode()}


def _optimizes(name: str) -> bool:
    return optimizes(name.removesuffix(PART))


def _torch_slots(part: str, mould: Mould, placed: Mapping[str, Placement]) -> dict[str, Slot]:
    """Return the storages of a state dict by the first tensor of each, and what else differs between equal ones."""
    label = part.removesuffix(PART)
    sizes = {name: slot.end - slot.start for name, slot in mould.slots.items()}
    folder = next(name.removesuffix(PICKLE) for name in sizes if name.endswith(f"/{PICKLE}"))
    slots, seen = dict[str, Slot](), dict[str, str]()
    for name, placement in placed.items():
        member = f"{folder}{NUMBERS}/{placement.storage}"
        if seen.get(member, placement.kind) != placement.kind:
            raise AgentError(f"{part}: expected numbers of one type in a storage, got {name} of another")
        if member not in seen:
            seen[member] = placement.kind
            shape = placement.shape if placement.is_whole else (placement.count,)
            slots[f"{label}/{name}"] = Slot(part, member, b"", KINDS[placement.kind], shape)
    # an optimizer's pickle has its settings as well, and a name made by a PyTorch that is not known is its file's own
    others = [folder + PICKLE] * _optimizes(part) + [name for name in list(sizes)[-1:] if mould.has_unknown_id]
    for member in others:
        slots[f"{label}/{member.rpartition('/')[2]}"] = Slot(part, member, b"", np.uint8, (sizes[member],))
    return slots


def _is_beside(slot: Slot) -> bool:
    """Whether numbers are no tensor's."""
    return slot.part != NORMALIZER and f"/{NUMBERS}/" not in slot.member


def _numpy_slots(mould: Mould) -> dict[str, Slot]:
    """Return the arrays of statistics, as they lie in the file."""
    slots, arrays = {}, read_normalizer(mould.content)
    for member, content in mould.contents(mould.content).items():
        name = member.removesuffix(".npy")
        header = len(content) - arrays[name].nbytes
        slots[f"{NORMALIZER}/{name}"] = Slot(NORMALIZER, member, content[:header], np.float64, arrays[name].shape)
    return slots
