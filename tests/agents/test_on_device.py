"""Equal trainings on a GPU have equal bits, and what is packed of them are the CPU's bytes; stand-ins for a GPU."""

import json
import os

import pytest
import torch
from stable_baselines3.common.base_class import BaseAlgorithm

from heredity.agents import on_device
from heredity.agents.agent import fresh_agent, pack, zip_members
from heredity.agents.algorithms import build
from heredity.agents.boundary import process_state
from heredity.agents.boundary.calls import Calls
from heredity.agents.boundary.process_kept import process_kept
from heredity.agents.on_device import is_on_cpu, on_the_device, torch_device
from heredity.agents.task import Task
from heredity.errors import StudyError
from heredity.study.sections import Algorithm, Train
from heredity.training.engines import train
from heredity.training.shard import Member, Shard

PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 8, "batch_size": 16, "n_epochs": 1})
SAC = Algorithm(name="SAC", n_envs=1, hyperparameters={"buffer_size": 50, "policy_kwargs": {"net_arch": [4]}})
RECURRENT = Algorithm(
    name="RecurrentPPO", policy="MlpLstmPolicy", n_envs=2,
    hyperparameters={"n_steps": 8, "batch_size": 8, "policy_kwargs": {"lstm_hidden_size": 4}},
)  # fmt: skip
CARTPOLE, PENDULUM = Task("CartPole-v1"), Task("Pendulum-v1")
CUDA = torch.device("cuda")


@pytest.fixture
def saved_on_gpu(monkeypatch):
    """Let PyTorch write of every tensor of a model that is saved that it lies on a GPU."""
    tags, save = torch.serialization._package_registry, BaseAlgorithm.save

    def saved(model, *args, **kwargs):
        with monkeypatch.context() as patched:
            own = [(0, lambda _: "cuda:0", lambda *_: None), *tags]
            patched.setattr(torch.serialization, "_package_registry", own)
            save(model, *args, **kwargs)

    monkeypatch.setattr(BaseAlgorithm, "save", saved)


@pytest.mark.parametrize(
    ("built_for", "visible", "variable", "line"),
    [
        (
            None,
            ("0",),
            None,
            r"got none \(torch \S+ is built for the CPU\); type: pip install --force-reinstall torch, ",
        ),
        (
            "13.0",
            (),
            None,
            r"got none \(no GPU is visible on this machine\); train where there is one, or write train\.",
        ),
        ("13.0", ("0",), None, r"got none \(torch \S+ finds no GPU\); type: nvidia-smi, or write train\.device: cpu$"),
        ("13.0", ("0",), "0", r"\(torch \S+ finds no GPU\); type: nvidia-smi, or write train\.device: cpu$"),
        (
            "13.0",
            (),
            "-1",
            r"\(torch \S+ finds no GPU\); type: unset CUDA_VISIBLE_DEVICES, or write train\.device: ",
        ),
    ],
)
def test_without_a_gpu_one_line_says_what_to_type(built_for, visible, variable, line, monkeypatch):
    monkeypatch.setattr(torch.version, "cuda", built_for)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(on_device, "visible_gpus", lambda: visible)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if variable is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", variable)
    members = (Member("m00", fresh_agent(PPO, CARTPOLE, 1), 1),)
    shard = Shard("first", "inherited", CARTPOLE, PPO, Train(engine="sb3", device="cuda"), 16, 1, members)
    with pytest.raises(StudyError, match=rf"^train\.device: expected a CUDA device, .*{line}"):
        train(shard)  # and no member is said to have failed


def test_on_a_gpu_all_that_makes_two_runs_differ_is_off_and_is_put_back(monkeypatch):
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    monkeypatch.setattr(process_state, "_gpu", False)
    with process_kept():
        assert torch_device("cuda") == CUDA
        assert torch.are_deterministic_algorithms_enabled() and not torch.backends.cudnn.benchmark
        assert torch.backends.cudnn.deterministic and not torch.backends.cudnn.allow_tf32
        assert not torch.backends.cuda.matmul.allow_tf32 and os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
        Calls("Own-v0", 60).call("step", lambda: setattr(torch.backends.cudnn, "allow_tf32", True))
        assert not torch.backends.cudnn.allow_tf32
    assert not torch.are_deterministic_algorithms_enabled()


def test_the_cpu_is_left_as_it_is():
    assert torch_device("cpu").type == "cpu" and not torch.are_deterministic_algorithms_enabled()


@pytest.mark.parametrize(("algorithm", "task"), [(PPO, CARTPOLE), (SAC, PENDULUM), (RECURRENT, CARTPOLE)])
def test_what_is_packed_of_a_gpu_are_the_bytes_of_the_cpu(algorithm, task, request):
    model = build(algorithm, task, 0, 0)
    parts = zip_members(pack(model, algorithm).model)
    request.getfixturevalue("saved_on_gpu")
    assert b"cuda" in zip_members(pack(model, algorithm).model)["policy.pth"]  # the stand-in is one
    model.device = CUDA
    assert zip_members(pack(model, algorithm).model) == parts
    assert b"cuda" not in b"".join(parts.values())


def test_statistics_on_a_gpu_are_not_pickled():
    model = build(SAC, PENDULUM, 0, 0)
    assert is_on_cpu(model) and on_the_device(model) == set()
    model.batch_norm_stats, model.device = [torch.zeros(3)], CUDA
    assert "batch_norm_stats" in on_the_device(model)
    assert "batch_norm_stats" not in json.loads(zip_members(pack(model, SAC).model)["data"])
