"""What of its process an environment has to leave as it is, because whoever plays beside it would compute otherwise.

A mark is taken before and after every call: so it is made of what can be read in nanoseconds, and Python itself tells
of the rest (audit events). Where two marks differ, what changed is put back, and said.
"""

import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from sys import getrecursionlimit
from typing import Any

import numpy as np
from numpy._core import umath

from heredity.agents.boundary.global_generators import WORDS, numpy_words, python_words
from heredity.agents.boundary.torch_precision import Precision, asking, precision, put_precision

_handler_of: Callable[[int], Any] = sys.modules["_signal"].getsignal  # `signal.getsignal` makes an enum of each

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGURG")
"""By which a person, the system, or the watch ends what is at work."""

_INT, _TERM, _HUP, _URG = (int(getattr(signal, name)) for name in SIGNALS)

_arithmetic: Any = getattr(umath, "_extobj_contextvar", None)  # absent in a NumPy yet to come: then by its values
_arithmetic_state: Callable[[], Any] = _arithmetic.get if _arithmetic else np.geterr

_smallest = sys.float_info.min
"""Twice its half is 0 where the processor takes smaller numbers for 0; the half itself then equals 0."""

heard: dict[str, tuple[Any, ...]] = {}
"""What Python told its audit hooks of since `heard` was last cleared, and what was so before, by event."""

Mark = tuple[Any, ...]

_torch_dtype: Callable[[], Any] = int
_torch_gradients: Callable[[], Any] = int
_torch_threads: Callable[[], Any] = int
_torch_products: Callable[[], Any] = int
_torch_determinism: Callable[[], Any] = int
"""How torch's settings are asked for; nothing loads it for that."""

_gpu = False
_precision: Precision | None = None
"""torch's, when an environment was last about to be made."""


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "os.chdir":
        heard.setdefault(event, (_directory(),))
    elif event in ("resource.setrlimit", "resource.prlimit"):
        import resource

        kind = arguments[-2]
        heard.setdefault(event, (kind, resource.getrlimit(kind)))


def _directory() -> str | None:
    try:
        return str(Path.cwd())
    except OSError:  # it is gone
        return None


sys.addaudithook(_hear)


def mark() -> Mark:
    """Return what the process is like now."""
    filters = warnings.filters
    return (
        _arithmetic_state(),
        _torch_dtype(),
        _torch_gradients(),
        _torch_threads(),
        getrecursionlimit(),
        filters[0] if filters else None,
        len(filters),
        _handler_of(_INT),
        _handler_of(_TERM),
        _handler_of(_HUP),
        _handler_of(_URG),
        _smallest * 0.5 * 2.0,
        python_words(0),
        python_words(2),
        numpy_words(WORDS),
        numpy_words(1),
        _torch_products(),
        _torch_determinism(),
    )


def marked_anew() -> Mark:
    """Return what the process is like now, and forget what was heard of it before."""
    if heard:
        heard.clear()
    return mark()


def differs(before: Mark) -> bool:
    """Whether the process is otherwise than it was, or was so meanwhile."""
    return bool(heard) or mark() != before


def with_torch(*, on_gpu: bool = False) -> None:
    """Look at torch's settings from now on, where something has loaded it, and once there was a GPU at its as well."""
    global _gpu, _precision, _torch_dtype, _torch_gradients, _torch_threads, _torch_products, _torch_determinism
    torch: Any = sys.modules.get("torch")
    _gpu = _gpu or on_gpu
    if torch is not None:
        _torch_dtype, _torch_gradients = torch.get_default_dtype, torch.is_grad_enabled
        _torch_threads, _torch_products = torch.get_num_threads, asking(torch, on_gpu=_gpu)
        _torch_determinism, _precision = torch.get_deterministic_debug_mode, precision(torch)


def put_back(before: Mark, *, being_made: bool = False) -> list[tuple[str, str]]:
    """Put back what is otherwise than `before`; return what was expected and what came, of what nobody may change.

    being_made: whether an environment is being made, which may say what NumPy warns of, for that changes no number.
    """
    now = mark()
    complaints = [*_of_arithmetic(before, now, being_made), *_of_torch(before, now), *_of_python(before, now)]
    return [*complaints, *_of_events()] if heard else complaints


def drawn_from(before: Mark, now: Mark) -> str | None:
    """Return whose generator was drawn from, or given another seed, between two marks; None where nobody's was."""
    if before[12:16] == now[12:16]:
        return None
    return "random" if before[12:14] != now[12:14] else "np.random"


def _of_arithmetic(before: Mark, now: Mark, being_made: bool) -> Iterator[tuple[str, str]]:
    if before[0] is not now[0]:
        after = np.geterr()
        if _arithmetic:
            _arithmetic.set(before[0])
        else:
            np.seterr(**before[0])
        quiet = being_made and set(after.values()) <= {"ignore", "warn"}
        if np.geterr() != after and not quiet:
            yield ("NumPy's error state", ", ".join(f"{kind}={does}" for kind, does in after.items()))
    if before[11] != now[11]:
        sys.modules["torch"].set_flush_denormal(False)
        yield ("the arithmetic of the processor", "small numbers that are rounded to 0")


def _of_torch(before: Mark, now: Mark) -> Iterator[tuple[str, str]]:
    torch: Any = sys.modules.get("torch")
    if torch is None or before[1] == 0:  # it was not loaded
        return
    if before[1] is not now[1]:
        torch.set_default_dtype(before[1])
        yield ("torch's default type", str(now[1]))
    if before[2] is not now[2]:
        torch.set_grad_enabled(before[2])
        yield ("torch's gradients", "on" if now[2] else "off")
    if before[3] != now[3]:
        torch.set_num_threads(before[3])
        if now[3] != 1:
            yield ("torch's number of threads", str(now[3]))
    if before[16] != now[16] and _precision:  # many set it as they are imported: nobody is refused for it
        put_precision(torch, _precision)
    if before[17] != now[17]:
        torch.set_deterministic_debug_mode(before[17])


def _of_python(before: Mark, now: Mark) -> Iterator[tuple[str, str]]:
    if now[4] < before[4]:  # a higher one changes nothing that worked
        sys.setrecursionlimit(before[4])
        yield ("the recursion limit", str(now[4]))
    added = max(now[6] - before[6], 1)
    filters: Any = warnings.filters
    new = filters[:added] if before[5] is not now[5] else filters[now[6] - added :]
    if before[5:7] != now[5:7] and any(action == "error" for action, *_ in new):
        filters[:] = [each for each in filters if not any(each is other for other in new)]
        warnings._filters_mutated()  # type: ignore[attr-defined]
        yield ("the filters of warnings", "warnings as errors")
    for name, place in zip(SIGNALS, range(7, 11), strict=True):
        if before[place] is not now[place] and before[place] is not None:
            signal.signal(getattr(signal, name), before[place])
            yield (f"the handler of {name}", _named(now[place]))


def _of_events() -> Iterator[tuple[str, str]]:
    if (moved := heard.get("os.chdir")) and (now := _directory()) != moved[0]:
        if moved[0] is not None:
            os.chdir(moved[0])
        yield ("the working directory", now or "one that is gone")
    for event in ("resource.setrlimit", "resource.prlimit"):
        if event in heard:
            import resource

            (kind, (soft, hard)), limits = heard[event], resource.getrlimit(heard[event][0])
            if limits != (soft, hard):
                with suppress(OSError, ValueError):  # nobody may raise the upper one again
                    resource.setrlimit(kind, (soft, limits[1]))
                yield ("the limits of its resources", f"a limit of {limits[0]}, which was {soft},")
    heard.clear()


def _named(handler: Any) -> str:
    return getattr(handler, "__qualname__", None) or str(handler)
