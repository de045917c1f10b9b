"""A training that was interrupted ends with the bytes of one that was not."""

import dataclasses
import json
import logging
import os

import pytest

from heredity.agents.agent import fresh_agent
from heredity.agents.archives import pack_zip, unpack_zip
from heredity.agents.task import Task
from heredity.inheritance.warm_start import WarmStart
from heredity.study.sections import Algorithm, Normalize, Train
from heredity.training import checkpoints
from heredity.training.checkpoints import Checkpoint, checkpoint_key
from heredity.training.engines import train
from heredity.training.shard import Member, Shard
from heredity.training.snapshot import RECORD_FILE, Snapshot, is_done, pack_snapshot
from tests.training.test_kickstart import steered

pytestmark = [pytest.mark.study, pytest.mark.usefixtures("short_segments")]

CARTPOLE, PENDULUM = Task("CartPole-v1", threshold=500.0), Task("Pendulum-v1", threshold=0.0)
PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 16, "batch_size": 32, "n_epochs": 2})
NORMALIZED = PPO.model_copy(update={"normalize": Normalize(observation=True, reward=True)})
DQN = Algorithm(name="DQN", n_envs=2, hyperparameters={"learning_starts": 20, "buffer_size": 80, "batch_size": 8})
SAC = Algorithm(
    name="SAC", n_envs=1,
    hyperparameters={
        "learning_starts": 20, "batch_size": 8, "buffer_size": 200, "policy_kwargs": {"net_arch": [16]},
    },
)  # fmt: skip
RECURRENT = Algorithm(
    name="RecurrentPPO", policy="MlpLstmPolicy", n_envs=2,
    hyperparameters={"n_steps": 16, "batch_size": 16, "n_epochs": 1, "policy_kwargs": {"lstm_hidden_size": 8}},
)  # fmt: skip
PARENT = steered()
SLOW = pytest.mark.slow


def shard(algorithm=PPO, task=CARTPOLE, engine="cohort", environments="gymnasium", budget=256, every=64):
    members = tuple(Member(f"m{seed:02d}", fresh_agent(algorithm, task, seed), seed) for seed in (1, 2))
    settings = Train(engine=engine, environments=environments, until="budget", checkpoint_steps=every)
    return Shard("first", "inherited", task, algorithm, settings, budget, 2, members)


def brought_up(work, **warm_start):
    """Return the shard with a first member of that warm start."""
    first, second = work.members
    return dataclasses.replace(
        work, members=(dataclasses.replace(first, warm_start=WarmStart(**warm_start)), second)
    )  # fmt: skip


def interrupt(work, directory, after):
    """Train until so many rows have been reported; return what had been reported."""
    heard = []

    def report(progress):
        heard.append(progress)
        if len(heard) == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(work, on_progress=report, checkpoints=directory)
    return heard


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(shard(), id="cohort"),
        pytest.param(shard(environments="jax"), id="cohort, twin"),
        pytest.param(shard(NORMALIZED, PENDULUM, environments="jax"), id="cohort, twin, normalized, Box"),
        pytest.param(shard(environments="envpool"), id="cohort, EnvPool", marks=SLOW),
        pytest.param(shard(NORMALIZED), id="cohort, normalized", marks=SLOW),
        pytest.param(shard(engine="sb3"), id="sb3"),
        pytest.param(shard(NORMALIZED, PENDULUM, engine="sb3"), id="sb3, normalized, Box"),
        pytest.param(brought_up(shard(), parent=PARENT, kickstart=1.0), id="cohort, kickstarted", marks=SLOW),
        pytest.param(brought_up(shard(engine="sb3"), parent=PARENT, kickstart=1.0), id="sb3, kickstarted", marks=SLOW),
        pytest.param(shard(RECURRENT, engine="sb3"), id="RecurrentPPO", marks=SLOW),
        pytest.param(shard(DQN, engine="sb3", budget=200), id="DQN, its buffer run over"),
        pytest.param(shard(SAC, PENDULUM, engine="sb3", budget=90, every=40), id="SAC", marks=SLOW),
    ],
)
def test_the_same_bytes_come_out_wherever_it_was_interrupted(work, tmp_path):
    whole = train(work)
    rows = sum(len(member.curve) for member in whole)
    for after in (3, rows // 2, rows):
        interrupt(work, tmp_path / str(after), after)
        assert train(work, checkpoints=tmp_path / str(after)) == whole
    assert train(work, checkpoints=tmp_path / str(rows)) == whole  # everything done before


def test_who_goes_on_says_from_where_and_reports_what_went_before(tmp_path, caplog):
    interrupt(shard(), tmp_path, 14)  # two members of a row each 32 steps and one before: at 192 steps
    heard = []
    with caplog.at_level(logging.WARNING):
        trained = train(shard(), on_progress=heard.append, checkpoints=tmp_path)
    assert caplog.messages == [
        f"first: inherited {name}: go on from the checkpoint at 128 steps" for name in ("m01", "m02")
    ]
    assert [p.row for p in heard if p.member == "m01" and not p.last] == list(trained[0].curve)


def test_a_damaged_checkpoint_is_not_used_and_the_one_before_is(tmp_path, caplog):
    whole = train(shard())
    interrupt(shard(), tmp_path, 18)
    work = shard()
    key = checkpoint_key(work, work.members[0])
    newest, before = tmp_path / f"{key}-256.zip", tmp_path / f"{key}-256.before.zip"
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    newest.write_bytes(content)
    assert train(shard(), checkpoints=tmp_path) == whole
    assert "m01: a checkpoint is damaged and is not used (its digest does not match" in caplog.messages[0]
    assert "m01: go on from the checkpoint at 128 steps" in caplog.messages[1]
    for path in (newest, before):
        path.write_bytes(path.read_bytes()[:100])
    assert train(shard(), checkpoints=tmp_path) == whole


def test_who_failed_in_a_shorter_training_learns_from_the_beginning(tmp_path):
    short, longer = shard(budget=64), shard(budget=128)
    for member in short.members:
        Checkpoint.of(tmp_path, short, member).save(Snapshot.first(member).failed("a step took too long"))
    assert train(longer, checkpoints=tmp_path) == train(longer)


def test_a_full_disk_keeps_the_checkpoint_before_and_stops_nothing(tmp_path, caplog, monkeypatch):
    whole = train(shard())
    interrupt(shard(), tmp_path, 10)

    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints, "write_bytes", full)
    assert train(shard(), checkpoints=tmp_path) == whole
    assert "no checkpoint is written (No space left on device); training goes on" in caplog.messages[-1]
    monkeypatch.undo()
    assert train(shard(), checkpoints=tmp_path) == whole


@pytest.mark.parametrize(
    "change",
    [
        {"algorithm": PPO.model_copy(update={"n_envs": 4})},
        {"task": Task("CartPole-v1", {"sutton_barto_reward": True}, threshold=500.0)},
        {"train": Train(engine="cohort", until="budget", checkpoint_steps=32)},
        {"code": "another digest"},
        {"members": (dataclasses.replace(shard().members[0], seed=7), shard().members[1])},
        {"members": (dataclasses.replace(shard().members[0], initial=PARENT), shard().members[1])},
        {"members": (dataclasses.replace(shard().members[0], hyperparameters={"gamma": 0.9}), shard().members[1])},
        {"members": brought_up(shard(), parent=PARENT, kickstart=1.0).members},
        {"members": brought_up(shard(), kickstart=1.0).members},
    ],
)
def test_a_changed_study_goes_on_from_nothing(change):
    before = shard()
    after = dataclasses.replace(before, **change)
    assert checkpoint_key(before, before.members[0]) != checkpoint_key(after, after.members[0])
    assert checkpoint_key(before, before.members[0]) == checkpoint_key(shard(), shard().members[0])
    assert checkpoint_key(before, before.members[0]) != checkpoint_key(before, before.members[1])


def test_names_the_budget_and_who_shares_the_shard_are_no_part_of_the_key():
    before, changes = shard(), {"generation": "renamed", "arm": "control", "budget_steps": 512}
    member = dataclasses.replace(before.members[0], name="l03/m01")
    after = dataclasses.replace(before, members=(member,), **changes)
    assert checkpoint_key(before, before.members[0]) == checkpoint_key(after, member)


@pytest.mark.parametrize(
    ("device", "engine", "alike"),
    [("cpu", "cohort", True), ("cpu", "sb3", True), ("cuda", "sb3", True), ("cuda", "cohort", False)],
)
def test_how_many_share_a_shard_is_part_of_the_key_where_they_are_one_program_of_a_gpu(device, engine, alike):
    works = [
        dataclasses.replace(work := shard(engine=engine), train=work.train.model_copy(update=settings))
        for settings in ({"device": device, "shard": 2}, {"device": device, "shard": 4})
    ]
    keys = {checkpoint_key(work, work.members[0]) for work in works}
    assert (len(keys) == 1) == alike
    assert checkpoint_key(shard(engine=engine), works[0].members[0]) not in keys or device == "cpu"


def test_members_that_stand_at_two_steps_end_with_the_same_bytes(tmp_path):
    """A process may end between the checkpoints of two members of its shard."""
    whole, work = train(shard()), shard()
    interrupt(work, tmp_path, 14)
    (tmp_path / f"{checkpoint_key(work, work.members[1])}-256.zip").unlink()
    assert train(work, checkpoints=tmp_path) == whole


def test_reading_a_finished_training_makes_it_young_again(tmp_path):
    train(shard(budget=64), checkpoints=tmp_path)
    work = shard(budget=64)
    path = tmp_path / f"{checkpoint_key(work, work.members[0])}-64.zip"
    os.utime(path, (0, 0))
    assert Checkpoint.of(tmp_path, work, work.members[0]).finished()
    assert path.stat().st_mtime > 0


@pytest.mark.parametrize("environments", ["gymnasium", "jax"])
@pytest.mark.parametrize("algorithm", [PPO, NORMALIZED], ids=["plain", "normalized"])
def test_the_cohorts_segments_leave_no_trace(algorithm, environments):
    often, once = (train(shard(algorithm, every=every, environments=environments)) for every in (64, 256))
    assert often == once


@pytest.mark.parametrize(
    "harm",
    [
        os.mkfifo,
        lambda path: path.mkdir(),
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.write_bytes(checkpoints.sha256(b"x").digest() + b"x"),
        lambda path: path.write_bytes(_record_of("curve", 5)),
        lambda path: path.write_bytes(_record_of("counters", [[]])),
        lambda path: path.write_bytes(_record_of("failure", ["x"])),
    ],
)
def test_whatever_lies_in_a_checkpoints_place_is_not_used_and_not_waited_for(tmp_path, harm, caplog):
    work = shard()
    checkpoint = Checkpoint.of(tmp_path, work, work.members[0])
    harm(tmp_path / f"{checkpoint.key}-256.zip")
    (tmp_path / f"{checkpoint.key}-many.zip").touch()  # which says of no budget
    assert checkpoint.load() is None
    assert "a checkpoint is damaged and is not used" in caplog.text
    is_done(tmp_path / f"{checkpoint.key}-256.zip")


def _record_of(key, value):
    """Return a whole checkpoint of which one value is of another kind."""
    parts = unpack_zip(pack_snapshot(Snapshot.first(shard().members[0])))
    parts[RECORD_FILE] = json.dumps({**json.loads(parts[RECORD_FILE]), key: value}).encode()
    content = pack_zip(parts)
    return checkpoints.sha256(content).digest() + content
