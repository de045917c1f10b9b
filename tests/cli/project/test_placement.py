"""Files put into a directory, all of them or none."""

from contextlib import contextmanager

import pytest

from heredity.cli.project.placement import nearest_there, place, refuse_taken, refuse_unwritable
from heredity.errors import HeredityError

FILES = {"params.yaml": b"study", "tests/test_study.py": b"tests", ".gitignore": b"study"}


@contextmanager
def nothing():
    yield


def tree(path):
    return sorted(each.relative_to(path).as_posix() for each in path.rglob("*"))


def test_everything_is_put_into_directories_that_are_made(tmp_path):
    place(tmp_path / "one" / "two", FILES, nothing())
    made = tmp_path / "one" / "two"
    assert tree(made) == [".gitignore", "params.yaml", "tests", "tests/test_study.py"]
    assert (made / "params.yaml").read_bytes() == b"study"


def test_other_files_stay_as_they_are(tmp_path):
    (tmp_path / "tests").mkdir()
    for name in ("notes.txt", "tests/test_mine.py"):
        (tmp_path / name).write_text("mine")
    refuse_taken(tmp_path, FILES)
    place(tmp_path, FILES, nothing())
    assert {(tmp_path / name).read_text() for name in ("notes.txt", "tests/test_mine.py")} == {"mine"}


def test_what_is_there_is_named(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_study.py").write_text("")
    (tmp_path / ".gitignore").symlink_to("nowhere")
    with pytest.raises(HeredityError, match=r"a project is made of, got tests/test_study\.py, \.gitignore; move them"):
        refuse_taken(tmp_path, FILES)


@pytest.mark.parametrize("put", [lambda path: path.write_text(""), lambda path: path.symlink_to("/")])
def test_what_is_in_the_place_of_a_folder_is_named(tmp_path, put):
    put(tmp_path / "tests")
    with pytest.raises(HeredityError, match="is made of, got tests; move them"):
        refuse_taken(tmp_path, FILES)


def test_of_many_the_first_are_named(tmp_path):
    names = [f"file-{index}" for index in range(11)]
    for name in names:
        (tmp_path / name).write_text("")
    with pytest.raises(HeredityError, match=r"got file-0, .*, file-7 and 3 more; move them"):
        refuse_taken(tmp_path, names)


@pytest.mark.parametrize("is_there", [False, True], ids=["new", "with files"])
def test_nothing_is_left_where_what_is_done_around_it_fails(tmp_path, is_there):
    project = tmp_path / "one" / "two"
    if is_there:
        project.mkdir(parents=True)
        (project / "notes.txt").write_text("mine")
    before = tree(tmp_path)

    @contextmanager
    def failing():
        raise HeredityError("no")
        yield

    with pytest.raises(HeredityError, match="no"):
        place(project, FILES, failing())
    assert tree(tmp_path) == before


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_is_left_where_a_move_fails_and_what_was_replaced_is_as_it_was(tmp_path, monkeypatch, error):
    (tmp_path / ".dvcignore").write_text("# of dvc init")
    moves = []

    def replace(draft, target):
        moves.append(target)
        if len(moves) == 3:
            raise error
        draft.rename(target)

    monkeypatch.setattr("pathlib.Path.replace", replace)
    with pytest.raises((HeredityError, KeyboardInterrupt)) as refusal:
        place(tmp_path, {".dvcignore": b"ours", **FILES}, nothing())
    assert tree(tmp_path) == [".dvcignore"]
    assert (tmp_path / ".dvcignore").read_text() == "# of dvc init"
    if isinstance(error, OSError):
        assert "No space left on device; make the project where you may write" in str(refusal.value)


def test_files_are_removed_with_the_folder_that_is_empty_then_and_a_replaced_one_keeps_its_rights(tmp_path):
    for name in ("old/one.py", "stages/two.py", "stages/three.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("before")
    (tmp_path / "stages" / "three.py").chmod(0o755)
    place(tmp_path, {"stages/three.py": b"now"}, nothing(), removed=["old/one.py", "stages/two.py"])
    assert tree(tmp_path) == ["stages", "stages/three.py"]
    assert (tmp_path / "stages" / "three.py").read_text() == "now"
    assert (tmp_path / "stages" / "three.py").stat().st_mode & 0o777 == 0o755


def test_what_was_removed_is_back_where_the_rest_fails(tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "one.py").write_text("before")
    (tmp_path / "old" / "one.py").chmod(0o700)
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(HeredityError, match=r"; type it elsewhere$"):
        place(tmp_path, {"file/two.py": b"now"}, nothing(), removed=["old/one.py"], remedy="type it elsewhere")
    assert tree(tmp_path) == ["file", "old", "old/one.py"]
    assert (tmp_path / "old" / "one.py").read_text() == "before"
    assert (tmp_path / "old" / "one.py").stat().st_mode & 0o777 == 0o700


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    assert nearest_there(tmp_path / "file" / "one" / "two") == tmp_path / "file"
    with pytest.raises(HeredityError, match=r"file: expected a directory, got a file; name another one"):
        refuse_unwritable(tmp_path / "file" / "one")


def test_a_read_only_directory_is_refused_whoever_is_asked(tmp_path, monkeypatch):
    """Tests may be root's, whom no directory's rights keep out."""
    monkeypatch.setattr("os.access", lambda path, mode: path != tmp_path)
    with pytest.raises(HeredityError, match="Permission denied; make the project where you may write: heredity init"):
        refuse_unwritable(tmp_path / "new")
