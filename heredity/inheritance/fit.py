"""Whether a child can do what its parent does: what would be lost of it is refused, and what to write is named.

What two tasks differ in may be cropped and padded: inputs that take observations, outputs that are actions. Hidden
units, layers, activations and whatever else the same numbers need to compute the same may not.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from gymnasium.spaces import Box, Discrete, MultiBinary, Space
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import ActorCriticPolicy

from heredity.agents.agent import Agent, read_tensors
from heredity.agents.founders import layers
from heredity.agents.model_tensors import own_tensors
from heredity.agents.normalizer import read_normalizer
from heredity.agents.policies import PolicySettings, policy_of, read_policy
from heredity.errors import AgentError
from heredity.inheritance.operators import State
from heredity.inheritance.parts import heads, part_of, switch_of
from heredity.inheritance.transplant import flat
from heredity.study.sections import Algorithm

RELATIVES = ({"PPO", "A2C", "TRPO", "MaskablePPO"}, {"TD3", "DDPG"})
"""Algorithms whose policies have the same tensors by the same names, so that one takes another's as they are."""

COEFFICIENT = "log_ent_coef"
"""A learned weight of the loss, which is no part of what an agent does."""


class Loss(NamedTuple):
    """What of a parent would be lost, in which tensor, and what to write; None for what makes the networks equal.

    shared: whether the child has one tensor where the parent has two.
    """

    message: str
    tensor: str = ""
    remedy: str | None = None
    shared: bool = False


class Pair(NamedTuple):
    """The shapes of one tensor, the child's and the parent's."""

    name: str
    ours: tuple[int, ...]
    theirs: tuple[int, ...]

    def loss(self, reason: str = "", remedy: str | None = None) -> Loss:
        """Return that this tensor would lose something, with both shapes."""
        because = reason and f", {reason}"
        message = f"expected {self.name} of shape {list(self.ours)}, got {list(self.theirs)} from the parent{because}"
        return Loss(message, self.name, remedy)


def check_fit(child: BaseAlgorithm, algorithm: Algorithm, parent: Agent, switches: Mapping[str, str]) -> None:
    """Refuse a parent of whose function a fresh child would lose something that the switches keep or blend.

    algorithm: what the child is built from. Where a zip tells nothing of its policy, tensors alone are compared.
    Raises AgentError naming the tensor or the setting and what to write.
    """
    ours, theirs = (_kept(flat(each), switches) for each in (own_tensors(child), read_tensors(parent)))
    takes = bool(ours.keys() - {COEFFICIENT})
    if switches["observation_statistics"] != "reset":
        _check_normalization(child, parent, takes)
    if not takes:
        return
    mine, other = policy_of(child), read_policy(parent) or policy_of(child)
    loss = _spaces(mine, other) or _places(ours, theirs) or _shapes(child, ours, theirs) or _shared(ours, theirs)
    if loss := loss or _settings(mine, other):
        raise AgentError(f"{loss.message}; write {loss.remedy or _remedy(child, algorithm, loss, mine, other, parent)}")


def _check_normalization(child: BaseAlgorithm, parent: Agent, takes: bool) -> None:
    """Refuse networks that would see observations by another scale than the one that they learned on.

    takes: whether the child takes networks; one that only learns from its parent may begin to normalise.
    """
    envs, statistics = child.get_vec_normalize_env(), read_normalizer(parent.normalizer) if parent.normalizer else {}
    ours, theirs = bool(envs and envs.norm_obs), any(name.startswith("observation.") for name in statistics)
    if theirs and not ours:
        message = "true, because the parent learned on normalised observations, got false; write it"
    elif ours and not theirs and takes:
        message = (
            "false, because the parent has no statistics of observations (a founder's lie in a vecnormalize.pkl beside "
            "its zip), got true; write it"
        )
    else:
        return
    raise AgentError(f"expected algorithm.normalize.observation: {message}, or inherit.observation_statistics: reset")


def _kept(tensors: State, switches: Mapping[str, str]) -> dict[str, torch.Tensor]:
    last = heads(tensors)
    return {name: value for name, value in tensors.items() if switch_of(name, switches, last) != "reset"}


def _spaces(mine: PolicySettings, other: PolicySettings) -> Loss | None:
    for kind, ours, theirs in zip(("observations", "actions"), mine.spaces, other.spaces, strict=True):
        if theirs and ours != theirs:
            message = f"expected a parent with {ours} {kind}, to which its tensors belong, got {theirs}"
            return Loss(message, remedy=f"an env with {theirs} {kind}, or founders with {ours} {kind}")
    return None


def _settings(mine: PolicySettings, other: PolicySettings) -> Loss | None:
    for key, value in mine.differences(other).items():
        ours = mine.settings.get(key)
        return Loss(
            f"expected {key} {_flow(value)}, by which the parent's tensors compute what it does, got {_flow(ours)}"
        )
    return None


def _places(ours: State, theirs: State) -> Loss | None:
    """Return a tensor that only one of the two has, or that is a last layer in only one of them."""
    last, theirs_last = heads(ours), heads(theirs)
    for name, value in theirs.items():
        if name not in ours and name != COEFFICIENT:
            return Loss(f"expected a place for the parent's {name} of shape {list(value.shape)}, got none", name)
    for name, value in ours.items():
        if name not in theirs and name != COEFFICIENT:
            return Loss(f"expected a parent with {name} of shape {list(value.shape)}, got one without", name)
        if (name in last) != (name in theirs_last):
            return Loss(f"expected a parent with as many layers, got {name} at another place among its layers", name)
    return None


def _shapes(child: BaseAlgorithm, ours: State, theirs: State) -> Loss | None:
    """Return a tensor that cannot be cropped or padded without another function."""
    last = heads(ours)
    pairs = [Pair(name, tuple(ours[name].shape), tuple(theirs[name].shape)) for name in ours if name in theirs]
    units = {(pair.theirs[0], pair.ours[0]) for pair in pairs if pair.ours and pair.theirs and pair.name not in last}
    channels = (1, 1)
    for pair in pairs:
        name, mine, other = pair
        if len(mine) != len(other) or mine[2:] != other[2:] or ours[name].dtype != theirs[name].dtype:
            return pair.loss()
        loss = _outputs(pair, child.action_space, name in last) if mine[:1] != other[:1] else None
        if mine[1:2] != other[1:2] and (other[1], mine[1]) not in units:  # else: as many as the layer before has units
            loss = loss or _inputs(pair, child.observation_space, channels, _observe_alike(pairs))
        if loss:
            return loss
        channels = (other[0], mine[0]) if len(mine) == 4 else channels
    return None


def _outputs(pair: Pair, actions: Space[Any], last: bool) -> Loss | None:
    """Return why a tensor may not have another number of outputs: only actions may, and hidden units become more."""
    name, mine, other = pair
    if "lstm" in name or (name == "log_std" and len(mine) == 2):  # four gates in a row; gSDE's noise by hidden unit
        return pair.loss("of a layer that can be neither cropped nor padded")
    if not last and name != "log_std":
        return pair.loss("whose other hidden units would be lost") if mine[0] < other[0] else None
    if part_of(name) == "critic" or "critic" in name:
        return pair.loss("which cannot be laid over each other")
    if "quantile" in name or not _in_a_row(actions):
        return pair.loss("whose outputs would mean other actions", "an env with the parent's actions")
    return None


def _inputs(pair: Pair, observations: Space[Any], channels: tuple[int, int], observe_alike: bool) -> Loss | None:
    """Return why a tensor may not have another number of inputs: only observations in a row may be cropped or padded.

    channels: of the convolution before it, the parent's and the child's.
    """
    name, mine, other = pair
    if len(mine) == 4:
        return None
    if "features_extractor" in name and other[1] * channels[1] == mine[1] * channels[0]:
        return None  # more channels of images as large: they lie behind those of the parent
    if ".qf" in name and not observe_alike:
        return pair.loss("whose actions lie behind the observations", "inherit.critic: reset")
    if "features_extractor" in name or not _in_a_row(observations):
        return pair.loss("whose inputs would mean other observations", "an env with the parent's observations")
    return None


def _in_a_row(space: Space[Any]) -> bool:
    """Whether a number more or less of a space leaves the others where they are."""
    return isinstance(space, Discrete | MultiBinary) or (isinstance(space, Box) and len(space.shape) == 1)


def _observe_alike(pairs: list[Pair]) -> bool:
    first = next((pair for pair in pairs if pair.name.startswith("actor.") and len(pair.ours) > 1), None)
    return first is None or first.ours[1] == first.theirs[1]


def _shared(ours: State, theirs: State) -> Loss | None:
    """Return a tensor that the parent has twice and the child once."""
    first: dict[int, str] = {}
    for name, value in ours.items():
        other = first.setdefault(value.data_ptr(), name)
        if name in theirs and not torch.equal(theirs[name], theirs.get(other, theirs[name])):
            message = f"expected a parent whose {other} and {name} are one, because they are here, got two"
            return Loss(message, name, shared=True)
    return None


def _remedy(
    child: BaseAlgorithm,
    algorithm: Algorithm,
    loss: Loss,
    mine: PolicySettings,
    other: PolicySettings,
    parent: Agent,
) -> str:
    """Return what to write so that the child's networks become the parent's, and what does without them."""
    related = mine.algorithm == other.algorithm or any({mine.algorithm, other.algorithm} <= each for each in RELATIVES)
    lines = [] if related else [f"algorithm.name: {other.algorithm}"]
    changed = dict(mine.differences(other)) if related else other.changed
    if mine.alias != other.alias:
        lines.append(f"algorithm.policy: {other.alias}")
        changed = {key: value for key, value in changed.items() if value != other.defaults.get(key)}
    if "use_sde" in changed:
        lines.append(f"algorithm.hyperparameters.use_sde: {_flow(changed.pop('use_sde'))}")
    ours, theirs = (layers(each) for each in (own_tensors(child), read_tensors(parent)))
    changed = {key: value for key, value in theirs.items() if not related or ours.get(key) != value} | changed
    if loss.shared:
        changed["share_features_extractor"] = False
    written = algorithm.hyperparameters.get("policy_kwargs")
    if changed:
        keywords = {**(written if related and isinstance(written, Mapping) else {}), **changed}
        lines.append(f"algorithm.hyperparameters.policy_kwargs: {_flow(keywords)}")
    others = ["inherit.critic: reset"] if part_of(loss.tensor) == "critic" else []
    if isinstance(child.policy, ActorCriticPolicy):
        others.append("inherit.operator: distil")
    return ", or ".join([" and ".join(lines or ["algorithm.hyperparameters.policy_kwargs of the parent"]), *others])


def _flow(value: Any) -> str:
    """Write a value as YAML does on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)
