"""Where compiled programs are kept, and that there may be no such place."""

from pathlib import Path

import pytest

from heredity.training.cohort.compiling import CACHE_VARIABLE, cache_directory


@pytest.fixture(autouse=True)
def nowhere(monkeypatch):
    for name in (CACHE_VARIABLE, "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_programs_are_kept_where_a_user_keeps_such(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_directory() == str(tmp_path / "home/.cache/heredity")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    assert cache_directory() == str(tmp_path / "caches/heredity")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(CACHE_VARIABLE, "here")
    assert cache_directory() == str(tmp_path / "here")


def test_a_home_that_is_a_file_or_nobodys_keeps_none(monkeypatch, tmp_path):
    (tmp_path / "home").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_directory() is None

    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    assert cache_directory() is None
