"""What a stretch of playing leaves otherwise is put back."""

import gc
import locale
import logging
import os
import signal
import sys

import pytest

from heredity.agents.boundary.process_kept import process_kept


def mask():
    before = os.umask(0)
    os.umask(before)
    return before


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (lambda: os.umask(0o777), mask),
        (gc.disable, gc.isenabled),
        (lambda: logging.disable(50), lambda: logging.root.manager.disable),
        (lambda: setattr(sys, "stderr", None), lambda: sys.stderr),
        (sys.path.clear, lambda: list(sys.path)),
        (os.environ.clear, lambda: dict(os.environ)),
        (lambda: os.chdir("/"), os.getcwd),
        (lambda: signal.signal(signal.SIGUSR1, print), lambda: signal.getsignal(signal.SIGUSR1)),
        (lambda: os.close(2), lambda: os.fstat(2).st_ino),
        (lambda: os.dup2(0, 2), lambda: os.fstat(2).st_ino),
        (lambda: locale.setlocale(locale.LC_ALL, "C.UTF-8"), lambda: locale.setlocale(locale.LC_ALL)),
    ],
)
def test_what_is_changed_is_put_back(change, state):
    before = state()
    with process_kept():
        change()
    assert state() == before


def test_what_is_added_stays(monkeypatch):
    monkeypatch.delenv("ADDED", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    with process_kept():
        os.environ["ADDED"] = "1"
        sys.path.append("/added")
    assert os.environ.pop("ADDED") == "1"
    assert sys.path[-1] == "/added"
