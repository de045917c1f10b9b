"""What of a process changes no number of whoever plays in it, but what its end, its files or its messages come to.

It is put back when a stretch of playing ends (a segment of training, the trials of a batch), and nobody is refused for
it: handlers of signals, the mask of new files, open descriptors, variables, locale, streams, and settings of Python.
"""

import gc
import locale
import logging
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import get_ident, main_thread
from typing import Any

from heredity.agents.boundary.torch_precision import precision, put_precision

STANDARD = (0, 1, 2)
"""Input, output, errors."""


@contextmanager
def process_kept() -> Iterator[None]:
    """Put back what the block leaves otherwise than it was."""
    with ExitStack() as at_end:
        for keep in (_keep_descriptors, _keep_files, _keep_python, _keep_torch, _keep_signals, _keep_variables):
            keep(at_end)
        yield


def _keep_descriptors(at_end: ExitStack) -> None:
    """Keep the standard descriptors; of a worker, which owns all that it has, its pipes to its parent as well."""
    kept: dict[int, tuple[int, tuple[int, int]]] = {}
    for descriptor in _descriptors() if multiprocessing.parent_process() else STANDARD:
        with suppress(OSError):  # closed before, or no place for another
            kept[descriptor] = os.dup(descriptor), _identity(descriptor)
    at_end.callback(_reopen, kept)


def _descriptors() -> list[int]:
    for listing in ("/proc/self/fd", "/dev/fd"):
        with suppress(OSError, ValueError):
            return [int(name) for name in os.listdir(listing)]  # noqa: PTH208 (names are numbers)
    return list(STANDARD)


def _identity(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino


def _reopen(kept: dict[int, tuple[int, tuple[int, int]]]) -> None:
    for descriptor, (copy, identity) in kept.items():
        try:
            same = _identity(descriptor) == identity
        except OSError:
            same = False
        with suppress(OSError):
            if not same:
                os.dup2(copy, descriptor, inheritable=descriptor in STANDARD)
            os.close(copy)


def _keep_files(at_end: ExitStack) -> None:
    mask = os.umask(0o077)
    os.umask(mask)
    at_end.callback(os.umask, mask)
    with suppress(OSError):
        at_end.callback(_enter, Path.cwd())


def _enter(directory: Path) -> None:
    with suppress(OSError):
        if not Path.cwd().samefile(directory):
            os.chdir(directory)


def _keep_python(at_end: ExitStack) -> None:
    for name in ("stdin", "stdout", "stderr", "path", "excepthook", "unraisablehook"):
        at_end.callback(setattr, sys, name, getattr(sys, name))
    at_end.callback(_find, sys.path, list(sys.path))
    at_end.callback(gc.enable if gc.isenabled() else gc.disable)
    at_end.callback(gc.set_threshold, *gc.get_threshold())
    at_end.callback(logging.disable, logging.root.manager.disable)
    at_end.callback(setattr, logging.root, "level", logging.root.level)
    at_end.callback(socket.setdefaulttimeout, socket.getdefaulttimeout())
    at_end.callback(_localize, locale.setlocale(locale.LC_ALL))


def _find(path: list[str], before: list[str]) -> None:
    """Give back the places where modules are looked for; those that are added stay, for whoever imports later."""
    if [place for place in path if place in before] != before:
        path[:] = before


def _localize(name: str) -> None:
    with suppress(locale.Error):
        if locale.setlocale(locale.LC_ALL) != name:
            locale.setlocale(locale.LC_ALL, name)


def _keep_torch(at_end: ExitStack) -> None:
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return
    for state, put in (
        (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode),
        (torch.get_default_device, torch.set_default_device),
    ):
        at_end.callback(_put_changed, state, put, state())
    at_end.callback(put_precision, torch, precision(torch))


def _put_changed(state: Callable[[], Any], put: Callable[[Any], None], before: Any) -> None:
    if state() != before:  # asked first, because putting loads a compiler, which takes seconds
        put(before)


def _keep_signals(at_end: ExitStack) -> None:
    """Keep what Python does at each signal, and the timers of the process: none begun within goes on."""
    if get_ident() != main_thread().ident:
        return
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
    at_end.callback(_handle, handlers)
    if signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0):
        at_end.callback(partial(signal.setitimer, signal.ITIMER_REAL, 0))


def _handle(handlers: dict[Any, Any]) -> None:
    for number, handler in handlers.items():
        if handler is not None and signal.getsignal(number) is not handler:
            with suppress(OSError, ValueError):
                signal.signal(number, handler)


def _keep_variables(at_end: ExitStack) -> None:
    """Keep the variables that there are; those that are added stay, for libraries set some as they are loaded."""
    at_end.callback(_set, dict(os.environ))


def _set(variables: dict[str, str]) -> None:
    for name, value in variables.items():
        if os.environ.get(name) != value:
            os.environ[name] = value
