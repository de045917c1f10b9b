"""A stage's input says which code and packages it is for, and is refused where these are others by now."""

import pytest

from heredity.agents.task import Task
from heredity.errors import HeredityError
from heredity.pipeline.inputs.confirm import ConfirmInput
from heredity.pipeline.inputs.evaluate import Playing
from heredity.pipeline.inputs.founders import FoundersInput
from heredity.pipeline.stamp import is_stale, refuse_stale, stamped
from heredity.study.sections import Evaluate

ENVIRONMENT = """
import gymnasium

gymnasium.register("Stamped-v0", entry_point="stamped_task:make")

def make():
    return gymnasium.make("CartPole-v1")
"""


@pytest.fixture
def given(tmp_path, monkeypatch):
    """Return an input, stamped, whose environment is the project's own, and where that lies."""
    path = tmp_path / "stamped_task.py"
    path.write_text(ENVIRONMENT)
    monkeypatch.syspath_prepend(tmp_path)
    playing = Playing(task=Task("stamped_task:Stamped-v0"), evaluate=Evaluate())
    return stamped(ConfirmInput(generation="first", seed=0, seed_name="first", at_most=2, playing=playing)), path


def test_an_edit_of_an_environment_is_seen_within_the_same_process(given):
    stamp, path = given
    refuse_stale(stamp)
    path.write_text(ENVIRONMENT + "# a remark\n")
    refuse_stale(stamp)
    path.write_text(ENVIRONMENT.replace("CartPole-v1", "Acrobot-v1"))
    said = r"^confirm: the code has changed since study ran; type: dvc repro -f study, then dvc repro$"
    with pytest.raises(HeredityError, match=said):
        refuse_stale(stamp)
    assert is_stale(stamp)


def test_an_edit_of_a_module_that_is_imported_is_seen_wherever_the_environment_is_defined(tmp_path, monkeypatch):
    path = tmp_path / "stamped_import.py"
    path.write_text("SPEED = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    playing = Playing(task=Task("CartPole-v1", imports=("stamped_import",)), evaluate=Evaluate())
    stamp = stamped(ConfirmInput(generation="first", seed=0, seed_name="first", at_most=2, playing=playing))
    refuse_stale(stamp)
    path.write_text("SPEED = 2\n")
    with pytest.raises(HeredityError, match=r"^confirm: the code has changed since study ran"):
        refuse_stale(stamp)


def test_another_version_of_a_package_is_named_with_both(given):
    stamp, _ = given
    older = stamp.model_copy(update={"packages": {**stamp.packages, "numpy": "1.0", "gone": "2"}})
    now = stamp.packages["numpy"]
    said = rf"^confirm: gone \(2 then, absent now\) and numpy \(1\.0 then, {now} now\) have changed since study ran"
    with pytest.raises(HeredityError, match=said):
        refuse_stale(older)


def test_another_model_under_the_same_name_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "expert.zip").write_bytes(b"weights")
    given = stamped(FoundersInput(founders=("expert.zip",)))
    refuse_stale(given)
    (tmp_path / "vecnormalize.pkl").write_bytes(b"statistics")
    (tmp_path / "expert.zip").write_bytes(b"others")
    said = r"^founders: expert\.zip and vecnormalize\.pkl have changed since study ran; type: dvc repro -f study"
    with pytest.raises(HeredityError, match=said):
        refuse_stale(given)
