"""Whoever trains says who acts, so that a member whose environment ends its process is failed and no other."""

from dataclasses import replace

import pytest

from heredity import worker
from heredity.agents.agent import fresh_agent
from heredity.agents.task import Task
from heredity.errors import TaskError
from heredity.study.sections import Algorithm, Train
from heredity.training.engines import train
from heredity.training.shard import Member, Shard
from heredity.training.updates import LOGGED
from heredity.worker import Death
from heredity.workers import kept_workers, map_in_processes
from tests import deadly
from tests.training.examples import first_episode

pytestmark = pytest.mark.study

PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 32, "batch_size": 64, "n_epochs": 1})
TASK = Task("tests.deadly:Deadly-v0", step_seconds=1.0)


def shard(engine="sb3", members=3, **kwargs):
    task = replace(TASK, kwargs=kwargs)
    each = [Member(f"m{m:02d}", fresh_agent(PPO, Task("CartPole-v1"), m), 10 + m) for m in range(members)]
    return Shard("small", "inherited", task, PPO, Train(engine=engine, until="budget"), 128, 2, tuple(each))


def first_seeds(shard):
    """Return, by member, the seed of the first episode of its first copy."""
    return {member.name: first_episode(member.seed, 0) for member in shard.members}


def of_others(trained):
    return {member.name: (member.agent.digest, member.curve) for member in trained if member.name != "m01"}


@pytest.mark.parametrize("engine", ["sb3", "cohort"])
def test_every_row_but_the_untrained_one_has_what_the_last_update_said(engine):
    (member,) = train(replace(shard(engine, members=1), task=Task("CartPole-v1")))
    untrained, *rows = member.curve
    assert {getattr(untrained, name) for name in LOGGED} == {None}
    assert [(row.env_steps, row.learning_rate) for row in rows] == [(64, 0.0003), (128, 0.0003)]
    assert all(row.value_loss > 0 and row.entropy_loss == pytest.approx(-0.69, abs=0.01) for row in rows)
    assert rows[0].value_loss != rows[1].value_loss
    assert None not in {getattr(row, name) for row in rows for name in LOGGED}


@pytest.mark.parametrize("engine", ["sb3", "cohort"])
def test_the_word_names_the_member_whose_environment_is_called(engine):
    deadly.Deadly.actors.clear()
    each = shard(engine)
    train(each)
    assert {(seed, name) for name, seed in first_seeds(each).items()} <= deadly.Deadly.actors
    names = {name for _, name in deadly.Deadly.actors}
    assert names == {"m00", "m01", "m02"}


@pytest.mark.parametrize("engine", ["sb3", "cohort"])
def test_a_member_that_is_lost_is_played_no_more_and_the_others_are_as_where_it_raises(engine):
    victim = (first_seeds(shard())["m01"],)
    raised = train(shard(engine, mode="raises", seeds=victim))
    lost = train(replace(shard(engine, mode="exit-3", seeds=victim), lost={"m01": "it ended its process"}))
    assert [member.failure for member in lost] == [None, "it ended its process", None]
    assert "RuntimeError: broken" in raised[1].failure
    assert of_others(lost) == of_others(raised)


@pytest.mark.parametrize("engine", ["sb3", "cohort"])
def test_a_member_stops_where_its_curve_gets_no_better(engine):
    task = Task("Cue-v0", imports=("tests.field",))
    settings = Train(engine=engine, environments="gymnasium", until="budget", window=1, patience_steps=64)
    member = Member("m00", fresh_agent(PPO, task, 0), 0)
    (trained,) = train(Shard("small", "inherited", task, PPO, settings, 6400, 2, (member,)))
    best = max(trained.curve[1:], key=lambda row: row.return_mean)
    assert trained.env_steps == best.env_steps + 64 < 6400
    assert not trained.reached and trained.failure is None


def test_a_shard_blames_its_members_once_and_nobody_else():
    death = Death("m01", "step", 5, 1.0, "exit code 3")
    blamed = shard().blaming(death)
    assert blamed.lost["m01"].startswith("tests.deadly:Deadly-v0: expected an environment that lets its process live")
    for shared, who in ((blamed, death), (shard(), replace(death, actor="m07"))):
        with pytest.raises(TaskError, match=r"^small: tests\.deadly:Deadly-v0: expected .* exit code 3 in its step on"):
            shared.blaming(who)


@pytest.mark.slow
def test_members_whose_environments_end_or_freeze_a_worker_fail_on_record(monkeypatch):
    """In one shard, a crash and a step that holds the interpreter's lock; the third member has its own bytes."""
    monkeypatch.setattr(worker, "GRACE_LOOKS", 0)
    seeds = first_seeds(shard())
    modes = {"segfault": seeds["m00"], "holds-the-lock": seeds["m01"]}
    with kept_workers():
        (trained,) = map_in_processes(train, [shard(modes=modes)])
    crashed, frozen, alive = trained
    assert crashed.failure.endswith(f"got signal 11 (SIGSEGV) in its step on seed {seeds['m00']}")
    assert "expected a step within 1 s, got none on seed" in frozen.failure
    assert of_others([alive]) == of_others(train(shard())[2:])


@pytest.mark.parametrize("engine", ["sb3", "cohort"])
def test_a_member_is_looked_at_over_a_window_of_the_episodes_that_its_study_says(engine):
    def trained(until):
        settings = Train(engine=engine, environments="gymnasium", window=7, checkpoint_steps=64, until=until)
        task = Task("CartPole-v1", threshold=9.0)
        members = (Member("m00", fresh_agent(PPO, task, 1), 1),)
        return train(Shard("small", "inherited", task, PPO, settings, 1000, 2, members))[0]

    assert [row.episodes for row in trained("budget").curve[-3:]] == [7, 7, 7]
    assert trained("threshold").reached
    assert trained("threshold").env_steps < 7 * 100
