"""Classes by name, where Stable-Baselines3 takes classes: an extractor of features, an optimizer, a buffer, a policy.

A file may name a class too. So no module is imported for its sake but those of torch and Stable-Baselines3: a study's
tasks import the modules of the classes that it names itself (`Generation.modules`), and those alone are looked in.
"""

import importlib
import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import stable_baselines3
import torch
from stable_baselines3.common import buffers, torch_layers
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.sb2_compat import rmsprop_tf_like

from heredity.errors import StudyError, shortened
from heredity.study.spelling import is_of_libraries


@dataclass(frozen=True)
class Role:
    """What a class is for: what it derives from, and where it is looked for by its name alone."""

    base: type
    places: tuple[Any, ...]
    example: str


ROLES: Mapping[str, Role] = {
    "policy": Role(BasePolicy, (), "MlpPolicy"),
    "activation_fn": Role(torch.nn.Module, (torch.nn,), "Tanh or ReLU"),
    "features_extractor_class": Role(torch_layers.BaseFeaturesExtractor, (torch_layers,), "NatureCNN"),
    "optimizer_class": Role(torch.optim.Optimizer, (torch.optim, rmsprop_tf_like), "torch.optim.AdamW"),
    "replay_buffer_class": Role(buffers.ReplayBuffer, (stable_baselines3, buffers), "HerReplayBuffer"),
    "rollout_buffer_class": Role(buffers.RolloutBuffer, (buffers,), "RolloutBuffer"),
}
"""By the argument, or the key of policy_kwargs, that names one."""

NEEDLESS = "Transformer"
"""It alone of torch.nn can be made of nothing, with 44 million weights."""


def class_of(role: str, name: str, key: str) -> type:
    """Return the class that a hyperparameter names, by its dotted path or by its name alone.

    key: where it is written. Raises StudyError for what is no such class, and for one of a module that nobody imported.
    """
    place, _, last = name.rpartition(".")
    asked = ROLES[role]
    places = (_module(place, key, name),) if place else asked.places
    found: type | None = next((each for where in places if _fits(each := getattr(where, last, None), asked.base)), None)
    if found is None or (role == "activation_fn" and last == NEEDLESS):
        of = "torch.nn" if role == "activation_fn" else f"{asked.base.__module__}.{asked.base.__name__}"
        kind = "a class of" if role == "activation_fn" else "the dotted path of a class that derives from"
        raise StudyError(f"{key}: expected {kind} {of}, got {shortened(name)}; write for example {asked.example}")
    return found


def with_classes(keywords: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return `policy_kwargs` with classes in place of their names. Raises StudyError as `class_of` does."""
    return {
        name: class_of(name, value, f"{key}.{name}") if name in ROLES and isinstance(value, str) else value
        for name, value in keywords.items()
    }


def _fits(found: Any, base: type) -> bool:
    return inspect.isclass(found) and issubclass(found, base)


def _module(name: str, key: str, dotted: str) -> Any:
    """Return a module that a class is looked for in."""
    if name not in sys.modules and is_of_libraries(name):
        try:
            importlib.import_module(name)
        except ImportError:
            return None
    if name not in sys.modules and not is_of_libraries(name):
        raise StudyError(
            f"{key}: expected a class of a module that the study imports, got {shortened(dotted)}; "
            f"write import: [{name}] beside env"
        )
    return sys.modules.get(name)
