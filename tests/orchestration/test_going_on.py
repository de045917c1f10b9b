"""A flow begins with the last survivors where an environment's source has changed, and only there."""

import sys
from pathlib import Path

import pytest

from heredity.agents.agent import fresh_agent
from heredity.agents.task import Task
from heredity.layout import Layout
from heredity.orchestration.dvc_lock import DvcLock
from heredity.orchestration.going_on import go_on_where_changed
from heredity.pipeline.fingerprint import forget_sources
from heredity.study.load import load_study
from heredity.study.sections import Algorithm
from tests.survivors import write_passed, write_survivors

WRAPPER = """
import gymnasium

class Late(gymnasium.Wrapper):
    pass
"""


class Moved:
    """A dvc.lock in which some dependencies of `study` have changed."""

    def __init__(self, *names):
        self.names = names

    def moved(self, stage):
        return self.names if stage == "study" else ()


@pytest.fixture
def study(tiny, write_study, monkeypatch, tmp_path):
    """A study that has run, of an environment with a wrapper of the project's own."""
    (tmp_path / "mywrap").mkdir()
    (tmp_path / "mywrap" / "__init__.py").write_text(WRAPPER)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "mywrap", raising=False)
    forget_sources()
    monkeypatch.syspath_prepend(str(tmp_path))
    for node in tiny["generations"].values():
        node["env"] = {"id": "CartPole-v1", "wrappers": ["mywrap.Late"]}
    write_study(tiny)
    agent = fresh_agent(Algorithm(name="PPO", n_envs=2), Task("CartPole-v1"), 0)
    write_survivors(Layout(), "second", {"m00": agent})


def test_a_changed_environment_lets_the_study_begin_with_its_survivors(study, caplog):
    go_on_where_changed(Moved("params.yaml", "mywrap"))
    (founder,) = load_study().founders
    assert founder.startswith("founders/second-m00-")
    assert caplog.messages[-1] == f"mywrap has changed: the study begins with {founder}"


def test_other_changes_leave_the_founders_alone(study):
    text = Path("params.yaml").read_text()
    for names in ((), ("params.yaml", "requirements.txt", "stages")):
        go_on_where_changed(Moved(*names))
        assert Path("params.yaml").read_text() == text


def test_without_survivors_the_study_begins_as_it_did_and_says_so(study, caplog):
    write_passed(Layout(), "second", ())
    go_on_where_changed(Moved("mywrap"))
    assert load_study().founders == ()
    assert caplog.messages[-1].startswith("mywrap has changed; nobody to go on from: second: expected survivors")


def test_what_has_moved_is_what_dvc_lock_has_otherwise(toy):
    with DvcLock(toy.path) as lock:
        assert lock.moved("first") == ()
    toy.run("dvc", "repro")
    (toy.path / "numbers.txt").write_text("4")
    with DvcLock(toy.path) as lock:
        assert lock.moved("first") == ("numbers.txt",)
        assert lock.moved("second") == ()
