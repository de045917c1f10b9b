"""Adam's state in a zip, or none: as a model that has taken a step keeps it, or one that has taken none."""

import io
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from heredity.agents.agent import KEPT_AGENTS, PART, Agent, read_tensors
from heredity.agents.archives import Array, pack_zip, unpack_zip
from heredity.agents.forms import Form
from heredity.errors import AgentError

OPTIMIZER = f"policy.optimizer{PART}"
RATE, RATES = "learning_rate", "policy.optimizer/data.pkl"


Moments = tuple[Mapping[str, Array], Mapping[str, Array], Array]
"""Adam's first and second moments by the names of the weights, [M, …] each, and its steps [M]."""

PLACE = "policy.optimizer/state.{}.{}"


def moment_arrays(names: Sequence[str], adam: Moments) -> dict[str, Array]:
    """Return Adam's state as the arrays of a stack. names: of the weights, in the order of the optimizer's."""
    first, second, steps = adam
    return {
        PLACE.format(index, key): np.asarray(array)
        for index, name in enumerate(names)
        for key, array in (("step", steps), ("exp_avg", first[name]), ("exp_avg_sq", second[name]))
    }


def stacked_moments(names: Sequence[str], arrays: Mapping[str, Array]) -> Moments | None:
    """Return Adam's state out of the arrays of a stack, None where they have none."""
    if not all(PLACE.format(index, "exp_avg") in arrays for index, _ in enumerate(names)):
        return None
    first, second = (
        {name: arrays[PLACE.format(index, key)] for index, name in enumerate(names)}
        for key in ("exp_avg", "exp_avg_sq")
    )
    return first, second, arrays[PLACE.format(0, "step")]


@lru_cache(maxsize=KEPT_AGENTS)
def with_moments(agent: Agent, *, kept: bool) -> Agent:
    """Return an agent with Adam's state of zeros after no step, or without any; with other ones only where it differs.

    Raises AgentError where its optimizer does not have one parameter per tensor of its policy.
    """
    tensors = read_tensors(agent)
    state, policy = tensors.get("policy.optimizer"), tensors["policy"]
    if state is None or [number for group in state["param_groups"] for number in group["params"]] != [
        *range(len(policy))
    ]:
        raise AgentError("expected an optimizer with one parameter per tensor of the policy, got another")
    if bool(state["state"]) == kept:
        return agent
    moments = {
        number: {"step": torch.tensor(0.0), "exp_avg": torch.zeros_like(value), "exp_avg_sq": torch.zeros_like(value)}
        for number, value in enumerate(policy.values())
    }
    saved = _saved({"state": moments if kept else {}, "param_groups": state["param_groups"]})
    return Agent(pack_zip({**unpack_zip(agent.model), OPTIMIZER: saved}), agent.normalizer)


def with_rate(agent: Agent, rate: float) -> Agent:
    """Return an agent whose optimizer learns at a rate."""
    state = read_tensors(agent)["policy.optimizer"]
    state["param_groups"] = [{**group, "lr": rate} for group in state["param_groups"]]
    return Agent(pack_zip({**unpack_zip(agent.model), OPTIMIZER: _saved(state)}), agent.normalizer)


def pickled_rates(template: Agent, form: Form, data: Sequence[Mapping[str, Any]]) -> Array | None:
    """Return the pickled settings of every member's optimizer uint8[M, n], where their data say a rate; else None."""
    rates = [rate for each in data if isinstance(rate := each.get(RATE), float)]
    if len(rates) < len(data):
        return None
    pickled = {rate: form.taken(with_rate(template, rate))[0][RATES] for rate in dict.fromkeys(rates)}
    return np.stack([pickled[rate] for rate in rates])


def _saved(state: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()
