"""Tensors are read from PyTorch's files as PyTorch reads them, and whatever else lies there is refused in one line."""

import io
import itertools
import os
from pathlib import Path

import pytest
import sb3_contrib
import stable_baselines3
import torch

from heredity.agents.agent import Agent, read_tensors, read_zipped
from heredity.agents.archives import unpack_zip
from heredity.agents.founders import read_founder
from heredity.agents.kept import kept_digest
from heredity.errors import AgentError
from heredity.layout import normalizer_path
from tests.agents import hostile, hostile_files
from tests.agents.examples import FRESH


def refused(directory, content, read=read_founder, place=Path):
    """Return the line with which a model is refused, whose own file, or one beside it, has another content."""
    path = directory / "model.zip"
    path.write_bytes(FRESH.model)
    place(path).write_bytes(content)
    with pytest.raises(AgentError) as refusal:
        read(path)
    line = str(refusal.value)
    assert line.startswith(str(directory)) and line.isprintable() and len(line) < 2100
    return line


def sparse(path):
    path.touch()
    os.truncate(path, 3 << 30)


def each(*kinds):
    """Return cases as parameters; those whose files alone take long to make belong to the campaign."""
    chosen = [case for case in itertools.chain(*kinds) if "bomb" not in case[0] and ",000 " not in case[0]]
    return pytest.mark.parametrize(("name", "make"), [pytest.param(*case, id=case[0]) for case in chosen])


@each(hostile.tensors(), hostile.texts())
def test_what_is_no_state_dict_of_plain_tensors_is_refused_by_every_reader(tmp_path, name, make):
    content = make()
    assert refused(tmp_path, content) == refused(tmp_path, content, read_zipped)


@each(hostile_files.zips())
def test_what_is_no_sound_zip_is_refused_by_every_reader(tmp_path, name, make):
    content = make()
    assert refused(tmp_path, content) == refused(tmp_path, content, read_zipped)
    with pytest.raises(AgentError):
        read_tensors(Agent(content))


@each(hostile.numbers())
def test_numbers_with_which_nobody_can_act_are_refused_of_a_founder_alone(tmp_path, name, make):
    assert "expected finite numbers, got NaN or infinity in" in refused(tmp_path, make())
    assert read_zipped(tmp_path / "model.zip")


@pytest.mark.parametrize(
    ("name", "task", "arguments"),
    [
        ("PPO", "CartPole-v1", {"n_steps": 16, "batch_size": 16}),
        ("A2C", "CartPole-v1", {}),
        ("SAC", "Pendulum-v1", {"learning_starts": 4}),
        ("RecurrentPPO", "CartPole-v1", {"n_steps": 16}),
        ("CrossQ", "Pendulum-v1", {"learning_starts": 4}),
    ],
)
def test_tensors_are_those_that_pytorch_reads(name, task, arguments):
    library = sb3_contrib if hasattr(sb3_contrib, name) else stable_baselines3
    policy = "MlpLstmPolicy" if name == "RecurrentPPO" else "MlpPolicy"
    small = {} if name == "RecurrentPPO" else {"policy_kwargs": {"net_arch": [8]}}
    buffer = io.BytesIO()
    getattr(library, name)(policy, task, device="cpu", **small, **arguments).learn(8).save(buffer)
    tensors = read_tensors(Agent(buffer.getvalue()))
    for member, content in unpack_zip(buffer.getvalue()).items():
        if member.endswith(".pth"):
            theirs = torch.load(io.BytesIO(content), weights_only=True)
            assert_equal(tensors.get(member.removesuffix(".pth"), {}), dict(theirs))


def assert_equal(ours, theirs):
    if isinstance(theirs, torch.Tensor):
        assert (ours.dtype, ours.stride()) == (theirs.dtype, theirs.stride()) and torch.equal(ours, theirs)
    elif isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        for key, value in theirs.items():
            assert_equal(ours[key], value)
    elif isinstance(theirs, list | tuple):
        assert type(ours) is type(theirs)
        for mine, other in zip(ours, theirs, strict=True):
            assert_equal(mine, other)
    else:
        assert type(ours) is type(theirs) and ours == theirs


@each(hostile_files.normalizers())
def test_what_is_no_normalizer_is_refused_by_every_reader(tmp_path, name, make):
    content = make()
    assert refused(tmp_path, content, place=normalizer_path) == refused(tmp_path, content, read_zipped, normalizer_path)


@each(hostile_files.statistics())
def test_what_is_no_pickled_statistics_is_refused(tmp_path, name, make):
    refused(tmp_path, make(), place=lambda path: path.with_name("vecnormalize.pkl"))


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero"), sparse])
def test_what_is_no_file_of_a_sensible_size_is_refused_without_being_read(tmp_path, make):
    path = tmp_path / "model.zip"
    make(path)
    for read in (read_founder, read_zipped, kept_digest):
        with pytest.raises(AgentError, match=r"model\.zip: "):
            read(path)


def test_views_of_shared_numbers_turned_tensors_and_parameters_are_read():
    flat = torch.arange(24.0)
    value = {
        "half": flat[:12].view(3, 4), "other": flat[12:], "turned": flat.view(4, 6).T, "again": flat.view(4, 6).T,
        "parameter": torch.nn.Parameter(torch.ones(2)), "number": torch.tensor(3), "bools": torch.tensor([True, False]),
        "short": torch.ones(3, dtype=torch.bfloat16), "double": torch.ones(3, dtype=torch.float64),
    }  # fmt: skip
    ours = read_tensors(Agent(hostile.model({"policy.pth": hostile.saved(value)})))["policy"]
    assert_equal(ours, {name: each.detach() for name, each in value.items()})
