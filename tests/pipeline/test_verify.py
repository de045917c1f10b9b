"""Why a member probably came out otherwise: nothing is trained here."""

import pytest

from heredity.layout import Layout
from heredity.pipeline import verify
from heredity.pipeline.verify import NO_FILE, TrainedMember, Verdict, likely_cause

MEMBER = TrainedMember("medium", "inherited", "l03/m07")
CONTROL = TrainedMember("medium", "control/scratch", "l03/m07")


@pytest.fixture
def cause(monkeypatch):
    """Return a function that returns the likely cause where so much has changed, and so it comes out once more."""

    def cause(changes=(), again="b" * 64, recorded="a" * 64, trainee=MEMBER, *, is_other=False):
        monkeypatch.setattr(verify, "read_input", lambda kind, *_: kind.__name__)
        monkeypatch.setattr(verify, "changed", lambda *_: list(changes))
        monkeypatch.setattr(verify, "verify", lambda _, trainees: [Verdict(trainees[0], recorded, again)])
        return likely_cause(Layout(), Verdict(trainee, recorded, "b" * 64), is_other=is_other)

    return cause


def test_members_are_named_as_the_command_takes_them():
    assert (str(MEMBER), str(CONTROL)) == ("medium/l03/m07", "medium/l03/m07 of the control scratch")


def test_what_has_changed_since_comes_first(cause):
    changes = ["the code", "numpy (2.1 then, 2.2 now)"]
    said = "since study ran the code and numpy (2.1 then, 2.2 now) changed; type: dvc repro -f study, then dvc repro"
    assert cause(changes) == cause(changes, is_other=True) == said


def test_then_a_file_that_is_another_or_none(cause):
    said = "the stored model is not the one that dvc.lock has; type: dvc checkout"
    assert cause(is_other=True) == cause(recorded=NO_FILE) == said


def test_then_an_environment_that_is_not_the_same_twice(cause):
    assert cause(again="c" * 64) == (
        "trained once more it comes out as cccccccc, so its environment is not the same twice; type: heredity check, "
        "which says where one gives other answers to one seed"
    )


def test_and_last_the_machine_with_the_variables_that_make_it_another(cause, monkeypatch):
    said = "trained once more it comes out so again: this machine computes otherwise than the one that made it"
    assert cause() == f"{said}, as another family of CPUs does; type: dvc repro --force --single-item train@medium"
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    assert cause(trainee=CONTROL).startswith(f"{said} (OPENBLAS_CORETYPE=Haswell: the last bits")
    assert cause(trainee=CONTROL).endswith("; type: dvc repro --force --single-item control@medium")
