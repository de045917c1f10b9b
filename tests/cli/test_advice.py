"""What is typed where results are missing is what helps in this project."""

import pytest

from heredity.cli import advice
from heredity.cli.advice import fitting_advice, project_standing
from heredity.errors import GateError, HeredityError
from heredity.orchestration.standing import Standing


def advised(monkeypatch, line, standing):
    monkeypatch.setattr(advice, "project_standing", standing if callable(standing) else lambda _: standing)
    with pytest.raises(GateError) as refusal, fitting_advice("project"):
        raise GateError(line)
    return str(refusal.value)


@pytest.mark.parametrize("typed", ["dvc repro", "dvc checkout"])
@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (Standing(elsewhere=("train@first",), has_remote=True), "dvc pull"),
        (Standing(cached=("train@first",)), "dvc checkout"),
        (Standing(left=("train@first",)), "dvc repro"),
        (Standing(cached=("inherit@first",), left=("train@first",)), "dvc checkout, then dvc repro"),
    ],
)
def test_a_refusal_that_advises_one_command_advises_what_helps(monkeypatch, typed, standing, said):
    line = advised(monkeypatch, f"lineage: expected models, found none; type: {typed}", standing)
    assert line == f"lineage: expected models, found none; type: {said}"


def test_a_file_that_is_not_there_gets_advice(monkeypatch):
    line = "curves.csv: cannot be read: No such file or directory"
    assert advised(monkeypatch, line, Standing(left=("train@first",))) == f"{line}; type: dvc repro"


@pytest.mark.parametrize("line", ["the study is odd", "no login; type: wandb login", "odd; type: dvc repro study"])
def test_other_refusals_stay_as_they_are(monkeypatch, line):
    assert advised(monkeypatch, line, Standing(left=("train@first",))) == line


def test_where_nobody_knows_better_the_advice_stays(monkeypatch):
    def busy(_):
        raise HeredityError("DVC is at work")

    line = "lineage: found none; type: dvc repro"
    for standing in (None, Standing(), busy):
        assert advised(monkeypatch, line, standing) == line


def test_a_folder_without_dvc_has_no_standing(tmp_path):
    assert project_standing(tmp_path) is None
