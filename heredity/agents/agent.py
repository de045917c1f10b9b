"""An agent is bytes: a canonical Stable-Baselines3 zip and, where it normalizes, its statistics.

Reading never unpickles: tensors are read by torch with `weights_only`, and the pickled parts of a zip's `data` are
written for Stable-Baselines3's own `load` but never looked at here.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.save_util import recursive_getattr
from stable_baselines3.common.vec_env import VecEnv

from heredity.agents.algorithms import build
from heredity.agents.archives import check_zip, pack_zip, unpack_zip
from heredity.agents.generators import generators_put_aside
from heredity.agents.normalizer import pack_normalizer, read_normalizer, unpack_normalizer
from heredity.agents.task import Task
from heredity.errors import AgentError, one_line
from heredity.files import new_directory, write_bytes
from heredity.layout import normalizer_path
from heredity.reading import read_bytes
from heredity.study.sections import Algorithm

Tensors = dict[str, dict[str, Any]]

NOT_KEPT = {
    "start_time",
    "ep_info_buffer",
    "ep_success_buffer",
    "_last_obs",
    "_last_original_obs",
    "_last_episode_starts",
}
"""Attributes that vary between equal trainings, or belong to the environments of one process."""

OUR_MEMBER = "heredity.json"

LARGEST_BYTES = 4 << 30

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


def fresh_agent(algorithm: Algorithm, task: Task, seed: int) -> Agent:
    """Return an agent with random initial weights."""
    return pack(build(algorithm, task, seed, seed), algorithm)


def pack(model: BaseAlgorithm, algorithm: Algorithm) -> Agent:
    """Turn a Stable-Baselines3 model into bytes that do not depend on the clock, the host or memory addresses."""
    buffer = io.BytesIO()
    with generators_put_aside(model):
        model.save(buffer, exclude=NOT_KEPT)
    # Packed anew, because a zip keeps the time of its writing and system_info.txt names the machine.
    with zipfile.ZipFile(buffer) as saved:
        members = {name: saved.read(name) for name in saved.namelist() if name != "system_info.txt"}
    members["data"] = _without_descriptions(members["data"])
    members[OUR_MEMBER] = json.dumps({"algorithm": algorithm.model_dump(mode="json")}, sort_keys=True).encode()
    envs = model.get_vec_normalize_env()
    return Agent(pack_zip(members), pack_normalizer(envs) if envs else None)


def with_budget(agent: Agent, env_steps: int, budget_steps: int) -> Agent:
    """Return an agent as it would be had it taken the same steps of another budget, which its zip tells as well."""
    members = unpack_zip(agent.model)
    progress = {"_total_timesteps": budget_steps, "_current_progress_remaining": 1.0 - env_steps / budget_steps}
    members["data"] = json.dumps({**json.loads(members["data"]), **progress}, indent=1, sort_keys=True).encode()
    return Agent(pack_zip(members), agent.normalizer)


def unpack(
    agent: Agent, algorithm: Algorithm, task: Task, seed: int, env_seed: int, envs: VecEnv | None = None
) -> BaseAlgorithm:
    """Build a model on a task, or on its copies `envs`, and give it the agent's weights, optimizer and statistics."""
    model = build(algorithm, task, seed, env_seed, envs)
    load_tensors(model, read_tensors(agent))
    normalized = model.get_vec_normalize_env()
    if normalized and agent.normalizer:
        unpack_normalizer(agent.normalizer, normalized)
    return model


def load_tensors(model: BaseAlgorithm, tensors: Mapping[str, Mapping[str, Any]]) -> None:
    """Copy named tensors into a model; parts that `tensors` leaves out stay as they are.

    Raises AgentError naming the first tensor that is missing or has another shape.
    """
    present = own_tensors(model)
    for part, state in tensors.items():
        if part not in present:
            raise AgentError(f"expected the parts {', '.join(present)}, got {part}; the agent is of another algorithm")
        if not part.endswith("optimizer"):
            _check_shapes(part, present[part], state)
    states = {part: state for part, state in tensors.items() if part != "pytorch_variables"}
    whole: dict[str, Any] = {**model.get_parameters(), **states}  # an exact match names what is missing
    model.set_parameters(whole, exact_match=True, device="cpu")
    for name, value in tensors.get("pytorch_variables", {}).items():
        recursive_getattr(model, name).data.copy_(value)


def own_tensors(model: BaseAlgorithm) -> Tensors:
    """Return every state dict of a model by name, as `read_tensors` names those of an agent."""
    return {**model.get_parameters(), **_variables(model)}


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
        if name.endswith(".pth"):
            try:
                if state := _load_tensors(content):
                    parts[name.removesuffix(".pth")] = state
            except Exception as error:
                reason = one_line(error)
                raise AgentError(f"{name}: expected nothing but tensors, and nothing else is read ({reason})") from None
    return parts


@lru_cache(maxsize=KEPT_AGENTS)
def zip_members(model: bytes) -> Mapping[str, bytes]:
    """Return what lies in an agent's zip, by name. Raises AgentError for a damaged one."""
    return unpack_zip(model)


def read_algorithm(agent: Agent) -> Algorithm:
    """Return the algorithm section the agent was made with. Raises AgentError for a zip that heredity did not write."""
    content = zip_members(agent.model).get(OUR_MEMBER)
    if content is None:
        raise AgentError(f"expected {OUR_MEMBER} in the zip, as heredity writes it; name the algorithm explicitly")
    try:
        return Algorithm.model_validate(json.loads(content)["algorithm"])
    except (ValueError, KeyError, TypeError) as error:
        raise AgentError(f"{OUR_MEMBER}: expected the algorithm as heredity writes it, got {one_line(error)}") from None


def read_agent(path: str | Path) -> Agent:
    """Read `<member>.zip` and the `<member>.normalizer.npz` beside it, unpickling nothing.

    Raises AgentError naming the file when it is not a Stable-Baselines3 zip.
    """
    path = Path(path)
    beside = normalizer_path(path)
    try:
        statistics = read_bytes(beside, LARGEST_BYTES) if beside.exists() else None
        agent = Agent(read_bytes(path, LARGEST_BYTES), statistics)
        if "policy" not in _parsed(agent.model):
            raise AgentError("expected policy.pth in a Stable-Baselines3 zip, got none")
        if agent.normalizer is not None:
            read_normalizer(agent.normalizer)
    except OSError as error:
        raise AgentError(f"{path}: cannot be read: {error.strerror or error}") from None
    except AgentError as error:
        raise AgentError(f"{path}: {error}") from None
    except ValueError as error:
        raise AgentError(f"{path}: expected a Stable-Baselines3 zip, got {error}") from None
    return agent


def read_agents(directory: Path, names: Iterable[str] | None = None) -> dict[str, Agent]:
    """Read the named agents of a directory in that order, or all of them by name."""
    names = sorted(path.stem for path in directory.glob("*.zip")) if names is None else names
    return {name: read_agent(directory / f"{name}.zip") for name in names}


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


def _variables(model: BaseAlgorithm) -> Tensors:
    names = model._get_torch_save_params()[1]
    return {"pytorch_variables": {name: recursive_getattr(model, name) for name in names}} if names else {}


def _load_tensors(content: bytes) -> dict[str, Any]:
    """Read one state dict, whose tensors are dense and no larger than the memory that the file gives them."""
    check_zip(content)  # torch's own format is a zip as well
    state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    waiting: list[Any] = [state]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict | list | tuple):
            waiting += value.values() if isinstance(value, dict) else value
        elif isinstance(value, torch.Tensor) and (
            # a view with stride 0 stands for more numbers than the file holds, and fills the memory once it is copied
            value.layout != torch.strided or value.numel() * value.element_size() > value.untyped_storage().nbytes()
        ):
            raise AgentError(f"a tensor of shape {list(value.shape)} is larger than its memory")
    return dict(state)


def _check_shapes(part: str, expected: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    for name in expected.keys() | state.keys():
        here, there = (list(side[name].shape) if name in side else None for side in (expected, state))
        if here != there:
            raise AgentError(f"{part}: expected {name} of shape {here}, got {there}; the two tasks need other networks")


def _without_descriptions(data: bytes) -> bytes:
    """Drop the attribute listings of pickled values: they are for human eyes and hold memory addresses."""
    wanted = (":type:", ":serialized:")
    values = {
        name: {key: value[key] for key in wanted} if isinstance(value, dict) and ":serialized:" in value else value
        for name, value in json.loads(data).items()
    }
    return json.dumps(values, indent=1, sort_keys=True).encode()
