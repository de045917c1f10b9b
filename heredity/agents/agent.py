"""An agent is bytes: a canonical Stable-Baselines3 zip and, where it normalizes, its statistics.

Reading never unpickles (`heredity.agents.tensors`), and the pickled parts of a zip's `data` are written for
Stable-Baselines3's own `load` but never looked at here.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from heredity.agents.algorithms import build, check_buffers
from heredity.agents.archives import pack_zip, read_zip, unpack_zip
from heredity.agents.generators import generators_put_aside
from heredity.agents.model_tensors import load_tensors
from heredity.agents.normalizer import NORMALIZER_BYTES, pack_normalizer, read_normalizer, unpack_normalizer
from heredity.agents.on_device import is_on_cpu, moved_to_cpu, on_the_device
from heredity.agents.plain_json import plain_json
from heredity.agents.spaces import SpacesOnly
from heredity.agents.task import Task
from heredity.agents.tensors import Tensors, not_finite, optimizes, read_state
from heredity.agents.weight_limit import check_weights, weights_limited
from heredity.errors import AgentError, one_line
from heredity.files import new_directory, write_bytes
from heredity.layout import normalizer_path
from heredity.reading import YAML_BYTES, is_there, read_bytes
from heredity.study.sections import Algorithm, Device

NOT_KEPT = {
    "start_time",
    "ep_info_buffer",
    "ep_success_buffer",
    "_last_obs",
    "_last_original_obs",
    "_last_episode_starts",
}
"""Attributes that vary between equal trainings, or belong to the environments of one process."""

DATA, OUR_MEMBER, PART = "data", "heredity.json", ".pth"
ACCOUNTS = {DATA: 64 << 20, OUR_MEMBER: YAML_BYTES}
"""Largest members: the last observations, as text, are in `data`; heredity.json has one section of a params.yaml."""

KEPT_AGENTS = 4
"""How many zips stay unpacked in memory: a shard's, or the parents of one heir."""


@dataclass(frozen=True)
class Agent:
    """One policy as bytes, equal for equal training."""

    model: bytes
    normalizer: bytes | None = None

    @property
    def digest(self) -> str:
        """SHA-256 over the model and its normalizer, hexadecimal."""
        return sha256(self.model + (self.normalizer or b"")).hexdigest()

    def __eq__(self, other: object) -> bool:
        """Whether both are the same bytes, whoever keeps them."""
        if not isinstance(other, Agent):
            return NotImplemented
        return (self.model, self.normalizer) == (other.model, other.normalizer)

    def __repr__(self) -> str:
        """Name an agent by its digest, as `heredity tree` does."""
        statistics = "" if self.normalizer is None else f" and {len(self.normalizer):,} of statistics"
        return f"Agent({self.digest[:8]}, {len(self.model):,} bytes{statistics})"


def fresh_agent(algorithm: Algorithm, task: Task, seed: int) -> Agent:
    """Return an agent with random initial weights."""
    return pack(build(algorithm, task, seed, seed, SpacesOnly(task, algorithm.n_envs)), algorithm)


def pack(model: BaseAlgorithm, algorithm: Algorithm) -> Agent:
    """Turn a Stable-Baselines3 model into bytes that do not depend on the clock, the host or memory addresses."""
    buffer = io.BytesIO()
    with generators_put_aside(model):
        model.save(buffer, exclude=NOT_KEPT | on_the_device(model))
    # Packed anew, because a zip keeps the time of its writing and system_info.txt names the machine.
    with zipfile.ZipFile(buffer) as saved:
        members = {name: saved.read(name) for name in saved.namelist() if name != "system_info.txt"}
    if not is_on_cpu(model):
        members |= {name: moved_to_cpu(content) for name, content in members.items() if name.endswith(PART)}
    members[DATA] = _without_descriptions(members[DATA])
    members[OUR_MEMBER] = json.dumps({"algorithm": algorithm.model_dump(mode="json")}, sort_keys=True).encode()
    envs = model.get_vec_normalize_env()
    return Agent(pack_zip(members), pack_normalizer(envs) if envs else None)


def with_budget(agent: Agent, env_steps: int, budget_steps: int) -> Agent:
    """Return an agent as it would be had it taken the same steps of another budget, which its zip tells as well."""
    members = unpack_zip(agent.model)
    progress = {"_total_timesteps": budget_steps, "_current_progress_remaining": 1.0 - env_steps / budget_steps}
    members[DATA] = json.dumps({**json.loads(members[DATA]), **progress}, indent=1, sort_keys=True).encode()
    return Agent(pack_zip(members), agent.normalizer)


def unpack(
    agent: Agent, algorithm: Algorithm, task: Task, seed: int, env_seed: int, envs: VecEnv | None = None,
    device: Device = "cpu",
) -> BaseAlgorithm:  # fmt: skip
    """Build a model on a task, or on its copies `envs`, and give it the agent's weights, optimizer and statistics.

    Where heredity did not write the agent, an optimizer of another kind than the algorithm's stays as it is built.
    Raises AgentError or StudyError where the agent's tensors are not those of such a model.
    """
    with weights_limited(weights(agent)):
        model = build(algorithm, task, seed, env_seed, envs, device)
    load_tensors(model, read_tensors(agent), any_optimizer=OUR_MEMBER not in zip_members(agent.model))
    normalized = model.get_vec_normalize_env()
    if normalized and agent.normalizer:
        unpack_normalizer(agent.normalizer, normalized)
    return model


def read_tensors(agent: Agent) -> Tensors:
    """Return every state dict of the zip by name ("policy", "policy.optimizer", "pytorch_variables").

    Raises AgentError when one holds anything but tensors and numbers.
    """
    # Copied: torch's optimizers keep the very tensors that they are given as their state, and change them in place.
    return deepcopy(_parsed(agent.model))


@lru_cache(maxsize=KEPT_AGENTS)
def _parsed(model: bytes) -> Tensors:
    """Parse a zip's tensors once for all who ask: whoever read it from a file, and each heir of the same parent."""
    parts: Tensors = {}
    for name, content in zip_members(model).items():
        part = name.removesuffix(PART)
        if part != name and (state := read_state(content, name, optimizer=optimizes(part))):
            parts[part] = state
    if "policy" not in parts:
        raise AgentError("expected policy.pth in a Stable-Baselines3 zip, got none")
    return parts


def acts_by(agent: Agent) -> str:
    """SHA-256 over what an agent acts by, hexadecimal: its tensors without an optimizer's, and its statistics."""
    parts = {name: content for name, content in zip_members(agent.model).items() if name.endswith(PART)}
    acting = [name.encode() + parts[name] for name in sorted(parts) if not optimizes(name.removesuffix(PART))]
    return sha256(b"".join([*acting, agent.normalizer or b""])).hexdigest()


def weights(agent: Agent) -> int:
    """Return how many numbers an agent's policy holds."""
    return sum(value.numel() for value in _parsed(agent.model)["policy"].values())


@lru_cache(maxsize=KEPT_AGENTS)
def zip_members(model: bytes) -> Mapping[str, bytes]:
    """Return what lies in an agent's zip, by name. Raises AgentError for a damaged one."""
    return unpack_zip(model)


def read_algorithm(agent: Agent) -> Algorithm:
    """Return the algorithm section the agent was made with. Raises AgentError for a zip that heredity did not write."""
    account = read_account(agent, OUR_MEMBER)
    if account is None:
        raise AgentError(f"expected {OUR_MEMBER} in the zip, as heredity writes it; name the algorithm explicitly")
    try:
        algorithm = Algorithm.model_validate(account["algorithm"])
    except (ValueError, KeyError, TypeError) as error:
        raise AgentError(f"{OUR_MEMBER}: expected the algorithm as heredity writes it, got {one_line(error)}") from None
    check_buffers(algorithm)
    check_weights(algorithm.hyperparameters.get("policy_kwargs"), weights(agent))
    return algorithm


def read_account(agent: Agent, name: str) -> dict[str, Any] | None:
    """Return what a zip says of its agent in plain text, in `data` or in heredity.json; None where it says nothing.

    Raises AgentError for anything but a mapping in JSON.
    """
    content = zip_members(agent.model).get(name)
    try:
        return None if content is None else plain_json(content, ACCOUNTS[name])
    except ValueError as error:
        writer = "heredity" if name == OUR_MEMBER else "Stable-Baselines3"
        raise AgentError(f"{name}: expected the algorithm as {writer} writes it, got {one_line(error)}") from None


def read_zipped(path: str | Path) -> Agent:
    """Read `<member>.zip` and the `<member>.normalizer.npz` beside it, unpickling nothing.

    Raises AgentError naming the file when it is not a Stable-Baselines3 zip.
    """
    path = Path(path)
    beside = normalizer_path(path)
    try:
        statistics = read_bytes(beside, NORMALIZER_BYTES) if is_there(beside) else None
        agent = Agent(read_zip(path), statistics)
        _parsed(agent.model)
        if agent.normalizer is not None:
            read_normalizer(agent.normalizer)
        for name in (DATA, OUR_MEMBER):
            read_account(agent, name)
    except OSError as error:
        raise AgentError(f"{path}: cannot be read: {error.strerror or error}") from None
    except AgentError as error:
        raise AgentError(f"{path}: {error}") from None
    except ValueError as error:
        raise AgentError(f"{path}: expected a Stable-Baselines3 zip, got {error}") from None
    return agent


def check_finite(agent: Agent) -> None:
    """Raise AgentError naming the part of an agent that holds NaN or infinity: such a one cannot act."""
    for part, state in [*_parsed(agent.model).items(), ("normalizer", _statistics(agent))]:
        if place := not_finite(state):
            raise AgentError(f"{part}: expected finite numbers, got NaN or infinity in {place}")


def write_agent(agent: Any, path: str | Path) -> None:
    """Write `<member>.zip`, and `<member>.normalizer.npz` where it normalizes, of an agent or what has one; whole."""
    agent = getattr(agent, "agent", agent)
    if agent.normalizer is not None:
        write_bytes(normalizer_path(Path(path)), agent.normalizer)
    write_bytes(path, agent.model)


def write_agents(directory: str | Path, agents: Mapping[str, Agent]) -> None:
    """Replace a directory by these agents alone, as a whole or not at all."""
    with new_directory(directory) as draft:
        for name, agent in agents.items():
            write_agent(agent, draft / f"{name}.zip")


def canonical(agent: Agent) -> Agent:
    """Return the agent with fixed dates and member order, its tensors untouched."""
    return Agent(pack_zip(unpack_zip(agent.model)), agent.normalizer)


def _statistics(agent: Agent) -> Mapping[str, Any]:
    arrays = read_normalizer(agent.normalizer) if agent.normalizer else {}
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def _without_descriptions(data: bytes) -> bytes:
    """Drop the attribute listings of pickled values: they are for human eyes and hold memory addresses."""
    wanted = (":type:", ":serialized:")
    values = {
        name: {key: value[key] for key in wanted} if isinstance(value, dict) and ":serialized:" in value else value
        for name, value in json.loads(data).items()
    }
    return json.dumps(values, indent=1, sort_keys=True).encode()
