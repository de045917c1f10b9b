"""heredity verify: the recorded bytes come out again, or it says which do not."""

from pathlib import Path

import pytest

from heredity.cli.verify import verify
from heredity.errors import HeredityError
from tests.here import here

pytestmark = pytest.mark.study


@pytest.fixture(autouse=True)
def one_process(monkeypatch):
    """Train here: workers would load everything anew."""
    monkeypatch.setattr("heredity.pipeline.verify.map_in_processes", here)


@pytest.fixture
def within_finished(finished, monkeypatch):
    monkeypatch.chdir(finished.path)


@pytest.mark.usefixtures("within_finished")
def test_members_of_both_arms_come_out_again(capsys):
    verify(count=99, seed=0)
    assert capsys.readouterr().out.count("the same bytes") == 6  # two generations and a control of two
    verify("second/m01", control=True)
    assert capsys.readouterr().out.startswith("second/m01 of the control scratch: the")


def test_a_model_that_does_not_come_out_is_named(project, monkeypatch, capsys):
    monkeypatch.chdir(project.path)
    models = Path("lineage/second/models")
    (models / "m01.zip").unlink()
    (models / "m01.zip").write_bytes((models / "m00.zip").read_bytes())
    line = (
        r"^1 of 2 members came out otherwise: second/m01: expected \w+, got \w+; the stored model is not the one that "
    )
    with pytest.raises(HeredityError, match=f"{line}dvc.lock has; type: dvc checkout$"):
        verify("second")
    assert "second/m00: the same bytes" in capsys.readouterr().out


@pytest.mark.usefixtures("within_finished")
@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["third"], "expected a generation out of first, second, got 'third'"),
        (["first", "m07"], "expected a member from m00 to m01, got 'm07'"),
        (["first/l00/m01"], "expected a member from m00 to m01, got 'l00/m01'"),
    ],
)
def test_names_that_nobody_has_are_refused(names, line):
    with pytest.raises(HeredityError, match=f"^{line}$"):
        verify(names[0], names[1:])


@pytest.mark.usefixtures("within_finished")
def test_a_lineage_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(HeredityError, match="expected the models of a study that has run, found none; type: dvc repro"):
        verify(count=2, seed=0, root=tmp_path / "nowhere")
