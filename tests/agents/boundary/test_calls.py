"""Whatever an environment does in a call, what comes out is an answer or one line."""

import os
import pickle
import random
import signal
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from heredity.agents.boundary.calls import Calls, Turn, _looked
from heredity.agents.boundary.closing import close_all, closed_after
from heredity.errors import TaskError


class UnreadableError(Exception):
    def __str__(self):
        raise SystemExit(3)


def smallest():
    """Return a number that is 0 where the processor rounds smaller ones to 0."""
    return sys.float_info.min / float(2) * 2


def reach():
    os.chdir("/")


def raised(error):
    raise error


def refusal(doing, name="step"):
    """Return the line of what a call does, one of the environment's first."""
    _looked.clear()
    calls = Calls("Own-v0", 60)
    calls.seed = 7
    with pytest.raises(TaskError, match=r"^Own-v0: expected .*, got .*") as caught:
        calls.call(name, doing)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SystemExit(0), "SystemExit: 0"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (GeneratorExit(), "GeneratorExit"),
        (StopIteration(3), "StopIteration: 3"),
        (BaseException("a\x1b]0;b\x07"), r"BaseException: a\x1b]0;b\x07"),
        (ValueError("a\nb\u202ec"), r"ValueError: a b\u202ec"),
        (UnreadableError(), "UnreadableError: what it says cannot be read"),
        (ExceptionGroup("two", [OSError(), OSError()]), "ExceptionGroup: two (2 sub-exceptions)"),
        (ValueError("x" * 10_000), f"ValueError: {'x' * 300} …"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_exception_of_any_kind_is_one_line(error, said):
    assert refusal(lambda: raised(error)) == f"Own-v0: expected a step that returns, got {said} on seed 7"


def test_ctrl_c_interrupts_whatever_the_environment_makes_of_it():
    def swallow():
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)
        except KeyboardInterrupt:
            raise SystemExit(0) from None

    with pytest.raises(KeyboardInterrupt):
        Calls("Own-v0", 60).call("step", swallow)


@pytest.mark.parametrize(
    ("change", "state", "said"),
    [
        (lambda: os.chdir("/"), os.getcwd, "the working directory"),
        (lambda: np.seterr(all="raise"), np.geterr, "NumPy's error state"),
        (lambda: torch.set_default_dtype(torch.float64), torch.get_default_dtype, "torch's default type"),
        (lambda: torch.set_grad_enabled(False), torch.is_grad_enabled, "torch's gradients"),
        (lambda: torch.set_num_threads(3), torch.get_num_threads, "torch's number of threads"),
        (lambda: torch.set_flush_denormal(True), smallest, "the arithmetic of the processor"),
        (lambda: sys.setrecursionlimit(900), sys.getrecursionlimit, "the recursion limit"),
        (lambda: warnings.simplefilter("error"), lambda: list(warnings.filters), "the filters of warnings"),
        (lambda: signal.signal(signal.SIGURG, signal.SIG_IGN), lambda: signal.getsignal(signal.SIGURG), "SIGURG"),
        (lambda: signal.signal(signal.SIGTERM, print), lambda: signal.getsignal(signal.SIGTERM), "SIGTERM"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_call_changes_in_its_process_is_put_back_and_said(change, state, said):
    Calls("Own-v0", 60)
    before = state()
    with warnings.catch_warnings():
        assert f"expected an environment that leaves {said}" in refusal(change).replace("the handler of ", "")
        assert state() == before or said.startswith("the filters")
    assert state() == before


def test_what_a_call_changes_for_its_own_time_is_its_own():
    def changes_back():
        with np.errstate(all="raise"), warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("error")
            before = Path.cwd()
            os.chdir("/")
            os.chdir(before)
        sys.setrecursionlimit(sys.getrecursionlimit() + 1)
        return 5

    limit = sys.getrecursionlimit()
    assert Calls("Own-v0", 60).call("step", changes_back) == 5
    sys.setrecursionlimit(limit)


@pytest.mark.parametrize(
    ("draw", "source"),
    [
        (random.random, "random"),
        (np.random.rand, "np.random"),
        (lambda: np.random.rand(312), "np.random"),  # as many words as the generator has
        (lambda: np.random.seed(3), "np.random"),
        (lambda: np.random.seed([3, 4]), "np.random"),
        (lambda: random.seed(3), "random"),
        (lambda: torch.rand(1), "torch"),
    ],
)
def test_a_draw_from_everybodys_generator_is_refused(draw, source, monkeypatch):
    monkeypatch.setattr("heredity.agents.boundary.calls.threads", list)  # those of whoever runs the tests
    random.seed(0), np.random.seed([1, 2])  # so that they stand where a seed leaves them
    said = f"self.np_random alone, got draws from the generator of {source}; that one is everybody's"
    assert said in refusal(draw, "reset")


def test_a_draw_of_another_thread_is_not_blamed_on_the_environment():
    calls, over = Calls("Own-v0", 60), threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        calls.call("step", random.random)  # as if the thread had drawn meanwhile
        assert [calls.call("step", int) for _ in range(20)] == [0] * 20
        calls.call("step", random.random)
    finally:
        over.set()
        thread.join()


def test_draws_between_two_calls_are_nobodys(monkeypatch):
    monkeypatch.setattr("heredity.agents.boundary.calls.threads", list)
    calls = Calls("Own-v0", 60)
    np.random.rand()
    calls.call("step", int)
    with pytest.raises(TaskError, match="draws"):
        calls.call("step", np.random.rand)


@pytest.mark.parametrize(
    ("change", "said"), [(np.random.rand, "np.random"), (lambda: np.seterr(all="raise"), "error"), (reach, "directory")]
)
def test_in_a_turn_of_copies_what_changed_is_said_at_its_end(change, said, monkeypatch):
    monkeypatch.setattr("heredity.agents.boundary.calls.threads", list)
    one, other = Calls("Own-v0", 60), Calls("Own-v0", 60)
    state = np.geterr(), Path.cwd()
    with pytest.raises(TaskError, match=f"^Own-v0: expected .*{said}"), Turn(one):
        other.call("step", change)
        assert one.call("step", int) == 0
    assert state == (np.geterr(), Path.cwd())
    with Turn(one):
        assert one.call("step", int) == 0
    with pytest.raises(TaskError, match="RuntimeError: burnt"), Turn(one):
        change()
        one.call("step", lambda: raised(RuntimeError("burnt")))
    assert state == (np.geterr(), Path.cwd())


class Closes:
    def __init__(self, doing=int):
        self.doing, self.closed = doing, False

    def close(self):
        self.closed = True
        self.doing()


def test_all_are_closed_whoever_fails_and_the_first_failure_is_told():
    each = [Closes(), Closes(lambda: raised(TaskError("one"))), Closes(lambda: raised(TaskError("two")))]
    with pytest.raises(TaskError, match=r"^one$"):
        close_all(each)
    assert all(env.closed for env in each)


def test_what_came_before_is_not_hidden_by_a_close_that_fails():
    with pytest.raises(TaskError, match=r"^before$"), closed_after(lambda: raised(TaskError("close"))):
        raise TaskError("before")
    with pytest.raises(TaskError, match=r"^close$"), closed_after(lambda: raised(TaskError("close"))):
        pass
