"""`heredity tree` as a command."""

import os
import subprocess
import sys

import pytest

from heredity.cli.results import tree
from heredity.errors import HeredityError
from tests.inheritance.test_pedigree import three_generations
from tests.report.wide import LINEAGES, MEMBERS, Wide


def test_the_tree_shows_operators_second_parents_and_broken_links(tmp_path, tiny, write_study):
    lineage = three_generations(tmp_path / "lineage")
    tiny["generations"]["third"] = {**tiny["generations"]["second"], "after": "second"}
    command = [
        sys.executable,
        "-m",
        "heredity.cli.main",
        "tree",
        "--params",
        str(write_study(tiny)),
        "--root",
        str(lineage),
    ]

    def tree(code):
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "250"}
        )
        assert done.returncode == code, done.stderr
        return done

    shown = tree(0).stdout
    assert "third m00  soup of m00 and m01" in shown
    assert "second m01  copy  learning_rate 0.000" in shown
    (lineage / "third" / "heirs" / "m00.zip").unlink()
    refused = tree(2)
    assert "third m00  soup" in refused.stdout
    assert refused.stderr.startswith("error: the pedigree is broken: third/m00: heir: expected ")


def test_of_many_births_lineages_are_drawn_unless_one_or_all_are_asked_for(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    wide = Wide(tmp_path)
    wide.write_lineage()
    for asked, lines, last in (
        ({}, 1 + LINEAGES * 3, "heredity tree l00 or second/l00 shows members one by one, --all all 240"),
        ({"place": "l01"}, 2 + 2 * MEMBERS, ""),
        ({"lineage": "l01"}, 2 + 2 * MEMBERS, ""),
        ({"place": "second/l02/m03"}, 4, ""),
        ({"everything": True}, 1 + LINEAGES * (1 + 2 * MEMBERS), ""),
    ):
        with pytest.raises(HeredityError, match="the pedigree is broken"):  # there are no files of heirs
            tree(params=tmp_path / "params.yaml", root=wide.layout.lineage, **asked)
        said = capsys.readouterr().out.splitlines()
        assert len(said) == lines + bool(last)
        assert said[-1] == last or not last
