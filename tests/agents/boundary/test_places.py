"""Environments of which few may be open at a time."""

import subprocess
import sys
from dataclasses import replace

import pytest

from heredity.agents.agent import fresh_agent
from heredity.agents.algorithms import make_many
from heredity.agents.boundary import places
from heredity.agents.boundary.places import Place
from heredity.agents.task import Task
from heredity.errors import StudyError, TaskError
from heredity.evaluation.batched import batches, play_batch
from heredity.evaluation.episodes import evaluate, run_trial
from heredity.evaluation.population import trials
from heredity.evaluation.trial import Trial
from heredity.inheritance.heirs import inherit
from heredity.pipeline.check import check_study
from heredity.study.inherit_rule import InheritRule
from heredity.study.load import load_study
from heredity.study.sections import Algorithm, Train
from heredity.training.copies import Copies
from heredity.training.engines import train
from heredity.training.shard import Member, Shard
from tests.field import Counted

PPO = Algorithm(name="PPO", n_envs=1, hyperparameters={"n_steps": 20, "batch_size": 20, "n_epochs": 1})
TASK = Task("Counted-v0", imports=("tests.field",))


@pytest.fixture(autouse=True)
def counted(monkeypatch, tmp_path):
    """Begin with none open, and with locks of this test's own."""
    monkeypatch.setattr(places.tempfile, "gettempdir", lambda: str(tmp_path))
    Counted.alive = Counted.most = 0
    yield
    assert Counted.alive == 0
    assert not places._open


def limited(at_once):
    return replace(TASK, at_once=at_once)


def test_no_more_are_opened_than_may_be_and_a_closed_one_makes_room():
    task = limited(2)
    first, second = task.make(), task.make()
    with pytest.raises(
        TaskError, match=r"^Counted-v0: expected at most 2 open at a time, as env\.at_once says, got one"
    ):
        task.make()
    first.close()
    first.close()  # once more frees nothing that is another's
    task.make().close()
    second.close()


def test_one_that_cannot_be_made_or_that_nobody_closed_leaves_no_place_taken():
    with pytest.raises(TaskError, match="no license left"):
        replace(limited(1), kwargs={"licenses": 0}).make()
    env = limited(1).make()
    env.env.close()
    del env
    limited(1).make().close()


def test_another_process_waits_until_the_last_is_closed(monkeypatch, caplog):
    monkeypatch.setattr(places, "SAY_SECONDS", 0.0)
    holding = (
        "import sys, time; from heredity.agents.boundary import places; "
        f"places.tempfile.gettempdir = lambda: {str(places.tempfile.gettempdir())!r}; "
        "place = places.Place('Counted-v0', 1); print('has it', flush=True); time.sleep(0.5); place.release(); "
        "print('gave it', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", holding], stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout.readline() == "has it\n"
        Place("Other-v0", 1).release()  # of another environment there is one
        Place("Counted-v0", 1).release()
        assert other.stdout.readline() == "gave it\n"
        other.stdin.close()
    assert "Counted-v0: waits for another process, which has those open that may be (env.at_once)" in caplog.text


def test_models_are_made_without_opening_copies_and_copies_that_cannot_all_be_are_closed():
    fresh_agent(PPO.model_copy(update={"n_envs": 8}), TASK, 0)
    assert Counted.most == 1
    few = replace(TASK, kwargs={"licenses": 3})
    opening = (
        lambda: make_many(few, 8, 0),
        lambda: Copies(few, 8, 0),
        lambda: evaluate("random", few, episodes=8, seed=0),
    )
    for each in opening:
        with pytest.raises(
            TaskError, match=r"no license left; 3 others were open: where no more may be, write at_once: 3"
        ):
            each()
        assert Counted.alive == 0


@pytest.mark.parametrize("at_once", [1, 3])
def test_evaluations_open_as_many_as_may_be(at_once):
    task, agent = limited(at_once), fresh_agent(PPO, TASK, 0)
    for player in (agent, "random"):
        Counted.most = 0
        assert len(evaluate(player, task, episodes=5, seed=0).returns) == 5
        assert Counted.most == at_once
    template = Trial("", agent, task, 4, 0, deterministic=True)
    (batch,) = batches(trials({"m00": agent, "m01": agent}, template))
    Counted.most = 0
    assert play_batch(batch)[0].returns.tolist() == run_trial(replace(template, member="m00")).returns.tolist()
    assert Counted.most == at_once


def trained(task, engine, members=3):
    each = tuple(Member(f"m{m:02d}", fresh_agent(PPO, TASK, m), m) for m in range(members))
    settings = Train(engine=engine, environments="gymnasium", until="budget")
    return train(Shard("one", "inherited", task, PPO, settings, 60, 2, each))


@pytest.mark.study
@pytest.mark.parametrize(("engine", "at_once"), [("sb3", 1), ("cohort", 1), ("cohort", 2)])
def test_training_opens_as_many_as_may_be_and_gives_the_same_members(engine, at_once):
    unlimited = trained(TASK, engine)
    Counted.most = 0
    members = trained(limited(at_once), engine)
    assert Counted.most == at_once
    assert [member.failure for member in members] == [None] * 3
    assert [member.agent.digest for member in members] == [member.agent.digest for member in unlimited]


@pytest.mark.parametrize("operator", ["copy", "distil"])
def test_births_open_as_many_as_may_be(operator):
    parent = fresh_agent(PPO.model_copy(update={"n_envs": 4}), TASK, 0)
    rule = InheritRule(operator=operator, distil={"states": 16, "epochs": 1})
    inherit({"a": parent}, limited(1), rule, population=2, seed=0, algorithm=PPO)
    assert Counted.most == 1


def test_check_opens_as_many_as_an_evaluation_does_where_no_limit_is_stated(tiny, write_study):
    env = {"id": "Counted-v0", "kwargs": {"licenses": 3}}
    tiny["import"] = ["tests.field"]
    for node in tiny["generations"].values():
        node["env"] = env
    with pytest.raises(
        StudyError, match=r"generations\.first\.env: Counted-v0 cannot be made: .*write at_once: 3 in env"
    ):
        check_study(load_study(write_study(tiny)))
    env["at_once"] = 3
    check_study(load_study(write_study(tiny)))
    assert Counted.most == 3
