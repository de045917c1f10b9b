"""Files are whole or absent."""

import stat

import pytest

from heredity.files import DRAFT, new_directory, write_bytes, write_json


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    write_json(tmp_path / "a.json", {"x": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"x": float("nan")})
    with pytest.raises(TypeError, match="bytes"):
        write_bytes(tmp_path / "a.json", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").read_text() == '{\n  "x": 1\n}\n'


def test_a_directory_appears_whole_or_not_at_all(tmp_path):
    with new_directory(tmp_path / "models") as directory:
        (directory / "old").touch()
    with pytest.raises(RuntimeError, match="half-way"), new_directory(tmp_path / "models") as directory:
        (directory / "new").touch()
        raise RuntimeError("half-way")
    assert [path.name for path in tmp_path.rglob("*")] == ["models", "old"]
    with new_directory(tmp_path / "models") as directory:
        (directory / "new").touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["models", "new"]


def test_who_may_read_a_file_is_what_umask_says(tmp_path, monkeypatch):
    for mask, file_mode, folder_mode in ((0o022, 0o644, 0o755), (0o077, 0o600, 0o700), (0o002, 0o664, 0o775)):
        monkeypatch.setattr("heredity.files.MASK", mask)
        write_bytes(tmp_path / "a.json", b"")
        with new_directory(tmp_path / "models"):
            pass
        modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a.json", "models")]
        assert modes == [file_mode, folder_mode]


def test_what_a_living_process_writes_is_left_to_it(tmp_path):
    with new_directory(tmp_path / "models") as first:
        (first / "m00").touch()
        with new_directory(tmp_path / "models") as second:
            (second / "m01").touch()
        assert (first / "m00").exists()
    assert [path.name for path in tmp_path.rglob("*")] == ["models", "m00"]


def test_what_a_process_was_writing_when_it_was_killed_is_gone_with_the_next_writing(tmp_path):
    (tmp_path / f".models.old{DRAFT}").mkdir()
    (tmp_path / f".gate.json.old{DRAFT}").touch()
    with new_directory(tmp_path / "models"):
        pass
    write_json(tmp_path / "gate.json", {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gate.json", "models"]
