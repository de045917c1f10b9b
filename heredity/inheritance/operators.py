"""How several parents' states become one: name to tensor in, name to tensor out, nothing changed in place."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch

from heredity.errors import AgentError

State = Mapping[str, torch.Tensor]


def blend(parent: torch.Tensor, fresh: torch.Tensor, share: float) -> torch.Tensor:
    """Return share · parent + (1 − share) · fresh (Ash & Adams 2020); whole numbers stay the parent's."""
    return share * parent + (1 - share) * fresh if parent.is_floating_point() else parent


def average(states: Sequence[State]) -> dict[str, torch.Tensor]:
    """Return the mean of every tensor (Wortsman et al. 2022); whole numbers are the first one's."""
    first = states[0]
    return {
        name: torch.stack([state[name] for state in states]).mean(0) if value.is_floating_point() else value
        for name, value in first.items()
    }


def permute(state: State, rng: np.random.Generator) -> dict[str, torch.Tensor]:
    """Return every tensor with its numbers in another order: the parent's histogram without its knowledge."""
    return {
        name: value.flatten()[torch.from_numpy(rng.permutation(value.numel()))].reshape(value.shape)
        for name, value in state.items()
    }


def cross(first: State, second: State, rng: np.random.Generator) -> dict[str, torch.Tensor]:
    """Return tensors whose numbers each come from one of two parents, with even odds."""
    return {
        name: torch.where(torch.as_tensor(rng.random(tuple(value.shape)) < 0.5), value, second[name])
        for name, value in first.items()
    }


Mix = Callable[[Sequence[State], np.random.Generator], State]

MIXES: Mapping[str, Mix] = {
    "soup": lambda states, _: average(states),
    "permute": lambda states, rng: permute(states[0], rng),
    "crossover": lambda states, rng: cross(states[0], states[1], rng),
}
"""The operators that do not lay the first parent's state as it is into a child."""


def mixed(operator: str, states: Sequence[State], rng: np.random.Generator) -> State:
    """Return one state out of the parents', as the operator mixes them. Raises AgentError for different networks."""
    shapes = [{name: value.shape for name, value in state.items()} for state in states]
    if any(shape != shapes[0] for shape in shapes):
        raise AgentError(f"{operator}: expected parents with the same networks, got different ones; use copy")
    return MIXES[operator](states, rng) if operator in MIXES else states[0]
