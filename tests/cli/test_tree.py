"""`heredity tree` as a command."""

import os
import subprocess
import sys

from tests.inheritance.test_pedigree import three_generations


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
