"""Founders: Stable-Baselines3 zips from anywhere, with the statistics that lie beside them."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from heredity.agents.agent import (
    OUR_MEMBER,
    Agent,
    Tensors,
    canonical,
    read_agent,
    read_algorithm,
    read_tensors,
    zip_members,
)
from heredity.agents.normalizer import read_normalizer
from heredity.agents.vecnormalize import MAX_BYTES, read_vecnormalize, statistics_places
from heredity.errors import AgentError
from heredity.reading import read_bytes
from heredity.study.sections import Algorithm, Normalize

MODULE = re.compile(r"^(?:stable_baselines3|sb3_contrib)\.(\w+)\.policies$")


def read_founder(path: str | Path) -> Agent:
    """Read a model and, where heredity wrote no statistics beside it, a `vecnormalize.pkl` in its directory.

    Nothing is unpickled. Raises AgentError naming the file.
    """
    path = Path(path)
    agent = read_agent(path)
    beside = next((place for place in statistics_places(path) if place.is_file()), None)
    if agent.normalizer is not None or beside is None:
        return agent
    try:
        return Agent(agent.model, read_vecnormalize(read_bytes(beside, MAX_BYTES)))
    except (AgentError, OSError, ValueError) as error:
        raise AgentError(f"{beside}: {error}") from None


def read_founders(paths: Sequence[str]) -> dict[str, Agent]:
    """Read the files that a study names as f00, f01, …, their zips with fixed dates and order."""
    return {f"f{index:02d}": canonical(read_founder(path)) for index, path in enumerate(paths)}


def algorithm_of(agent: Agent) -> Algorithm:
    """Return what an agent was made with; for one that heredity did not write, what its zip tells in plain text.

    Raises AgentError when it tells too little.
    """
    members = zip_members(agent.model)
    if OUR_MEMBER in members:
        return read_algorithm(agent)
    try:
        data = json.loads(members["data"])
        module = MODULE.match(data["policy_class"]["__module__"])
        if module is None:
            raise KeyError(data["policy_class"]["__module__"])
        keywords: dict[str, Any] = {"net_arch": net_arch(read_tensors(agent))}
        if activation := re.search(r"activation\.(\w+)'", str(data.get("policy_kwargs", {}).get("activation_fn"))):
            keywords["activation_fn"] = activation[1]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise AgentError(f"expected an agent of stable_baselines3 or sb3_contrib, got one of {error}") from None
    # A2C and TRPO share PPO's policy class, so what tells them apart is an attribute that only one of them has.
    on_policy = "PPO" if "clip_range" in data else "TRPO" if "cg_max_steps" in data else "A2C"
    names = {"common": on_policy, "ppo_mask": "MaskablePPO", "ppo_recurrent": "RecurrentPPO"}
    name = names.get(module[1], module[1].upper())
    statistics = read_normalizer(agent.normalizer) if agent.normalizer else {}
    normalize = Normalize(observation=any(key.startswith("observation.") for key in statistics), reward=False)
    return Algorithm(name=name, n_envs=8, normalize=normalize, hyperparameters={"policy_kwargs": keywords})


def net_arch(tensors: Tensors) -> Any:
    """Return the hidden layers of an MLP policy, as Stable-Baselines3's `net_arch` writes them."""
    policy = tensors["policy"]

    def sizes(sequence: str, hidden: bool) -> list[int]:
        pattern = re.compile(rf"^{re.escape(sequence)}\.\d+\.weight$")
        outputs = [int(value.shape[0]) for name, value in policy.items() if pattern.match(name)]
        return outputs if hidden else outputs[:-1]

    if "action_net.weight" in policy:
        return {"pi": sizes("mlp_extractor.policy_net", True), "vf": sizes("mlp_extractor.value_net", True)}
    if "actor.mu.weight" in policy:
        return {"pi": sizes("actor.latent_pi", True), "qf": sizes("critic.qf0", False)}
    return (
        sizes("q_net.q_net", False) if "q_net.q_net.0.weight" in policy else sizes("quantile_net.quantile_net", False)
    )
