"""Members that were trained before are not trained again, and come back with the bytes of a training."""

import logging
from dataclasses import replace

import gymnasium
import pytest

from heredity.agents.agent import fresh_agent
from heredity.agents.task import Task
from heredity.layout import Layout
from heredity.pipeline.member_store import train_missing
from heredity.study.sections import Algorithm, Train, Wrapper
from heredity.training.shard import Member, Shard
from heredity.training.sharding import deal
from tests.here import here
from tests.training.examples import first_episode

pytestmark = [pytest.mark.study, pytest.mark.usefixtures("short_segments")]

CARTPOLE = Task("CartPole-v1", threshold=500.0)
PPO = Algorithm(
    name="PPO", n_envs=2,
    hyperparameters={"n_steps": 32, "batch_size": 64, "n_epochs": 1, "policy_kwargs": {"net_arch": [8]}},
)  # fmt: skip
OFTEN = PPO.model_copy(update={"n_envs": 1, "hyperparameters": {"n_steps": 2, "batch_size": 2, "n_epochs": 1}})
FALLING = PPO.model_copy(update={"hyperparameters": {**PPO.hyperparameters, "learning_rate": "lin_0.001"}})
DQN = Algorithm(name="DQN", n_envs=2, hyperparameters={"learning_starts": 20, "buffer_size": 80, "batch_size": 8})
ENGINES = ("sb3", "cohort")
DOOMED = set()
"""Seeds of environments whose motor is burnt."""


class Breaking(gymnasium.Wrapper):
    """An environment that does not come up on doomed seeds."""

    def reset(self, *, seed=None, options=None):
        if seed in DOOMED:
            raise RuntimeError("motor burnt")
        return super().reset(seed=seed, options=options)


FRAGILE = replace(CARTPOLE, wrappers=(Wrapper(name="tests.pipeline.test_member_store.Breaking"),))


class Map:
    """Maps in this process, and remembers whom it was to train."""

    def __init__(self):
        self.work = []

    def __call__(self, work_on, work, *, on_progress=None):
        self.work += [[member.name for member in shard.members] for shard in work]
        return here(work_on, work, on_progress=on_progress)


def shards(members=2, engine="sb3", algorithm=PPO, task=CARTPOLE, budget=256, every=128, until="budget", **changes):
    """Return a population dealt into shards of two."""
    settings = Train(engine=engine, environments="gymnasium", until=until, shard=2, checkpoint_steps=every)
    population = [Member(f"m{seed:02d}", fresh_agent(algorithm, task, seed), seed) for seed in range(members)]
    work = Shard("first", "inherited", task, algorithm, settings, budget, 2, (), code="a digest")
    return deal(replace(work, **changes), population)


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "lineage")


@pytest.fixture
def elsewhere(tmp_path):
    """A store in which nothing lies."""
    return Layout(tmp_path / "elsewhere" / "lineage")


def train(work, layout):
    """Return the members, and whom of them had to be trained."""
    spy = Map()
    return train_missing(work, layout, spy), spy.work


@pytest.mark.parametrize("engine", ENGINES)
def test_a_second_call_trains_nothing_and_gives_the_same_bytes(engine, layout):
    members, trained = train(shards(3, engine), layout)
    assert trained == [["m00", "m01"], ["m02"]]
    assert train(shards(3, engine), layout) == (members, [])


@pytest.mark.parametrize("engine", ENGINES)
def test_of_a_larger_population_the_new_members_alone_are_trained(engine, layout, elsewhere):
    three, _ = train(shards(3, engine), layout)
    five, trained = train(shards(5, engine), layout)
    assert trained == [["m03", "m04"]]
    assert five[:3] == three
    assert train(shards(5, engine), elsewhere)[0] == five


@pytest.mark.parametrize("engine", ENGINES)
def test_another_name_of_generation_and_arm_finds_the_members_of_the_same_seeds(engine, layout):
    members, _ = train(shards(engine=engine), layout)
    assert train(shards(engine=engine, generation="renamed", arm="control"), layout) == (members, [])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"code": "another digest"}, id="code"),
        pytest.param({"zero_shot_episodes": 3}, id="zero-shot episodes"),
        pytest.param({"task": replace(CARTPOLE, threshold=400.0)}, id="threshold"),
        pytest.param({"every": 64}, id="checkpoint_steps"),
        pytest.param(
            {"algorithm": PPO.model_copy(update={"hyperparameters": {**PPO.hyperparameters, "gamma": 0.9}})},
            id="hyperparameter",
        ),
    ],
)
def test_who_learns_otherwise_is_trained(engine, change, layout):
    train(shards(engine=engine, budget=64), layout)
    assert train(shards(engine=engine, budget=64, **change), layout)[1] == [["m00", "m01"]]


@pytest.mark.parametrize("engine", ENGINES)
def test_more_budget_goes_on_from_the_last_common_checkpoint_with_the_bytes_of_one_training(
    engine, layout, elsewhere, caplog
):
    train(shards(engine=engine, budget=320), layout)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        members, trained = train(shards(engine=engine, budget=512), layout)
    assert trained == [["m00", "m01"]]
    assert {message.split(": ")[-1] for message in caplog.messages} == {"go on from a shorter training at 256 steps"}
    assert members == train(shards(engine=engine, budget=512), elsewhere)[0]
    assert train(shards(engine=engine, budget=512), layout) == (members, [])


@pytest.mark.parametrize("engine", ENGINES)
def test_the_longest_of_several_shorter_trainings_that_can_be_gone_on_from_is(engine, layout, elsewhere, caplog):
    train(shards(engine=engine, budget=192), layout)
    longer, _ = train(shards(engine=engine, budget=320), layout)
    for path in layout.members.glob("*-320.before.zip"):
        path.unlink()
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        members, _ = train(shards(engine=engine, budget=512), layout)
    assert {message.split(": ")[-1] for message in caplog.messages} == {"go on from a shorter training at 128 steps"}
    assert members == train(shards(engine=engine, budget=512), elsewhere)[0]
    assert train(shards(engine=engine, budget=320), layout) == (longer, [])


@pytest.mark.parametrize(
    ("changes", "budgets", "reason"),
    [
        pytest.param({"algorithm": FALLING}, (192, 256), "learning_rate falls over the budget", id="sb3, lin_"),
        pytest.param(
            {"algorithm": FALLING, "engine": "cohort"}, (192, 256), "learning_rate falls over the budget",
            id="cohort, lin_",
        ),
        pytest.param({"algorithm": DQN}, (192, 256), "exploration falls over a part of the budget", id="DQN"),
        pytest.param(
            {"algorithm": OFTEN, "every": 200}, (404, 500), "the rows of its curve are spread over the budget",
            id="more than 200 rollouts", marks=pytest.mark.slow,
        ),
        pytest.param({"every": 1000}, (192, 256), "the shorter training left no checkpoint", id="no checkpoint"),
    ],
)  # fmt: skip
def test_more_budget_trains_anew_and_says_why_where_nothing_is_in_common(
    changes, budgets, reason, layout, elsewhere, caplog
):
    shorter, longer = budgets
    train(shards(budget=shorter, **changes), layout)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        members, trained = train(shards(budget=longer, **changes), layout)
    assert trained == [["m00", "m01"]]
    reasons = {message.rpartition(": ")[2] for message in caplog.messages}
    assert reasons == {f"trained anew for {longer:,} steps, because {reason}"}
    assert members == train(shards(budget=longer, **changes), elsewhere)[0]


@pytest.mark.parametrize("engine", ENGINES)
def test_less_budget_trains_anew_and_leaves_the_longer_training_where_it_is(engine, layout, elsewhere):
    longer, _ = train(shards(engine=engine, budget=320), layout)
    shorter, trained = train(shards(engine=engine, budget=128), layout)
    assert trained == [["m00", "m01"]]
    assert shorter == train(shards(engine=engine, budget=128), elsewhere)[0]
    assert train(shards(engine=engine, budget=320), layout) == (longer, [])


@pytest.mark.parametrize("engine", ENGINES)
def test_who_reached_the_threshold_takes_no_step_more_with_more_budget(engine, layout, elsewhere):
    easy = {"task": replace(CARTPOLE, threshold=9.0), "until": "threshold", "engine": engine, "every": 1024}
    members, _ = train(shards(budget=6000, **easy), layout)
    assert all(member.reached and member.env_steps < 6000 for member in members)
    again, _ = train(shards(budget=9000, **easy), layout)
    assert again == train(shards(budget=9000, **easy), elsewhere)[0]
    assert [member.core_seconds for member in again] == [member.core_seconds for member in members]


@pytest.mark.parametrize("engine", ENGINES)
def test_who_failed_is_not_kept_and_fails_or_lives_anew(engine, layout, elsewhere):
    work = shards(engine=engine, task=FRAGILE)
    DOOMED.add(first_episode(1, copy=0))
    first, _ = train(work, layout)
    assert [bool(member.failure) for member in first] == [False, True]
    second, trained = train(work, layout)
    assert trained == [["m01"]]
    assert second == first
    DOOMED.clear()
    alive, trained = train(work, layout)
    assert trained == [["m01"]]
    assert not any(member.failure for member in alive)
    assert alive == train(work, elsewhere)[0]
    assert train(work, layout) == (alive, [])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("harm", [lambda content: content[:100], lambda content: content[:-1] + b"x", lambda _: b""])
def test_a_damaged_file_is_said_and_its_members_are_trained(engine, harm, layout, caplog):
    members, _ = train(shards(engine=engine, budget=64), layout)
    for path in layout.members.iterdir():
        path.write_bytes(harm(path.read_bytes()))
    with caplog.at_level(logging.WARNING):
        again, trained = train(shards(engine=engine, budget=64), layout)
    assert trained == [["m00", "m01"]]
    assert "a checkpoint is damaged and is not used" in caplog.text
    assert again == members
    assert train(shards(engine=engine, budget=64), layout) == (members, [])


def test_what_workers_without_this_disk_trained_is_kept(layout, elsewhere):
    """Workers of a cluster write their checkpoints where they run."""

    def far(work_on, work, *, on_progress=None):
        return here(lambda shard: work_on.func(shard, checkpoints=elsewhere.members), work)

    members = train_missing(shards(), layout, far)
    assert train(shards(), layout) == (members, [])
    assert train(shards(budget=512), layout)[0] == train(shards(budget=512), elsewhere)[0]
