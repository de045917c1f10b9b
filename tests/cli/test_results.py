"""A study on the terminal, and two revisions side by side."""

import json

import pytest

from heredity.cli.committed import SAID
from tests.cli.commands import git, run
from tests.report.conftest import Written


@pytest.fixture
def written(tmp_path):
    written = Written(tmp_path, parents={"m00": ("m00",), "m01": ("m01",), "m02": ("m00",)})
    written.compared()
    return written


def test_show_all_prints_the_verdict_the_numbers_and_the_pedigree(written):
    output = run(written, "show", "--all")
    assert output.startswith("On second (CartPole-v1) the inherited members of these 2 parents reached the threshold")
    for expected in (
        "Interquartile mean score, control",
        "Not tested: one lineage tells of its own parents alone; its comparison needs at least 5 (lineages: 5).",
        "Parents' lead over fresh weights",
        "600 to 1,000",
        "second m01  copy",
    ):
        assert expected in output
    assert len(output.splitlines()) < 100


def test_show_fits_a_screen_and_says_where_the_report_and_the_rest_are(written):
    output = run(written, "show")
    assert output.startswith("One lineage gives no verdict on second: heirs of these 2 parents reached the threshold")
    for expected in ("on the task", "ancestors charged", "1 of 3", "3 of 3", "The report: ", "heredity show --all"):
        assert expected in output
    assert "Interquartile" not in output
    assert len(output.splitlines()) < 25
    assert SAID not in output


def test_show_of_a_study_that_has_not_run_says_what_to_type(written):
    (written.root / "report" / "transfer.json").unlink()
    assert "type: dvc repro" in run(written, "show", code=2)


def test_show_of_half_a_study_says_what_is_there_and_what_is_not(written):
    (written.root / "report" / "survival.json").unlink()
    lines = run(written, "show", code=2).splitlines()
    assert lines[0].startswith(
        "first: heirs (3), learning curves, evaluation, gate (2 may have heirs), confirmation; not"
    )
    assert "comparison: transfer.json, spending.json, metrics; not here: survival.json" in lines
    assert lines[-1].endswith("type: dvc repro")


def test_compare_puts_a_commit_an_experiment_and_the_workspace_side_by_side(written):
    git(written, "init", "-q")
    git(written, "add", "-A")
    git(written, "commit", "-qm", "first")
    path = written.root / "report" / "transfer.json"
    changed = json.loads(path.read_text())
    changed["second"]["jumpstart"]["value"] = 77.0
    path.write_text(json.dumps(changed))
    git(written, "commit", "-qam", "changed")
    git(written, "update-ref", "refs/exps/ab/cdef/wild-goat", "HEAD")
    git(written, "reset", "-q", "--hard", "HEAD~1")
    output = run(written, "compare", "HEAD", "wild-goat")
    row = next(line for line in output.splitlines() if "Jumpstart" in line)
    assert row.split()[-9:-3] == ["24.75", "[18.50,", "31.00]", "77.00", "[18.50,", "31.00]"]
    assert row.split()[-3] == "52.25"
    assert "params.yaml says the same in both." in output
    assert "Forward transfer" not in output
    params = written.root / "params.yaml"
    params.write_text(params.read_text().replace("seed: 7", "seed: 8"))
    output = run(written, "compare", "wild-goat")
    assert "workspace" in output
    assert next(line.split() for line in output.splitlines() if "seed" in line) == ["seed", "7", "8"]
    params.write_text("- a\n")
    assert "workspace: params.yaml: expected a mapping, got list" in run(written, "compare", "wild-goat", code=2)


def test_tree_draws_who_descends_from_whom_and_refuses_broken_links(written):
    output = run(written, "tree", code=2)
    assert "second m02  copy" in output
    assert "error: the pedigree is broken: first/m00: heir: expected" in output
    assert "and 8 more; type: dvc checkout" in output


def test_tree_of_a_study_that_has_not_run_says_what_to_type(written):
    for path in written.layout.pedigrees():
        path.unlink()
    assert "found none; type: dvc repro" in run(written, "tree", code=2)


def test_a_lineage_that_the_study_does_not_have_is_refused_by_name(written):
    assert run(written, "tree", "--lineage", "l07", code=2).endswith(
        "error: --lineage: expected one of none, got 'l07'\n"
    )
