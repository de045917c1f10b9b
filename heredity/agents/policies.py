"""How a policy uses its tensors: what gives the same numbers another function, by the names of `policy_kwargs`."""

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm

from heredity.agents.agent import DATA, OUR_MEMBER, Agent, read_account, read_algorithm, zip_members
from heredity.agents.algorithms import algorithm_class, policy_classes
from heredity.errors import AgentError, one_line

CLASS = re.compile(r"^<class '(?:.*\.)?(\w+)'>$")
CONSTRUCTOR = re.compile(r"^<function (\w+)\.__init__ ")

BUILT = {
    *("self", "observation_space", "action_space", "lr_schedule", "net_arch", "n_critics", "share_features_extractor"),
    *("ortho_init", "log_std_init", "optimizer_class", "optimizer_kwargs"),
}
"""Arguments of policies that say how tensors are made and moved, not what they compute; names and shapes tell those."""


@dataclass(frozen=True)
class PolicySettings:
    """What a zip or a model says of its policy.

    algorithm: the name of its class. alias: what params.yaml calls its policy. settings: every argument but `BUILT`,
    as plain values, classes by their names. defaults: those of its class. spaces: the kinds of its observations and of
    its actions, empty where a zip does not tell them.
    """

    algorithm: str
    alias: str
    settings: Mapping[str, Any]
    defaults: Mapping[str, Any]
    spaces: tuple[str, str]

    @property
    def changed(self) -> dict[str, Any]:
        """The settings that are not their class's own."""
        return {key: value for key, value in self.settings.items() if value != self.defaults.get(key)}

    def differences(self, other: "PolicySettings") -> dict[str, Any]:
        """Return what `other` has set otherwise; what only one class knows counts where it is not at its default."""
        both = {key: value for key, value in other.settings.items() if self.settings.get(key, value) != value}
        news = {
            key: value
            for key, value in other.settings.items()
            if key not in self.settings and value != other.defaults.get(key)
        }
        lost = {
            key: self.defaults.get(key)
            for key, value in self.settings.items()
            if key not in other.settings and value != self.defaults.get(key)
        }
        return {**both, **news, **lost}


def policy_of(model: BaseAlgorithm) -> PolicySettings:
    """Return how a model uses its tensors."""
    kinds = type(model.observation_space).__name__, type(model.action_space).__name__
    name, policy_class = type(model).__name__, model.policy_class
    keywords = {**model.policy_kwargs, "use_sde": bool(getattr(model, "use_sde", False))}
    return _policy(name, _alias(name, policy_class), policy_class, keywords, kinds)


def read_policy(agent: Agent) -> PolicySettings | None:
    """Return how an agent uses its tensors, by what its zip tells in plain text, None where it tells nothing.

    Nothing is unpickled. Raises AgentError for a policy that is none of stable_baselines3 or sb3_contrib.
    """
    members = zip_members(agent.model)
    data = read_account(agent, DATA) or {}
    try:
        if OUR_MEMBER not in members and "__module__" not in data["policy_class"]:
            return None
        kinds = _kind(data.get("observation_space")), _kind(data.get("action_space"))
        if OUR_MEMBER in members:
            algorithm = read_algorithm(agent)
            name, written = algorithm.name, algorithm.hyperparameters
            policy_class = algorithm_class(name).policy_aliases.get(algorithm.policy)
            if policy_class is None:  # named by its dotted path: its own code says what it computes
                return None
        else:
            name, written, policy_class = _algorithm_name(data), data, policy_classes()[_class_name(data)]
        keywords = {**(written.get("policy_kwargs") or {}), "use_sde": bool(written.get("use_sde"))}
        return _policy(name, _alias(name, policy_class), policy_class, keywords, kinds)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise AgentError(
            f"expected an agent of stable_baselines3 or sb3_contrib, got one of {one_line(error)}, which may compute "
            "anything from the same tensors; save it with a policy of theirs"
        ) from None


def _kind(space: Any) -> str:
    """Return the class of a space by its description, nothing for one that is not described."""
    return str(_plain(space.get(":type:", ""))) if isinstance(space, dict) else ""


def _algorithm_name(data: Mapping[str, Any]) -> str:
    room = data["policy_class"]["__module__"].split(".")[-2]
    # A2C and TRPO share PPO's policy class, so what tells them apart is an attribute that only one of them has.
    on_policy = "PPO" if "clip_range" in data else "TRPO" if "cg_max_steps" in data else "A2C"
    if room == "td3" and data["target_noise_clip"] == 0:  # TD3 without its tricks
        return "DDPG"
    names = {"common": on_policy, "maskable": "MaskablePPO", "recurrent": "RecurrentPPO", "crossq": "CrossQ"}
    return str(names.get(room, room.upper()))


def _class_name(data: Mapping[str, Any]) -> tuple[str, str]:
    constructor = CONSTRUCTOR.match(data["policy_class"]["__init__"])
    return data["policy_class"]["__module__"], constructor[1] if constructor else ""


def _alias(algorithm: str, policy_class: Any) -> str:
    aliases = algorithm_class(algorithm).policy_aliases.items()
    return next((alias for alias, each in aliases if each is policy_class), str(policy_class.__name__))


def _policy(
    algorithm: str, alias: str, policy_class: Any, keywords: Mapping[str, Any], spaces: tuple[str, str]
) -> PolicySettings:
    parameters = inspect.signature(policy_class).parameters.items()
    defaults = {key: _plain(each.default) for key, each in parameters if each.default is not inspect.Parameter.empty}
    # what SB3 describes of a pickled mapping stands beside keys such as ":type:"
    written = {key: _plain(value) for key, value in keywords.items() if not key.startswith(":")}
    if "use_sde" not in defaults:
        del written["use_sde"]
    kept = {key: value for key, value in {**defaults, **written}.items() if key not in BUILT}
    return PolicySettings(algorithm, alias, kept, defaults, spaces)


def _plain(value: Any) -> Any:
    """Return a setting as params.yaml would write it: a class, or the text of one in a zip, by its name."""
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, str):
        text = CLASS.match(value)
        return text[1] if text else value.rpartition(".")[2]  # torch.nn.ReLU, as params.yaml may write a class
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()} or None  # no keywords are as good as none
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
