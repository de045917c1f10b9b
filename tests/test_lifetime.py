"""A process ends with whoever has started it, at a signal in one line, and with all that it has started."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import psutil
import pytest

from heredity import lifetime
from tests.examples import CHECKOUT

CHILD = """
import subprocess, sys, time
from heredity.lifetime import end_with_parent
end_with_parent()
left = subprocess.Popen(["sleep", "600"])
print(left.pid, flush=True)
time.sleep(600)
"""
PARENT = "import subprocess, sys; subprocess.run(sys.argv[1:])"
FAMILY = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {CHILD!r}]); time.sleep(600)"
SIGNALLED = """
import subprocess, sys, time
from heredity.lifetime import end_on_signals, unwinding
left = subprocess.Popen(["sleep", "600"])
if sys.argv[1] == "early":
    end_on_signals("interrupted; early")
    print(left.pid, flush=True)
    time.sleep(600)
with unwinding("interrupted; late"):
    print(left.pid, flush=True)
    try:
        time.sleep(600)
    except BaseException:
        time.sleep(float(sys.argv[2]))
        raise RuntimeError("made of it by whoever was interrupted") from None
"""


@contextmanager
def started(*command):
    """Yield a command at work, and the process that it says it has started."""
    environment = {name: value for name, value in os.environ.items() if name != "DVC_STAGE"}
    process = subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        yield process, psutil.Process(int(process.stdout.readline()))
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def said_at_the_end(process):
    _, said = process.communicate(timeout=20)
    return process.returncode, said


def is_gone(process):
    try:
        process.wait(10)
    except psutil.TimeoutExpired:
        return process.status() == psutil.STATUS_ZOMBIE
    return True


@pytest.mark.parametrize(
    "command",
    [(sys.executable, "-c", CHILD), ("env", "DVC_STAGE=train", "sh", "-c", f"{sys.executable} -c '{CHILD}'; true")],
    ids=["directly", "through the shell that DVC starts"],
)
def test_a_parent_that_is_killed_ends_its_children_and_theirs(command):
    with started(sys.executable, "-c", PARENT, *command) as (process, left):
        child = left.parent()
        process.kill()
        began = time.monotonic()
        assert is_gone(child)
        assert is_gone(left)
        assert time.monotonic() - began < 5


def test_process_1_is_no_parent_to_wait_for(monkeypatch):
    monkeypatch.delenv("DVC_STAGE", raising=False)
    monkeypatch.setattr(lifetime, "_parent_of", {os.getpid(): 1, 1: 0}.get)
    assert lifetime._find_ancestors() == ((), False)


def test_a_stage_that_was_left_before_it_looked_knows_so(monkeypatch):
    """A session is inherited: a parent of another one, of whoever leads none, is not whom the process was born to."""
    monkeypatch.setenv("DVC_STAGE", "train")
    monkeypatch.setattr(lifetime, "_parent_of", {os.getpid(): 70, 70: 1, 1: 0}.get)
    monkeypatch.setattr(os, "getsid", {os.getpid(): 60, 70: 7, 1: 1}.get)
    assert lifetime._find_ancestors() == ((70,), True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("words", [("early",), ("late", "0"), ("late", "0.5")], ids=" ".join)
def test_a_signal_ends_a_program_in_one_line_however_often_it_comes(number, words):
    with started(sys.executable, "-c", SIGNALLED, *words) as (process, left):
        for _ in range(3):
            process.send_signal(number)
            time.sleep(0.02)
        assert said_at_the_end(process) == (128 + number, f"interrupted; {words[0]}\n")
        assert is_gone(left)


def test_a_block_that_holds_a_signal_up_is_cut_short():
    shorter = "from heredity import lifetime; lifetime.GRACE_SECONDS = 0.5\n"
    code = SIGNALLED.replace("from heredity", f"{shorter}from heredity")
    with started(sys.executable, "-c", code, "late", "600") as (process, left):
        process.terminate()
        assert said_at_the_end(process) == (128 + signal.SIGTERM, "interrupted; late\n")
        assert is_gone(left)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_is_ignored_stays_so(number):
    """As nohup, and a shell's `&` in a script, have it."""
    code = f"import signal; signal.signal({number:d}, signal.SIG_IGN)\n{SIGNALLED}"
    with started(sys.executable, "-c", code, "early") as (process, left):
        process.send_signal(number)
        process.terminate()
        assert said_at_the_end(process) == (128 + signal.SIGTERM, "interrupted; early\n")
        assert is_gone(left)


def below(process, count):
    """Return the processes below one, once there are so many."""
    until = time.monotonic() + 20
    while len(found := psutil.Process(process.pid).children(recursive=True)) < count:
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


def left_of(family):
    """Return who of some processes has not ended; one that its parent has not yet heard of is no more than a number."""
    until = time.monotonic() + 5
    while left := [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]:
        if time.monotonic() > until:
            return left
        time.sleep(0.05)
    return []


def test_all_below_a_process_ends_and_the_process_goes_on():
    parent = subprocess.Popen([sys.executable, "-c", FAMILY])
    family = below(parent, 2)
    lifetime.end_children(parent.pid)
    left = left_of(family)
    alive = parent.poll() is None
    parent.kill()
    parent.wait()
    assert (left, alive) == ([], True)
