"""JAX as a worker needs it: one thread, full precision, and compiled programs kept between processes.

Importing this module is what sets JAX up, so whoever compiles imports it, at the top, and uses nothing of it.
"""

import os
from pathlib import Path

import jax

from heredity.seeds import ONE_THREAD

CACHE_VARIABLE = "HEREDITY_CACHE"
"""Where compiled programs are kept; heredity/ in the user's cache directory where it is not set."""


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
    """Set JAX up. XLA reads its flags when the first array is made."""
    os.environ.setdefault("XLA_FLAGS", ONE_THREAD["XLA_FLAGS"])
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_default_matmul_precision", "highest")
    jax.config.update("jax_compilation_cache_dir", cache_directory())
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


# XLA starts its threads and JAX fixes its configuration with the first array, which may be one that a module makes as
# it is imported: a function that somebody has to remember to call would come too late.
configure()
