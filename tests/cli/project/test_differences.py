"""What heredity has otherwise, as a diff that programs take."""

import subprocess

import pytest

from heredity.cli.project.differences import DIFF, differences, named_in
from heredity.errors import HeredityError

AFTER = b"one\ntwo\nthree\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"one\n2\nthree\n", AFTER),
        (b"one\n2\nthree", AFTER),
        (AFTER, b"one\ntwo"),
        (b"", AFTER),
        (None, AFTER),
        (b"\xe9t\xe9\x0c\nformfeed\x85 \n", AFTER),
        ("größe\u2028\n".encode(), AFTER),
    ],
    ids=["a line", "no line break", "nor in ours", "empty", "no file", "no UTF-8", "separators"],
)
def test_git_takes_it_and_then_the_recipe_is_heredity_s(tmp_path, before, after):
    path = tmp_path / "stages" / "gate.py"
    path.parent.mkdir()
    if before is not None:
        path.write_bytes(before)
    (tmp_path / DIFF).write_bytes(differences("0.3.0", {"stages/gate.py": (before, after)}))
    subprocess.run(["git", "apply", DIFF], cwd=tmp_path, check=True)
    assert path.read_bytes() == after


def test_it_says_of_which_version_and_which_recipes_it_is():
    diff = differences("0.3.0", {"dvc.yaml": (b"a\n", b"b\n"), "new name.py": (None, b"c\n"), "same.py": (b"", b"")})
    assert diff.startswith(b"What heredity 0.3.0 has otherwise ")
    assert named_in(diff) == {"dvc.yaml", "new name.py"}
    assert differences("0.3.0", {"same.py": (b"a", b"a")}) == b""


def test_another_file_of_that_name_is_not_read_as_one():
    with pytest.raises(HeredityError, match=r"^upgrade\.diff: expected no such file .*, got another; move it"):
        named_in(b"+++ b/stages/gate.py\n")
