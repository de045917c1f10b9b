"""A parent's tensors and statistics laid into a child's model, part by part, with a report of what became of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import torch
from stable_baselines3.common.base_class import BaseAlgorithm

from heredity.agents.archives import npz
from heredity.agents.model_tensors import load_tensors, own_tensors
from heredity.agents.normalizer import pack_normalizer, read_normalizer, unpack_normalizer
from heredity.agents.tensors import Tensors, optimizes
from heredity.errors import AgentError
from heredity.inheritance.operators import State, blend
from heredity.inheritance.parts import followed, heads, switch_of

OUTCOMES = ("copied", "padded", "cropped", "skipped", "reset")


@dataclass(frozen=True)
class Overlay:
    """What became of one tensor: copied, padded (the child's is larger), cropped (smaller) or skipped.

    `taken` counts the child's numbers that are the parent's.
    """

    value: torch.Tensor
    outcome: str
    taken: int


def overlay(parent: torch.Tensor | None, fresh: torch.Tensor) -> Overlay:
    """Lay a parent's tensor into a child's fresh one, both [outputs], or [outputs, inputs, …].

    Where the child has more inputs, the weights from the new ones to the parent's outputs are zero, so that the
    parent's function is preserved; new outputs stay as they are in `fresh`. Further axes (a kernel's) have to agree.
    """
    if (
        parent is None
        or parent.ndim != fresh.ndim
        or parent.dtype != fresh.dtype
        or parent.shape[2:] != fresh.shape[2:]
    ):
        return Overlay(fresh.clone(), "skipped", 0)
    if parent.shape == fresh.shape:
        return Overlay(parent.clone(), "copied", fresh.numel())
    common = tuple(min(ours, theirs) for ours, theirs in zip(parent.shape, fresh.shape, strict=True))
    block = tuple(slice(size) for size in common)
    value = fresh.clone()
    value[block[:1]] = 0  # whatever new inputs carry, the parent's outputs do not hear of it
    value[block] = parent[block]
    outcome = "padded" if common == tuple(parent.shape) else "cropped"
    return Overlay(value, outcome, prod(common))


@dataclass(frozen=True)
class Taken:
    """What a child took: tensor names by outcome, and the fraction of its parameters that are a parent's."""

    outcomes: Mapping[str, tuple[str, ...]]
    fraction: float


def flat(tensors: Tensors) -> dict[str, torch.Tensor]:
    """Return every tensor but the optimizers' by its name alone."""
    parts = [state for part, state in tensors.items() if not optimizes(part)]
    return {name: value for state in parts for name, value in state.items() if isinstance(value, torch.Tensor)}


def with_targets_met(state: State) -> State:
    """Return a state whose target networks are where the networks that they follow are, as at the start of a training.

    A mixed state's are otherwise another mixture, and those of a parent that trained for less than an interval between
    updates (DQN) are as untrained as at its birth.
    """
    return {name: state.get(followed(name), value) for name, value in state.items()}


def take_weights(model: BaseAlgorithm, parent: State, switches: Mapping[str, str], share: float) -> Taken:
    """Give a fresh model what its switches keep or blend of a parent's tensors, matched by name and shape.

    Names of one model that share memory (a features extractor of actor and critic) go with the first of them.
    """
    tensors = own_tensors(model)
    fresh, last = flat(tensors), heads(flat(tensors))
    names: dict[str, list[str]] = {outcome: [] for outcome in OUTCOMES}
    made: dict[int, torch.Tensor] = {}
    taken = total = 0
    result: dict[str, torch.Tensor] = {}
    for name, value in fresh.items():
        if value.data_ptr() not in made:  # else two names for one memory: a second result would overwrite the first
            switch = switch_of(name, switches, last)
            laid = overlay(None if switch == "reset" else parent.get(name), value)
            outcome = "reset" if switch == "reset" else laid.outcome
            names[outcome].append(name)
            taken, total = taken + laid.taken, total + value.numel()
            made[value.data_ptr()] = blend(laid.value, value, share) if switch == "blend" else laid.value
        result[name] = made[value.data_ptr()]
    parts = {part: {name: result[name] for name in state} for part, state in tensors.items() if not optimizes(part)}
    load_tensors(model, parts)
    return Taken({outcome: tuple(listed) for outcome, listed in names.items() if listed}, taken / max(total, 1))


def take_optimizer(model: BaseAlgorithm, parent: Tensors) -> None:
    """Give a model its parent's optimizers. Raises AgentError when one is of another kind or of other networks."""
    states = {part: state for part, state in parent.items() if optimizes(part)}
    for part, state in own_tensors(model).items():
        if not optimizes(part):
            continue
        if len(state["param_groups"][0]["params"]) != _moments(states.get(part)):
            raise AgentError(f"optimizer: expected {part} of the same networks; write optimizer: reset")
        if state["param_groups"][0].keys() != states[part]["param_groups"][0].keys():
            raise AgentError(f"optimizer: expected {part} of the same kind, such as Adam; write optimizer: reset")
    load_tensors(model, states)


def take_statistics(model: BaseAlgorithm, parent: bytes | None, switches: Mapping[str, str], share: float) -> None:
    """Give a model what its switches keep or blend of a parent's running statistics."""
    theirs = read_normalizer(parent) if parent else {}
    envs = model.get_vec_normalize_env()
    if not envs or not theirs:
        return
    arrays = read_normalizer(pack_normalizer(envs))
    for name, fresh in arrays.items():
        switch = switches["reward_statistics" if name.startswith("reward.") else "observation_statistics"]
        old = theirs.get(name)
        if switch == "reset" or old is None or old.ndim != fresh.ndim:
            continue
        value, block = fresh.copy(), tuple(slice(min(sizes)) for sizes in zip(old.shape, fresh.shape, strict=True))
        value[block] = old[block]
        arrays[name] = share * value + (1 - share) * fresh if switch == "blend" else value
    unpack_normalizer(npz(arrays), envs)


def _moments(state: Mapping[str, object] | None) -> int:
    groups = (state or {}).get("param_groups")
    return len(groups[0]["params"]) if isinstance(groups, list) and groups else 0
