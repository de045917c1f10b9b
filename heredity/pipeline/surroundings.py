"""What stands round a command: limits, streams, variables. It is looked at before anything heavy is loaded.

A command gives the bytes that it gives anywhere, or says in one line what is missing and what to type. What nobody can
want otherwise is mended; what heredity cannot work with is refused, before hours are spent.
"""

import atexit
import errno
import io
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from math import inf
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from heredity.errors import HeredityError, refused_by_system
from heredity.pipeline.shortages import STDOUT, TYPE, limit, shortage

FEWEST_FILES, ENOUGH_FILES = 64, 4096
"""How many open files a command with a few workers takes, and how many are asked for where more are allowed."""

FEWEST_SECONDS = 10
"""What a command takes of a processor to load and to say anything."""

FEWEST_KIBIBYTES = 512 << 10
"""What libraries take to load; with less, one of them ends the process by itself."""

ENOUGH_FREE = 64 << 20
"""Bytes of a disk, which the bytecode of a project does not fill."""

CUT_OFF = "marshal data too short"
"""What Python says of half a .pyc."""

STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
"""By their descriptors."""

SET_ASIDE = ("JAX_", "XLA_", "NVIDIA_TF32_OVERRIDE", "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE")
"""Begin variables by which results would be others: precision, generators, compiler passes, another device."""

LEFT = "XLA_PYTHON_CLIENT_"
"""Begins those that say how much of a GPU's memory JAX takes, which changes none."""

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""How many threads add decides in which order, so it is one, in workers (heredity/seeds.py) and in what starts them."""

INSTRUCTIONS = (
    "ATEN_CPU_CAPABILITY", "DNNL_MAX_CPU_ISA", "MKL_CBWR", "MKL_DEBUG_CPU_TYPE", "MKL_ENABLE_INSTRUCTIONS",
    "NPY_DISABLE_CPU_FEATURES", "ONEDNN_MAX_CPU_ISA", "OPENBLAS_CORETYPE",
)  # fmt: skip
"""Variables that make a CPU compute as one of another family does; whoever sets one may have to."""


class _StandardOutput(io.FileIO):
    """Descriptor 1, whose refusal says that it is its; what comes after one goes nowhere."""

    refused = False

    def write(self, content: Any) -> int:
        if self.refused:
            return len(content)
        try:
            return super().write(content)
        except OSError as error:
            self.refused, error.filename = True, STDOUT
            raise


def enter_if_typed(package: str) -> None:
    """Enter where a module of a package is what was typed, or heredity's own command; importing it changes nothing."""
    modules = [module for flag, module in zip(sys.orig_argv, sys.orig_argv[1:], strict=False) if flag == "-m"]
    if Path(sys.argv[0]).name == "heredity" or any(f"{module}.".startswith(f"{package}.") for module in modules):
        enter()


@cache
def enter() -> None:
    """Make a process fit for a command, once; end it with one line and exit code 2 where that cannot be."""
    mend_streams()
    if reason := unfit(sys.platform, sys.flags.optimize, sys.warnoptions):
        end_with(reason)
    mend_variables(os.environ)
    mend_bytecode(os.environ)
    if reason := too_tight():
        end_with(reason)
    sys.excepthook = say_in_a_line
    atexit.register(_flush_last)


def end_with(reason: str) -> NoReturn:
    """End a command with one line and exit code 2."""
    print(f"error: {reason}", file=sys.stderr)
    sys.exit(2)


def unfit(platform: str, optimize: int, warnings: Sequence[str]) -> str | None:
    """Return why no command can work under a system and with flags of Python, as `sys` has them; None where it can."""
    if platform in ("win32", "cygwin"):
        return "expected Linux or macOS, got Windows; type: wsl --install, and run heredity in there"
    if optimize >= 2:
        return (
            "expected docstrings, which charts are made from, got python -OO; type: unset PYTHONOPTIMIZE, or leave -OO"
        )
    if strict := next((each for each in warnings if each and "error".startswith(each.split(":")[0])), None):
        return (
            f"expected warnings to warn, got -W {strict}, by which a warning in a library fails members; "
            "type: unset PYTHONWARNINGS, or leave -W"
        )
    return None


def mend_streams() -> None:
    """Open what is closed of the standard streams, and let text through that their encoding lacks.

    A file that is opened while descriptor 1 is free becomes descriptor 1, and whatever a library prints goes into it.
    """
    for descriptor, (name, mode) in enumerate(STREAMS):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # which takes the lowest free number
        if getattr(sys, name) is None:
            stream = os.fdopen(descriptor, mode, closefd=False)
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
    if (stdout := sys.__stdout__) is sys.stdout and stdout is not None:  # and nobody's who calls from a program
        output = io.BufferedWriter(_StandardOutput(1, "w", closefd=False))
        sys.stdout = io.TextIOWrapper(
            output, stdout.encoding, "backslashreplace", line_buffering=stdout.line_buffering
        )  # fmt: skip


def mend_variables(environment: "os._Environ[str] | dict[str, str]") -> None:
    """Set aside what would change results, and say what may change their last bits."""
    for name in [name for name in environment if name.startswith(SET_ASIDE) and not name.startswith(LEFT)]:
        del environment[name]
    environment.update(dict.fromkeys(THREADS, "1"))
    if line := other_instructions(environment):
        print(line, file=sys.stderr)


def other_instructions(environment: Mapping[str, str]) -> str:
    """Return a line about variables that make this CPU compute as one of another family; empty where none is set."""
    names = [f"{name}={environment[name]}" for name in INSTRUCTIONS if environment.get(name)]
    return f"{' '.join(names)}: the last bits of results are those of another CPU family" if names else ""


def mend_bytecode(environment: "os._Environ[str] | dict[str, str]") -> None:
    """Let Python keep no bytecode where a disk or a limit may cut a file off.

    Before 3.12.8 and 3.13.1 it keeps half a .pyc then, by which every later start fails (CPython 126606).
    """
    free = inf
    with suppress(OSError):  # a directory that is gone is for whoever reads in it to name
        disk = os.statvfs(os.curdir)
        free = disk.f_bavail * disk.f_frsize
    if free < ENOUGH_FREE or limit("FSIZE")[0] < inf:
        sys.dont_write_bytecode = True
        environment["PYTHONDONTWRITEBYTECODE"] = "1"


def mend_limits() -> None:
    """Take as many open files as are allowed, and ask to be told before the time of the processor is over."""
    import resource

    (soft, hard), own = limit("NOFILE"), resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < (wanted := int(min(hard, ENOUGH_FILES))):
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, own[1]))
    soft, hard = limit("CPU")
    if soft < inf:
        if soft == hard > 1:  # at the hard limit the kernel kills, and no line is said
            resource.setrlimit(resource.RLIMIT_CPU, (int(hard) - 1, int(hard)))
        signal.signal(signal.SIGXCPU, _out_of_time)


def too_tight() -> str | None:
    """Return which limit leaves too little for any command even when it is raised, None where all leave enough."""
    mend_limits()
    files = limit("NOFILE")[0]
    if files < FEWEST_FILES:
        return f"ulimit -n: expected at least {FEWEST_FILES} open files, got {files}; type: {TYPE[errno.EMFILE]}"
    seconds = limit("CPU")[1]
    if seconds < FEWEST_SECONDS:
        return f"ulimit -t: expected at least {FEWEST_SECONDS} seconds, got {seconds:g}; type: ulimit -t unlimited"
    for flag, name in (("v", "AS"), ("d", "DATA")):
        if (size := limit(name)[0] / 1024) < FEWEST_KIBIBYTES:
            expected = f"expected at least {FEWEST_KIBIBYTES} KiB of memory, got {size:.0f}"
            return f"ulimit -{flag}: {expected}; type: ulimit -{flag} unlimited"
    mask = os.umask(0o077)
    os.umask(mask)
    if mask & 0o700:
        return f"umask: expected one that leaves you your own files, got {mask:04o}; type: umask 022"
    return None


def say_in_a_line(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print what nobody caught: a shortage in one line with exit code 2, anything else as Python does."""
    if isinstance(error, HeredityError):  # of a module that is being imported
        end_with(str(error))
    if isinstance(error, EOFError) and str(error) == CUT_OFF:
        remedy = "find . -name __pycache__ -prune -exec rm -r {} +"
        end_with(f"a module's .pyc: expected all of it, got half, as a full disk leaves it; type: {remedy}")
    line = shortage(error)
    if line or isinstance(error, OSError):
        end_with(line or refused_by_system(error, Path()))  # type: ignore[arg-type]
    sys.__excepthook__(kind, error, trace)


def _flush_last() -> None:
    """Say that the last of what was printed cannot be written; Python would, in two lines and with exit code 120."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os._exit(1)
    except OSError as error:
        print(f"error: {STDOUT}: {error.strerror}", file=sys.stderr, flush=True)
        os._exit(2)


def _out_of_time(*_: object) -> NoReturn:
    """End; an exception might be taken for one of the environment whose step it interrupts."""
    os.write(
        2, b"error: the processor time that ulimit -t allows is over; type: ulimit -t unlimited, and start again\n"
    )
    os._exit(2)
