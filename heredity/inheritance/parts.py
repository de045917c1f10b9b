"""Which part of an agent a tensor belongs to, by its name in Stable-Baselines3's state dicts."""

import re
from collections.abc import Iterable, Mapping

EXPLORATION = ("log_std", "log_ent_coef")
"""Learned numbers that say how much an agent tries."""

FIXED = ("ent_coef_tensor",)
"""Tensors that hold a hyperparameter, which is the study's to say."""

CRITIC = re.compile(r"^(value_net|critic|mlp_extractor\.value_net|vf_features_extractor|lstm_critic)")
"""A Q-network that acts by itself (DQN, QR-DQN) is the actor."""

BODY = re.compile(r"features_extractor|mlp_extractor|latent_pi|lstm")
"""Layers that lead to a head, whatever their number."""

NUMBERED = re.compile(r"^(?P<sequence>.*)\.(?P<layer>\d+)\.\w+$")

TARGET = re.compile(r"^(\w+)_target\.")
"""A target network, whose tensors are called as those of the network that it follows."""


def part_of(name: str) -> str:
    """Return actor, critic or exploration."""
    if name in EXPLORATION:
        return "exploration"
    return "critic" if CRITIC.match(name) else "actor"


def heads(names: Iterable[str]) -> set[str]:
    """Return the tensors of the last layers: those whose output is an action, a value or a Q-value."""
    names = [name for name in names if name not in EXPLORATION and not BODY.search(name)]
    last: dict[str, int] = {}
    numbered = {name: NUMBERED.match(name) for name in names}
    for layer in filter(None, numbered.values()):
        last[layer["sequence"]] = max(last.get(layer["sequence"], 0), int(layer["layer"]))
    return {name for name, layer in numbered.items() if not layer or int(layer["layer"]) == last[layer["sequence"]]}


def switch_of(name: str, switches: Mapping[str, str], last: set[str]) -> str:
    """Return keep, reset or blend for one tensor; `last` holds the tensors of the heads."""
    if name in FIXED:
        return "reset"
    if name in last and "heads" in switches:
        return switches["heads"]
    return switches[part_of(name)]


def followed(name: str) -> str:
    """Return the tensor that one of a target network follows; a tensor of another network is its own."""
    return TARGET.sub(r"\1.", name)


def keeps_actor(outcomes: Mapping[str, Iterable[str]]) -> bool:
    """Whether all of an actor came from a parent, by what became of its tensors."""
    lost = {name for outcome in ("reset", "skipped") for name in outcomes.get(outcome, ()) if name not in FIXED}
    return not any(part_of(name) == "actor" for name in lost)
