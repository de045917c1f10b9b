"""What of a study is there: in a clone without its files, half done, and after a generation that failed."""

import shutil

import pytest

from heredity.agents.stored import keep_agents
from heredity.evaluation.failures import Failure, write_failures
from heredity.inheritance.pedigree import Births, write_births
from heredity.report.there import what_is_there
from tests.agents.examples import FRESH
from tests.report.conftest import Written

WHOLE = "heirs (3), trained models (3), learning curves, evaluation, gate (2 may have heirs), confirmation"


@pytest.fixture
def written(tmp_path):
    written = Written(tmp_path)
    written.compared()
    for name in ("first", "second"):
        models = written.layout.arm(name, "inherited").models
        models.mkdir(exist_ok=True)
        for member in ("m00", "m01", "m02"):
            (models / f"{member}.zip").write_bytes(b"")
    return written


def there(written, *left):
    return what_is_there(written.loaded(), written.layout, left)


def test_of_a_whole_study_nothing_is_said(written):
    assert there(written) == []


def test_a_clone_without_its_files_has_what_git_keeps(written):
    for name in ("first", "second"):
        folder = written.layout.generation(name)
        for path in folder.iterdir():
            if path.name != "gate.json":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    written.layout.survival.unlink()
    absent = "gate (2 may have heirs); not here: heirs, trained models, learning curves, evaluation, confirmation"
    assert there(written) == [
        f"first: {absent}",
        f"second: {absent}, control scratch",
        "comparison: transfer.json, spending.json, metrics; not here: survival.json",
    ]


def test_a_study_that_is_half_done_tells_how_far_it_is(written):
    shutil.rmtree(written.layout.report)
    folder = written.layout.generation("second")
    for path in [path for path in folder.iterdir() if path.name not in ("heirs", "models")]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    (folder / "models" / "m02.zip").unlink()
    write_failures(folder / "models" / "failures.json", [Failure("m02", 7, "motor burnt")])
    assert there(written) == [
        f"first: {WHOLE}",
        "second: heirs (3), trained models (2 and 1 that failed); not here: learning curves, evaluation, gate, "
        "confirmation, control scratch",
        "comparison: nothing is here",
    ]


def test_a_generation_that_has_not_begun_and_one_that_never_came(written):
    shutil.rmtree(written.layout.generation("first"))
    ended = "none of its 3 members passed the gate of first"
    write_births(written.layout.pedigree("second"), Births("second", "first", (), ended))
    lines = there(written)
    assert lines[:2] == ["first: nothing is here", f"second never came: {ended}"]


def test_what_is_left_of_an_earlier_run_is_told_apart(written):
    arm = written.layout.arm("second", "inherited")
    arm.curves.unlink()
    shutil.rmtree(arm.models)
    lines = there(written, "train@second", "gate@second", "confirm@second", "compare")
    assert lines == [
        f"first: {WHOLE}",
        "second: heirs (3), evaluation, control scratch; of an earlier run: gate (2 may have heirs), confirmation; not "
        "here: trained models, learning curves",
        "comparison: of an earlier run: transfer.json, spending.json, metrics, survival.json",
    ]


def test_a_file_that_is_damaged_is_there(written):
    written.layout.pedigree("first").write_text("{")
    written.layout.gate("first").write_text("{")
    written.layout.survival.unlink()
    assert there(written)[0] == ("first: heirs, trained models (3), learning curves, evaluation, gate, confirmation")


def test_members_in_arrays_are_counted_and_a_damaged_file_of_them_is_there(written):
    models = written.layout.arm("first", "inherited").models
    for path in models.iterdir():
        path.unlink()
    agents = {f"m{index:02}": FRESH for index in range(3)}
    keep_agents(models, agents, as_arrays=True)
    assert there(written) == []
    (models / "agents.npz").write_bytes(b"nothing")
    written.layout.survival.unlink()
    assert "trained models, learning curves" in there(written)[0]
