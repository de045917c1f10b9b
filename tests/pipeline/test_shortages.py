"""What the system refuses is one line; a mistake in code stays one."""

import errno
import multiprocessing

import pytest

from heredity.errors import HeredityError
from heredity.pipeline.runner import run_stage
from heredity.pipeline.shortages import shortage, shortages_named
from heredity.pipeline.surroundings import say_in_a_line


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (MemoryError(), "memory ran out (MemoryError); "),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "memory ran out (DefaultCPUAllocator"),
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 8 bytes"), "memory ran out (RESOURCE_EXHAUSTED"),
        (RuntimeError("can't start new thread"), "no more threads can be started; type: ulimit -u unlimited"),
        (ImportError("libtorch.so: failed to map segment from shared object"), "a library cannot be loaded: libtorch"),
        (OSError(errno.EMFILE, "Too many open files", "gate.json"), "gate.json: Too many open files; type: ulimit -n "),
        (OSError(errno.EFBIG, "File too large", "m00.zip"), "m00.zip: File too large; type: ulimit -f unlimited"),
    ],
)
def test_a_shortage_says_what_to_type(error, line):
    assert shortage(error).startswith(line)
    with pytest.raises(HeredityError) as refusal, shortages_named():
        raise error
    assert str(refusal.value).startswith(line)


@pytest.mark.parametrize(
    "error", [ValueError("a"), ImportError("cannot import name 'a'"), RuntimeError("b"), OSError(errno.EROFS, "c", "d")]
)
def test_anything_else_is_not_taken_for_one(error):
    assert shortage(error) is None
    with pytest.raises(type(error)), shortages_named():
        raise error


def test_semaphores_without_room_name_where_they_lie(monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("_multiprocessing.SemLock", full)
    with pytest.raises(HeredityError, match=r"^/dev/shm: No space left on device; processes"), shortages_named():
        multiprocessing.get_context("spawn").Queue()


def test_what_nobody_catches_is_a_line_too(capsys):
    for error, line in ((MemoryError(), "memory ran out"), (OSError(errno.EROFS, "Read-only", "a"), "a: Read-only")):
        with pytest.raises(SystemExit, match="2"):
            say_in_a_line(type(error), error, None)
        assert capsys.readouterr().err.startswith(f"error: {line}")
    say_in_a_line(ValueError, ValueError("a bug"), None)
    assert capsys.readouterr().err == "ValueError: a bug\n"


def test_a_stage_that_runs_out_of_memory_ends_with_one_line(monkeypatch, capsys):
    def main():
        raise MemoryError

    monkeypatch.setattr("sys.argv", ["stages/study.py"])
    with pytest.raises(SystemExit, match="2"):
        run_stage(main)
    assert len(capsys.readouterr().err.splitlines()) == 1
