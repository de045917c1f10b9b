"""JAX as a worker needs it: one thread, full precision, and compiled programs kept between processes.

Importing this module is what sets JAX up, so whoever compiles imports it, at the top, and uses nothing of it.
"""

import os
from pathlib import Path

import jax

from heredity.seeds import ONE_THREAD

CACHE_VARIABLE = "HEREDITY_CACHE"
"""Where compiled programs are kept; heredity/ in the user's cache directory where it is not set."""


def configure() -> None:
    """Set JAX up. XLA reads its flags when the first array is made."""
    os.environ.setdefault("XLA_FLAGS", ONE_THREAD["XLA_FLAGS"])
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_default_matmul_precision", "highest")
    jax.config.update("jax_compilation_cache_dir", os.environ.get(CACHE_VARIABLE) or str(home / "heredity"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


# XLA starts its threads and JAX fixes its configuration with the first array, which may be one that a module makes as
# it is imported: a function that somebody has to remember to call would come too late.
configure()
