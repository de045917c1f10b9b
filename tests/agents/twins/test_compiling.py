"""Where compiled programs are kept, and that there may be no such place."""

from pathlib import Path

import pytest

from heredity.agents.twins.compiling import CACHE_VARIABLE, cache_directory, refuse_little_memory
from heredity.errors import HeredityError


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


def test_less_memory_than_a_compiler_takes_is_refused_before_it_ends_the_process(monkeypatch):
    monkeypatch.setattr("resource.getrlimit", lambda _: (1_500_000 << 10, -1))
    with pytest.raises(HeredityError, match=r"^ulimit -v: expected at least 3000000 KiB .*, got 1500000; type: ulimit"):
        refuse_little_memory()
    monkeypatch.setattr("resource.getrlimit", lambda _: (-1, -1))
    refuse_little_memory()
