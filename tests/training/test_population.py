"""A population trained as a whole: shards side by side, what is kept of the living, and what of the failed."""

from dataclasses import replace

import pytest

from heredity.agents.agent import fresh_agent, read_zipped
from heredity.agents.stored import read_agents
from heredity.agents.task import Task
from heredity.agents.vecnormalize import read_vecnormalize, statistics_places
from heredity.errors import TrainingError
from heredity.evaluation.failures import Failure, read_failures
from heredity.layout import Layout, replay_path, vecnormalize_path
from heredity.study.sections import Algorithm, Normalize
from heredity.training.curves import CurveRow, curve_row, read_curves
from heredity.training.history import Episode, pack_history, unpack_history
from heredity.training.population import extended, write_population
from heredity.training.shard import Member, Trained
from heredity.training.timings import read_timings

CARTPOLE = Task("CartPole-v1", threshold=500.0)
PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 16, "batch_size": 32, "n_epochs": 1})
AGENT = fresh_agent(PPO, CARTPOLE, 0)
SEEDS = {f"m{index:02d}": index + 40 for index in range(3)}


def trained(*failures, replay=None):
    row = curve_row(0, [20.0], [20], [])
    return [
        Trained(f"m{index:02d}", AGENT, (row,), 32 * index, False, failure, 1.25, replay)
        for index, failure in enumerate(failures)
    ]


def written(tmp_path, population, arm="inherited"):
    layout = Layout(tmp_path / "lineage")
    members = [Member(each.name, AGENT, SEEDS[each.name]) for each in population]
    return (
        layout.arm("second", arm),
        layout,
        lambda: write_population(layout, "second", arm, population, members, CARTPOLE),
    )


def test_the_living_are_written_whole_and_the_failed_are_on_record(tmp_path):
    population = trained(None, "burnt", None, replay=b"buffer")
    arm, layout, write = written(tmp_path, population)
    assert write() == [population[0], population[2]]
    assert read_zipped(arm.model("m02")) == AGENT
    assert replay_path(arm.model("m00")).read_bytes() == b"buffer"
    assert not arm.model("m01").exists()
    assert read_failures(arm.training_failures) == [Failure("m01", 41, "burnt", 32, "heredity verify second m01")]
    assert read_curves(arm.curves).keys() == {"m00", "m02"}
    assert read_timings(arm.curves, layout) == {"m00": 1.25, "m01": 1.25, "m02": 1.25}


def test_where_nobody_failed_there_is_no_record_and_no_buffer_that_nobody_asked_for(tmp_path):
    arm, _, write = written(tmp_path, trained(None, None))
    write()
    assert sorted(path.name for path in arm.models.iterdir()) == ["m00.zip", "m01.zip"]


def test_statistics_lie_beside_a_model_for_other_tools_too(tmp_path):
    algorithm = PPO.model_copy(update={"normalize": Normalize(observation=True)})
    normalizing = replace(trained(None)[0], agent=fresh_agent(algorithm, CARTPOLE, 0))
    arm, _, write = written(tmp_path, [normalizing, *trained(None, None)[1:]])
    write()
    statistics = vecnormalize_path(arm.model("m00"))
    assert statistics.relative_to(arm.models).as_posix() == "m00/vecnormalize.pkl"
    assert statistics == statistics_places(arm.model("m00"))[0]
    assert read_vecnormalize(statistics.read_bytes()) == normalizing.agent.normalizer
    assert not vecnormalize_path(arm.model("m01")).exists()
    assert list(read_agents(arm.models)) == ["m00", "m01"]


def test_a_generation_that_never_came_has_no_members(tmp_path):
    arm, _, write = written(tmp_path, [])
    assert write() == []
    assert list(arm.models.iterdir()) == []
    assert read_curves(arm.curves) == {}


@pytest.mark.parametrize(("arm", "ending"), [("inherited", ""), ("control/scratch", " --control scratch")])
def test_a_generation_in_which_nobody_lives_ends_with_the_seed_and_the_command(tmp_path, arm, ending):
    folder, _, write = written(tmp_path, trained("burnt", "bent"), arm)
    with pytest.raises(
        TrainingError,
        match=r"^second: expected at least one member that lives through its training, got none of 2; m00 with seed 40 "
        rf"failed: burnt; to see it again: heredity verify second m00{ending}$",
    ):
        write()
    assert not folder.directory.exists()


def test_an_extended_member_has_one_curve_that_counts_on():
    before = (CurveRow(0, 1.0, 0.0, 1.0, None, 2), CurveRow(64, 2.0, 0.0, 1.0, None, 2))
    later = (CurveRow(0, 9.0, 0.0, 1.0, None, 2), CurveRow(32, 3.0, 0.0, 1.0, None, 2))
    member = replace(trained(None)[0], curve=later, env_steps=32)
    member = replace(member, history=pack_history([Episode(32, 3.0, 8)]))
    [whole] = extended([member], {"m00": before}, {"m00": [Episode(64, 2.0, 9)]})
    assert whole.curve == (*before, CurveRow(96, 3.0, 0.0, 1.0, None, 2))
    assert whole.env_steps == 96
    assert unpack_history(whole.history) == [Episode(64, 2.0, 9), Episode(96, 3.0, 8)]
