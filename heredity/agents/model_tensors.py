"""The tensors of a model, taken as they are and replaced by those of a file."""

from collections.abc import Mapping
from typing import Any

import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.save_util import recursive_getattr

from heredity.agents.optimizers import why_not_kept
from heredity.agents.tensors import Tensors, optimizes
from heredity.errors import AgentError


def load_tensors(
    model: BaseAlgorithm, tensors: Mapping[str, Mapping[str, Any]], *, any_optimizer: bool = False
) -> None:
    """Copy named tensors into a model; parts that `tensors` leaves out stay as they are.

    any_optimizer: whether an optimizer of another kind than the model's is left out as well.
    Raises AgentError naming the first tensor that is missing or has another shape, or what an optimizer lacks.
    """
    present = own_tensors(model)
    for part, state in tensors.items():
        if part not in present:
            raise AgentError(f"expected the parts {', '.join(present)}, got {part}; the agent is of another algorithm")
        if not optimizes(part):
            _check_shapes(part, present[part], state)
    reasons = {part: _why_not_kept(model, part, state) for part, state in tensors.items() if optimizes(part)}
    misfits = {part: reason for part, reason in reasons.items() if reason}
    for part, reason in () if any_optimizer else misfits.items():
        raise AgentError(f"{part}: expected {reason}; the agent's optimizer is of another kind")
    states = {part: state for part, state in tensors.items() if part not in ("pytorch_variables", *misfits)}
    whole: dict[str, Any] = {**model.get_parameters(), **states}  # an exact match names what is missing
    model.set_parameters(whole, exact_match=True)
    for name, value in tensors.get("pytorch_variables", {}).items():
        recursive_getattr(model, name).data.copy_(value)


def own_tensors(model: BaseAlgorithm) -> Tensors:
    """Return every state dict of a model by name, as `read_tensors` names those of an agent."""
    return {**model.get_parameters(), **_variables(model)}


def _variables(model: BaseAlgorithm) -> Tensors:
    names = model._get_torch_save_params()[1]
    return {"pytorch_variables": {name: recursive_getattr(model, name) for name in names}} if names else {}


def _why_not_kept(model: BaseAlgorithm, part: str, state: Mapping[str, Any]) -> str | None:
    """Return what was expected of the state of a model's optimizer, None where it goes on from it."""
    optimizer = recursive_getattr(model, part)
    return why_not_kept(optimizer, state) if isinstance(optimizer, torch.optim.Optimizer) else None


def _check_shapes(part: str, expected: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    for name in sorted(expected.keys() | state.keys()):
        here, there = (list(side[name].shape) if name in side else None for side in (expected, state))
        if here != there:
            raise AgentError(f"{part}: expected {name} of shape {here}, got {there}; the two tasks need other networks")
        kinds = [side[name].dtype for side in (expected, state)]
        if kinds[0].is_floating_point != kinds[1].is_floating_point:
            raise AgentError(f"{part}: expected {name} of type {kinds[0]}, got {kinds[1]}")
