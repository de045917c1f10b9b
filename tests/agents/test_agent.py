"""Agents are canonical bytes that plain Stable-Baselines3 opens and that nothing here unpickles."""

import base64
import io
import json
import pickle
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import sb3_contrib
import stable_baselines3
import torch

import heredity.agents.agent
from heredity.agents.agent import (
    Agent,
    fresh_agent,
    pack,
    read_algorithm,
    read_tensors,
    read_zipped,
    unpack,
    write_agent,
    write_agents,
)
from heredity.agents.algorithms import build
from heredity.agents.founders import read_founder
from heredity.agents.model_tensors import load_tensors
from heredity.agents.stored import read_agents
from heredity.agents.task import Task
from heredity.errors import AgentError
from heredity.layout import normalizer_path
from heredity.study.sections import Algorithm, Normalize

CARTPOLE = Task("CartPole-v1")
PENDULUM = Task("Pendulum-v1")
PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 16, "batch_size": 32, "n_epochs": 1})


def trained(algorithm, task, steps=64, seed=0):
    model = build(algorithm, task, seed, seed)
    model.learn(steps)
    return model


@pytest.mark.slow
def test_equal_training_gives_equal_bytes_in_another_process():
    code = (
        "from tests.agents.test_agent import *\n"
        "print(pack(trained(PPO, CARTPOLE), PPO).digest)\n"
    )  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == pack(trained(PPO, CARTPOLE), PPO).digest + "\n"
    assert done.stdout != pack(trained(PPO, CARTPOLE, seed=1), PPO).digest + "\n"


def test_plain_load_opens_what_was_written(tmp_path):
    model = trained(PPO, CARTPOLE)
    write_agent(pack(model, PPO), tmp_path / "m00.zip")
    loaded = stable_baselines3.PPO.load(tmp_path / "m00.zip")
    observations = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    np.testing.assert_array_equal(
        loaded.predict(observations, deterministic=True)[0], model.predict(observations, deterministic=True)[0]
    )
    assert loaded.num_timesteps == model.num_timesteps


@pytest.mark.parametrize(
    ("name", "task", "hyperparameters"),
    [
        ("A2C", CARTPOLE, {}),
        ("DQN", CARTPOLE, {"learning_starts": 10}),
        ("SAC", PENDULUM, {"learning_starts": 10}),
        ("TD3", PENDULUM, {"learning_starts": 10}),
        ("TQC", PENDULUM, {"learning_starts": 10}),
        ("QRDQN", CARTPOLE, {"learning_starts": 10}),
        ("TRPO", CARTPOLE, {"n_steps": 16, "batch_size": 16}),
        ("RecurrentPPO", CARTPOLE, {"n_steps": 16, "n_epochs": 1}),
        ("ARS", CARTPOLE, {"n_delta": 1}),
    ],
)
def test_any_algorithm_of_both_libraries_survives_the_round_trip(tmp_path, name, task, hyperparameters):
    policy = {"RecurrentPPO": "MlpLstmPolicy", "ARS": "LinearPolicy"}.get(name, "MlpPolicy")
    algorithm = Algorithm(name=name, policy=policy, n_envs=1, hyperparameters=hyperparameters)
    agent = pack(trained(algorithm, task, steps=32), algorithm)
    write_agent(agent, tmp_path / "m00.zip")
    assert read_zipped(tmp_path / "m00.zip") == agent
    assert read_algorithm(agent) == algorithm
    again = unpack(agent, algorithm, task, seed=5, env_seed=5)
    for part, state in read_tensors(pack(again, algorithm)).items():
        for key, value in read_tensors(agent)[part].items():
            if isinstance(value, torch.Tensor):
                assert torch.equal(value, state[key]), f"{part}.{key}"
    library = stable_baselines3 if hasattr(stable_baselines3, name) else sb3_contrib
    getattr(library, name).load(tmp_path / "m00.zip")


def test_normalizer_statistics_travel_beside_the_model(tmp_path):
    algorithm = PPO.model_copy(update={"normalize": Normalize(observation=True, reward=True)})
    model = trained(algorithm, CARTPOLE)
    write_agent(pack(model, algorithm), tmp_path / "m00.zip")
    agent = read_zipped(tmp_path / "m00.zip")
    statistics = unpack(agent, algorithm, CARTPOLE, 9, 9).get_vec_normalize_env()
    np.testing.assert_array_equal(statistics.obs_rms.mean, model.get_vec_normalize_env().obs_rms.mean)
    assert statistics.ret_rms.var == model.get_vec_normalize_env().ret_rms.var
    assert statistics.obs_rms.count > 1


def test_a_model_of_another_shape_is_refused_by_tensor():
    with pytest.raises(AgentError, match=r"policy: expected .* of shape .*, got .*; the two tasks need other networks"):
        load_tensors(build(PPO, PENDULUM, 0, 0), read_tensors(fresh_agent(PPO, CARTPOLE, 0)))


class Bomb:
    """Touches a file when unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (open, (self.path, "w"))


def with_member(agent, name, content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(agent.model)) as old, zipfile.ZipFile(buffer, "w") as new:
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))
    return Agent(buffer.getvalue())


def test_pickles_in_data_and_in_tensors_are_never_opened(tmp_path):
    touched = tmp_path / "touched"
    agent = fresh_agent(PPO, CARTPOLE, 0)
    data = {"policy_class": {":type:": "x", ":serialized:": base64.b64encode(pickle.dumps(Bomb(touched))).decode()}}
    (tmp_path / "data.zip").write_bytes(with_member(agent, "data", json.dumps(data)).model)
    assert read_tensors(read_zipped(tmp_path / "data.zip")).keys() >= {"policy"}
    buffer = io.BytesIO()
    torch.save(Bomb(touched), buffer)
    (tmp_path / "tensors.zip").write_bytes(with_member(agent, "policy.pth", buffer.getvalue()).model)
    with pytest.raises(AgentError, match=r"tensors\.zip: policy\.pth: expected nothing but tensors"):
        read_zipped(tmp_path / "tensors.zip")
    assert not touched.exists()


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04" + bytes(50)])
def test_a_file_that_is_no_zip_is_refused_by_name(tmp_path, content):
    (tmp_path / "m00.zip").write_bytes(content)
    with pytest.raises(AgentError, match=r"m00\.zip: expected a Stable-Baselines3 zip, got \d+ other bytes"):
        read_zipped(tmp_path / "m00.zip")


def test_a_damaged_normalizer_is_refused(tmp_path):
    path = tmp_path / "m00.zip"
    write_agent(fresh_agent(PPO, CARTPOLE, 0), path)
    normalizer_path(path).write_bytes(b"nothing")
    with pytest.raises(AgentError, match=r"m00\.zip: normalizer: expected an \.npz of plain arrays"):
        read_zipped(path)


def test_a_foreign_zip_has_no_algorithm_to_read():
    buffer = io.BytesIO()
    build(PPO, CARTPOLE, 0, 0).save(buffer)
    with pytest.raises(AgentError, match=r"expected heredity\.json in the zip"):
        read_algorithm(Agent(buffer.getvalue()))


def test_a_zip_is_parsed_once_and_what_was_parsed_is_not_changed_by_who_learns_on_it(monkeypatch):
    agent, parsed = pack(trained(PPO, CARTPOLE), PPO), []
    read = heredity.agents.agent.read_state
    monkeypatch.setattr(
        heredity.agents.agent, "read_state", lambda *given, **keywords: parsed.append(1) or read(*given, **keywords)
    )
    first = unpack(agent, PPO, CARTPOLE, 5, 5)
    assert parsed
    parsed.clear()
    before = pack(first, PPO)
    first.learn(64)
    assert pack(first, PPO) != before
    assert pack(unpack(agent, PPO, CARTPOLE, 5, 5), PPO) == before
    assert not parsed


def test_a_directory_of_agents_is_replaced_as_a_whole(tmp_path):
    one, two = fresh_agent(PPO, CARTPOLE, 1), fresh_agent(PPO, CARTPOLE, 2)
    write_agents(tmp_path / "models", {"m00": one, "m01": two})
    assert read_agents(tmp_path / "models") == {"m00": one, "m01": two}
    write_agents(tmp_path / "models", {"m02": two})
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["m02.zip"]
    assert read_agents(tmp_path / "models", ["m02"]) == {"m02": two}


def test_statistics_that_are_a_link_to_nothing_are_refused_and_not_left_out(tmp_path):
    path = tmp_path / "m00.zip"
    write_agent(fresh_agent(PPO, CARTPOLE, 0), path)
    normalizer_path(path).symlink_to("gone.npz")
    with pytest.raises(AgentError, match=r"m00\.zip: cannot be read: No such file or directory"):
        read_zipped(path)
    normalizer_path(path).unlink()
    (tmp_path / "vecnormalize.pkl").symlink_to("gone.pkl")
    with pytest.raises(AgentError, match="vecnormalize"):
        read_founder(path)
