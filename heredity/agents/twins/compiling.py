"""JAX as a worker needs it: its device, full precision, and compiled programs kept between processes.

Importing this module is what sets JAX up, so whoever compiles imports it, at the top, and uses nothing of it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import jax

from heredity.errors import HeredityError, one_line
from heredity.extras import NONE_VISIBLE, no_device, visible_gpus
from heredity.seeds import ONE_THREAD
from heredity.study.sections import Device, on_cpu

FEWEST_KIBIBYTES = 3_000_000
"""Of address space, most of which is never touched: XLA works with these and aborts with half."""

CACHE_VARIABLE = "HEREDITY_CACHE"
"""Where compiled programs are kept; heredity/ in the user's cache directory where it is not set."""

DETERMINISTIC = "--xla_gpu_deterministic_ops=true"
"""XLA would else time kernels as it compiles and take the fastest, which another process may find to be another."""


def refuse_little_memory() -> None:
    """Raise HeredityError where XLA, which ends its process when memory runs out, is not allowed what it takes."""
    with suppress(ImportError):  # Windows has no limits
        import resource

        allowed = resource.getrlimit(resource.RLIMIT_AS)[0]
        if allowed != resource.RLIM_INFINITY and allowed < FEWEST_KIBIBYTES * 1024:
            expected = f"expected at least {FEWEST_KIBIBYTES} KiB of memory for engine cohort, got {allowed // 1024}"
            raise HeredityError(f"ulimit -v: {expected}; type: ulimit -v unlimited, or write train.engine: sb3")


def cache_directory() -> str | None:
    """Return where compiled programs are kept, None where nothing can be: then every process compiles them."""
    try:
        named = os.environ.get(CACHE_VARIABLE)
        path = Path(named).absolute() if named else _caches() / "heredity"
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # a home that is a file or read-only; nobody's home
        return None
    return str(path) if os.access(path, os.W_OK) else None


def _caches() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute()


def configure() -> None:
    """Set JAX up, on one thread of the processor. XLA reads its flags when the first array is made."""
    refuse_little_memory()
    os.environ.setdefault("XLA_FLAGS", ONE_THREAD["XLA_FLAGS"])
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_default_matmul_precision", "highest")
    jax.config.update("jax_compilation_cache_dir", cache_directory())
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


@contextmanager
def computing_on(device: Device) -> Iterator[None]:
    """Let what is compiled within the block run on a device, by kernels that are chosen alike every time.

    Raises HeredityError where there is no such device, or where this process has computed without one before.
    """
    if not on_cpu(device):
        _use_cuda()
    with jax.default_device(jax.devices(device)[0]):
        yield


def _use_cuda() -> None:
    flags = os.environ["XLA_FLAGS"]
    if DETERMINISTIC not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {DETERMINISTIC}"
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # PyTorch may need some of it
    jax.config.update("jax_platforms", "cuda,cpu")
    try:
        jax.devices("cuda")
    except RuntimeError as error:
        jax.config.update("jax_platforms", "cpu")  # for whatever else this process computes
        if not visible_gpus():
            raise no_device(NONE_VISIBLE) from None
        raise no_device(one_line(error), "pip install 'heredity[cuda]'") from None


# XLA starts its threads and JAX fixes its configuration with the first array, which may be one that a module makes as
# it is imported: a function that somebody has to remember to call would come too late.
configure()
