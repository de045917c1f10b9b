"""Members that take turns in a tile: whole results, to the byte whoever shares it and wherever it was killed."""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest

from heredity.agents.agent import Agent, fresh_agent, read_account, unpack
from heredity.agents.archives import npz
from heredity.agents.normalizer import read_normalizer
from heredity.agents.task import Task
from heredity.agents.twins import compiling
from heredity.errors import StudyError
from heredity.evaluation import members_on_twin, tile_plays
from heredity.inheritance.warm_start import WarmStart
from heredity.study.sections import Algorithm, Train
from heredity.training.cohort import tile_engine
from heredity.training.cohort.engine import train_cohort
from heredity.training.cohort.tile_engine import train_tile
from heredity.training.engines import train
from heredity.training.history import unpack_history
from heredity.training.shard import Member, Shard

pytestmark = pytest.mark.study

SMALL = {
    "n_steps": 32,
    "batch_size": 64,
    "n_epochs": 2,
    "learning_rate": "lin_0.01",
    "policy_kwargs": {"net_arch": [8]},
}
ALGORITHM = Algorithm(name="PPO", n_envs=4, hyperparameters=SMALL)
TASK = Task("CartPole-v1", threshold=40.0, twin=True)
SETTINGS = Train(engine="cohort", environments="jax", device="cuda", shard=2, window=20, checkpoint_steps=100)
FASTER = {"learning_rate": 0.03, "ent_coef": 0.1}


class KilledError(BaseException):
    """What nothing catches."""


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(members_on_twin, "MEMBERS", 4)
    monkeypatch.setattr(members_on_twin, "EPISODES", 4)
    monkeypatch.setattr(tile_engine, "BLOCK", 2)
    monkeypatch.setattr(tile_plays, "computing_on", lambda _: nullcontext())


@pytest.fixture(scope="module")
def shard():
    members = [Member(f"m{seed}", fresh_agent(ALGORITHM, TASK, seed), seed) for seed in range(4)]
    members.append(Member("m4", fresh_agent(ALGORITHM, TASK, 0), 0, FASTER))
    return Shard("g", "inherited", TASK, ALGORITHM, SETTINGS, 1500, 4, tuple(members))


@pytest.fixture(scope="module")
def trained(shard):
    with pytest.MonkeyPatch.context() as patch:
        for name in ("MEMBERS", "EPISODES"):
            patch.setattr(members_on_twin, name, 4)
        patch.setattr(tile_engine, "BLOCK", 2)
        patch.setattr(tile_plays, "computing_on", lambda _: nullcontext())
        said = []
        return train_tile(shard, said.append, None), said


def same(one, other):
    return (one.agent, one.curve, one.history, one.reached) == (other.agent, other.curve, other.history, other.reached)


def test_results_are_whole(shard, trained):
    members, said = trained
    assert [each.name for each in members] == [each.name for each in shard.members]
    for member in members:
        steps = [row.env_steps for row in member.curve]
        assert steps == [*range(0, steps[-1] + 1, 128)] and member.env_steps == steps[-1]
        assert member.reached == (member.curve[-1].return_mean >= 40 and member.curve[-1].episodes == 20)
        assert member.reached or steps[-1] == 1536
        last = unpack_history(member.history)[-20:]
        assert member.curve[-1].return_mean == pytest.approx(np.mean([each.episode_return for each in last]), rel=1e-6)
        assert member.curve[-1].length_mean == pytest.approx(np.mean([each.length for each in last]), rel=1e-6)
        assert [each.row for each in said if each.member == member.name and not each.last] == [*member.curve]
    assert sum(each.last for each in said) == 5
    assert any(each.reached for each in members)


def test_what_a_zip_says_of_its_training_is_what_the_engine_on_the_cpu_says(shard, trained):
    by_budget = replace(shard, train=SETTINGS.model_copy(update={"until": "budget", "device": "cpu"}), budget_steps=256)
    theirs = train_cohort(by_budget, lambda _: None, None)
    ours = train_tile(by_budget, lambda _: None, None)
    for one, other in zip(ours, theirs, strict=True):
        for part in ("data", "heredity.json"):
            assert read_account(one.agent, part) == read_account(other.agent, part)
        assert [row.learning_rate for row in one.curve] == [row.learning_rate for row in other.curve]
        assert one.curve[0] == other.curve[0]
    model = unpack(ours[0].agent, ALGORITHM, TASK, 0, 0)
    assert model.policy.optimizer.state_dict()["state"][0]["step"] == 8


def test_hyperparameters_of_its_own_are_what_a_member_learns_with(trained):
    first, last = trained[0][0], trained[0][-1]
    assert first.curve[0] == last.curve[0] and first.curve[1].learning_rate != last.curve[1].learning_rate
    assert read_account(last.agent, "data")["ent_coef"] == 0.1


def test_a_member_alone_comes_to_the_same_bytes(shard, trained):
    (alone,) = train_tile(replace(shard, members=shard.members[2:3]), lambda _: None, None)
    assert same(alone, trained[0][2])


@pytest.mark.parametrize("rows", [9, 20])
def test_training_goes_on_from_checkpoints_to_the_same_bytes(shard, trained, tmp_path, monkeypatch, rows):
    monkeypatch.setattr(tile_engine, "PAUSE_SECONDS", 0)
    said = []

    def kill(progress):
        said.append(progress)
        if len(said) > rows:
            raise KilledError

    with pytest.raises(KilledError):
        train_tile(shard, kill, tmp_path)
    again = []
    members = train_tile(shard, again.append, tmp_path)
    assert all(map(same, members, trained[0]))
    assert len(again) < len(trained[1])
    assert all(map(same, train_tile(shard, again.append, tmp_path), trained[0]))  # of what lies there finished


def test_a_member_that_comes_to_no_numbers_fails_alone(shard, trained):
    lost = replace(shard, lost={"m1": "it ended its process"})
    members = train_tile(lost, lambda _: None, None)
    assert members[1].failure == "it ended its process"
    assert all(same(one, other) for m, (one, other) in enumerate(zip(members, trained[0], strict=True)) if m != 1)
    wild = shard.members[1], replace(shard.members[3], hyperparameters={"learning_rate": 1e30})
    whole, failed = train_tile(replace(shard, members=wild), lambda _: None, None)
    assert same(whole, trained[0][1])
    assert "finite" in failed.failure and failed.agent == shard.members[3].initial


def test_members_that_normalize_count_what_the_engine_on_the_cpu_counts(shard, tmp_path, monkeypatch):
    algorithm = Algorithm(**{**ALGORITHM.model_dump(), "normalize": {"observation": True, "reward": True}})
    members = tuple(Member(f"m{seed}", fresh_agent(algorithm, TASK, seed), seed) for seed in range(3))
    by_budget = SETTINGS.model_copy(update={"until": "budget"})
    whole = replace(shard, algorithm=algorithm, members=members, train=by_budget, budget_steps=512)
    ours = train_tile(whole, lambda _: None, None)
    theirs = train_cohort(replace(whole, train=by_budget.model_copy(update={"device": "cpu"})), lambda _: None, None)
    for one, other in zip(ours, theirs, strict=True):
        mine, cpus = (read_normalizer(each.agent.normalizer) for each in (one, other))
        assert mine.keys() == cpus.keys()
        for name in ("observation.count", "reward.count"):
            np.testing.assert_allclose(mine[name], cpus[name], rtol=1e-6)
        assert not np.allclose(mine["observation.var"], 1) and mine["reward.var"] > 1
    assert ours[0].curve[0] == theirs[0].curve[0]
    assert same(train_tile(replace(whole, members=members[1:2]), lambda _: None, None)[0], ours[1])
    monkeypatch.setattr(tile_engine, "PAUSE_SECONDS", 0)
    said = []

    def kill(progress):
        said.append(progress)
        if len(said) > 8:
            raise KilledError

    with pytest.raises(KilledError):
        train_tile(whole, kill, tmp_path)
    assert all(map(same, train_tile(whole, lambda _: None, tmp_path), ours))


def test_heirs_go_on_with_the_statistics_that_they_have(shard):
    algorithm = Algorithm(**{**ALGORITHM.model_dump(), "normalize": {"observation": True, "reward": True}})
    agent = fresh_agent(algorithm, TASK, 0)
    arrays = read_normalizer(agent.normalizer)
    moved = {"mean": lambda mean: mean + 7, "count": lambda _: np.array(1e6), "var": lambda var: var}
    far = {name: moved[name.split(".")[1]](array) for name, array in arrays.items()}
    heir = replace(
        shard, algorithm=algorithm, members=(Member("m0", Agent(agent.model, npz(far)), 0),), budget_steps=128
    )
    (trained,) = train_tile(heir, lambda _: None, None)
    after = read_normalizer(trained.agent.normalizer)
    for name in ("observation.mean", "reward.mean"):
        np.testing.assert_allclose(after[name], far[name], atol=0.1)


def test_a_shard_whose_train_section_says_cuda_is_trained_there(shard, trained, monkeypatch):
    devices = []
    monkeypatch.setattr(compiling, "computing_on", lambda device: devices.append(device) or nullcontext())
    assert all(map(same, train(shard), trained[0]))
    assert devices == ["cuda"]


def test_without_a_gpu_nobody_fails_and_the_line_says_what_to_write(shard):
    with pytest.raises(
        StudyError, match=r"^train\.device: expected a CUDA device, got none .*write train\.device: cpu$"
    ):
        train(shard)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"warm_start": WarmStart(kickstart=1.0)}, "knows no kickstart"),
        ({"warm_start": WarmStart(update_share=0.5)}, "knows no update_share"),
    ],
    ids=["kickstart", "update_share"],
)
def test_what_the_program_knows_nothing_of_is_refused_in_a_line(shard, changes, reason):
    members = replace(shard.members[0], **changes), shard.members[1]
    with pytest.raises(
        StudyError, match=rf"^train\.engine: cohort {reason} where train\.device is cuda; write auto or sb3"
    ):
        train(replace(shard, members=members))


def test_a_limit_that_some_members_have_holds_for_them_alone(shard, trained):
    strict = replace(shard.members[0], name="m9", hyperparameters={"target_kl": 1e-9})
    free, held = train_tile(replace(shard, members=(shard.members[0], strict)), lambda _: None, None)
    assert free.curve[1].clip_fraction == pytest.approx(trained[0][0].curve[1].clip_fraction, abs=1e-4)
    assert held.curve[0] == free.curve[0] and held.curve[1].clip_fraction == 0
    assert held.agent != free.agent
