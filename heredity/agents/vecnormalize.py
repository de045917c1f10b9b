"""The statistics in a `vecnormalize.pkl` that somebody else wrote, read without executing anything.

Such a file is a pickle of Stable-Baselines3's VecNormalize with its spaces and random generators. Nothing that it
names is imported or called (`inert_pickle`), and arrays are made here from their bytes, numbers only.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from heredity.agents.archives import Array, npz
from heredity.agents.inert_pickle import Grammar, Shell, described, read_pickle
from heredity.errors import AgentError, one_line

STATISTICS = ("vecnormalize.pkl", "vec_normalize.pkl")

MAX_BYTES = 64 << 20
"""Statistics of images are the largest: a few megabytes."""

LONGEST_KEY, MOST_KEYS = 200, 1000
"""Of a dictionary of observations."""

ROOT = "stable_baselines3.common.vec_env.vec_normalize.VecNormalize"
SPACES = ("Box", "Dict", "Discrete", "MultiBinary", "MultiDiscrete", "Tuple")
NAMES = {
    ROOT,
    "stable_baselines3.common.running_mean_std.RunningMeanStd",
    *(
        f"{gym}.spaces.{space.lower().replace('multi', 'multi_')}.{space}"
        for gym in ("gymnasium", "gym")
        for space in SPACES
    ),
    *("numpy.dtype", "numpy.ndarray", "_codecs.encode", "collections.OrderedDict"),
    *(f"numpy.{core}.multiarray.{name}" for core in ("core", "_core") for name in ("_reconstruct", "scalar")),
    *(f"numpy.{core}.numeric._frombuffer" for core in ("core", "_core")),
    *(f"numpy.random._pickle.__{name}_ctor" for name in ("generator", "bit_generator", "randomstate")),
    *("numpy.random._pcg64.PCG64", "numpy.random._mt19937.MT19937", "numpy.random.bit_generator.SeedSequence"),
    "numpy.random.bit_generator.__pyx_unpickle_SeedSequence",
}
GRAMMAR = Grammar("a pickled VecNormalize", NAMES)

DEFAULTS = {"epsilon": 1e-8, "clip_obs": 10.0, "clip_reward": 10.0}
"""Stable-Baselines3's own, with which heredity normalises."""


def statistics_places(model: Path) -> list[Path]:
    """Return where others' tools leave the statistics of a model, first the place that is looked at first.

    rl-baselines3-zoo keeps them in a directory with the model's name, models on Hugging Face in the model's own.
    """
    return [directory / name for directory in (model.with_suffix(""), model.parent) for name in STATISTICS]


def read_vecnormalize(content: bytes) -> bytes:
    """Return the statistics of a pickled VecNormalize as the .npz that lies beside a model.

    Raises AgentError for anything else, and for one that clips or divides otherwise than Stable-Baselines3's default.
    """
    loaded = read_pickle(content, GRAMMAR, MAX_BYTES)
    state = loaded.state if isinstance(loaded, Shell) and loaded.dotted == ROOT else None
    if not isinstance(state, dict) or "ret_rms" not in state:
        raise AgentError(f"expected a pickled VecNormalize, got {type(loaded).__name__}")
    for name, usual in DEFAULTS.items():
        value = state.get(name)
        if type(value) not in (int, float) or value != usual:
            raise AgentError(f"expected {name} {usual:g}, with which heredity normalises, got {described(value)}")
    arrays: dict[str, Array] = {}
    for name, moments in [*_observed(state), ("reward", state["ret_rms"])]:
        for moment in ("mean", "var", "count"):
            arrays[f"{name}.{moment}"] = _number(f"{name}.{moment}", moments, moment)
            if sum(array.nbytes for array in arrays.values()) > MAX_BYTES:
                raise AgentError(f"expected statistics of at most {MAX_BYTES} bytes, got more")
    return npz(arrays)


def _observed(state: dict[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the statistics of observations, of each key of a dictionary of them, by name."""
    observed = state.get("obs_rms") if state.get("norm_obs") else None
    named = observed if isinstance(observed, dict) else {} if observed is None else {"": observed}
    for key, moments in named.items():
        if not isinstance(key, str) or len(key) > LONGEST_KEY or not key.isprintable() or len(named) > MOST_KEYS:
            raise AgentError(f"expected statistics by the keys of observations, got {described(key)} of {len(named)}")
        yield f"observation.{key}".rstrip("."), moments


def _number(name: str, moments: Any, moment: str) -> Array:
    """Return one moment as float64, from a Python number or from the shell of a NumPy scalar or array."""
    state = moments.state if isinstance(moments, Shell) else None
    value = state.get(moment) if isinstance(state, dict) else None
    try:
        array = np.asarray(value, np.float64) if isinstance(value, int | float) else _array(value)
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RuntimeError) as error:
        raise AgentError(f"expected {name} as numbers, got something else ({one_line(error)})") from None
    if not np.isfinite(array).all() or (array.size and array.min() < 0 and moment != "mean"):
        raise AgentError(f"expected {name} of finite numbers{'' if moment == 'mean' else ' from 0'}, got others")
    return array


def _array(shell: Any) -> Array:
    """Build an array of numbers from the bytes that `scalar`, `_reconstruct` or `_frombuffer` were given."""
    shape: Any
    if not isinstance(shell, Shell):
        raise TypeError(type(shell).__name__)
    kind = shell.dotted.rpartition(".")[2]
    if kind == "scalar":
        (dtype, raw), shape = shell.arguments, ()
    elif kind == "_reconstruct":
        _, shape, dtype, fortran, raw = shell.state
        shape = shape if not fortran or len(shape) < 2 else None
    else:
        raw, dtype, shape, _ = shell.arguments
    code, order = dtype.arguments[0], (dtype.state or (None, "<"))[1]
    if code not in ("f4", "f8", "i4", "i8") or order not in "<=|":
        raise ValueError(f"of type {described(code)}")
    if not isinstance(raw, bytes | bytearray):  # protocol 2 writes bytes as text
        raw = raw.arguments[0].encode("latin1")
    return np.frombuffer(bytes(raw), f"<{code}").reshape(shape).astype(np.float64)
