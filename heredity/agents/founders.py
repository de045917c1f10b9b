"""Founders: Stable-Baselines3 zips from anywhere, with the statistics that lie beside them."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from heredity.agents.agent import (
    OUR_MEMBER,
    Agent,
    canonical,
    check_finite,
    read_algorithm,
    read_tensors,
    read_zipped,
    weights,
    zip_members,
)
from heredity.agents.kept import in_arrays
from heredity.agents.normalizer import read_normalizer
from heredity.agents.policies import read_policy
from heredity.agents.tensors import Tensors
from heredity.agents.vecnormalize import MAX_BYTES, read_vecnormalize, statistics_places
from heredity.agents.weight_limit import check_weights
from heredity.errors import AgentError, within
from heredity.reading import is_there, read_bytes
from heredity.study.sections import Algorithm, Normalize


def read_finite(path: str | Path) -> Agent:
    """Read a zip that a study names. Raises AgentError as `read_zipped` does, and for NaN or infinity in it."""
    if kept := in_arrays(Path(path)):  # of which a study would not notice that one row has changed
        raise AgentError(f"{path}: expected a zip, got a member in {kept[0].name}; heredity export writes its zip")
    agent = read_zipped(path)
    with within(str(path)):
        check_finite(agent)
    return agent


def read_founder(path: str | Path) -> Agent:
    """Read a model and, where heredity wrote no statistics beside it, a `vecnormalize.pkl` in its directory.

    Nothing is unpickled. Raises AgentError naming the file.
    """
    path = Path(path)
    agent = read_finite(path)
    beside = next((place for place in statistics_places(path) if is_there(place)), None)
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
    policy = read_policy(agent)
    if policy is None:
        raise AgentError("expected an agent of stable_baselines3 or sb3_contrib, got one whose zip tells no policy")
    changed = policy.changed
    hyperparameters: dict[str, Any] = {"use_sde": True} if changed.pop("use_sde", False) else {}
    hyperparameters["policy_kwargs"] = {**layers(read_tensors(agent)), **changed}
    check_weights(hyperparameters["policy_kwargs"], weights(agent))
    statistics = read_normalizer(agent.normalizer) if agent.normalizer else {}
    parts = [name.split(".")[1:-1] for name in statistics if name.startswith("observation.")]
    keys = tuple(dict.fromkeys(".".join(part) for part in parts if part))  # of a dictionary of observations
    normalize = Normalize(observation=bool(parts), reward=False, norm_obs_keys=keys or None)
    return Algorithm(
        name=policy.algorithm, policy=policy.alias, n_envs=8, normalize=normalize, hyperparameters=hyperparameters
    )


def layers(tensors: Tensors) -> dict[str, Any]:
    """Return the `policy_kwargs` that give a policy its layers: `net_arch`, and `n_critics` where it has Q-networks."""
    critics = {name.split(".")[1] for name in tensors.get("policy", {}) if name.startswith("critic.qf")}
    return {"net_arch": net_arch(tensors), **({"n_critics": len(critics)} if critics else {})}


def net_arch(tensors: Tensors) -> Any:
    """Return the hidden layers of an MLP policy, as Stable-Baselines3's `net_arch` writes them."""
    policy = tensors.get("policy", {})

    def sizes(sequence: str, hidden: bool) -> list[int]:
        pattern = re.compile(rf"^{re.escape(sequence)}\.\d+\.weight$")
        outputs = [int(value.shape[0]) for name, value in policy.items() if value.ndim and pattern.match(name)]
        return outputs if hidden else outputs[:-1]

    if "action_net.weight" in policy:
        return {"pi": sizes("mlp_extractor.policy_net", True), "vf": sizes("mlp_extractor.value_net", True)}
    if any(name.startswith("critic.qf0") for name in policy):  # the last layer of TD3's actor is one of its sequence
        pi = sizes("actor.latent_pi", True) if "actor.mu.weight" in policy else sizes("actor.mu", False)
        return {"pi": pi, "qf": sizes("critic.qf0", False)}
    sequences = ("q_net.q_net", "quantile_net.quantile_net", "action_net")  # DQN, QR-DQN, ARS
    return next((each for sequence in sequences if (each := sizes(sequence, False))), [])
