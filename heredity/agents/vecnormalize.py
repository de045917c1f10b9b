"""The statistics in a `vecnormalize.pkl` that somebody else wrote, read without executing anything.

Such a file is a pickle of Stable-Baselines3's VecNormalize with its spaces and random generators. Nothing that it
names is imported or called: each of the few classes that such a file needs becomes an inert shell that keeps what it
is given, any other name is refused, and arrays are made here from their bytes, numbers only.
"""

import io
import pickle
import pickletools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from heredity.agents.archives import npz
from heredity.errors import AgentError

STATISTICS = ("vecnormalize.pkl", "vec_normalize.pkl")

MAX_BYTES = 64 << 20
"""Statistics of images are the largest: a few megabytes."""

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
OPCODES = {
    *("PROTO", "FRAME", "STOP", "MARK", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "GET", "BINGET", "LONG_BINGET"),
    *("NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"),
    *("BINUNICODE", "SHORT_BINUNICODE", "BINBYTES", "SHORT_BINBYTES", "BYTEARRAY8"),
    *("EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "EMPTY_LIST", "APPEND", "APPENDS"),
    *("EMPTY_DICT", "SETITEM", "SETITEMS", "GLOBAL", "STACK_GLOBAL", "NEWOBJ", "REDUCE", "BUILD"),
}
"""What pickles of VecNormalize are made of, from protocol 2 to 5."""

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
    state = getattr(_read(content), "state", None)
    if not isinstance(state, dict) or "ret_rms" not in state:
        raise AgentError("expected a pickled VecNormalize, got something else")
    for name, usual in DEFAULTS.items():
        if state.get(name) != usual:
            raise AgentError(f"expected {name} {usual:g}, with which heredity normalises, got {state.get(name)!r}")
    observed = (state.get("obs_rms") or {}) if state.get("norm_obs") else {}
    named = observed if isinstance(observed, Mapping) else {"": observed}
    statistics = {f"observation.{key}".rstrip("."): moments for key, moments in named.items()}
    arrays = {}
    for name, moments in {**statistics, "reward": state["ret_rms"]}.items():
        for moment in ("mean", "var", "count"):
            arrays[f"{name}.{moment}"] = _number(f"{name}.{moment}", getattr(moments, "state", None), moment)
    return npz(arrays)


class _Shell:
    """Stands for an instance of any class of NAMES: keeps arguments and state, does nothing."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments, self.state = arguments, None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Reader(pickle._Unpickler):
    """Python's own unpickler in Python, which allocates no more than it reads, with every name an inert shell."""

    def find_class(self, module: str, name: str) -> type:
        dotted = f"{module}.{name}"
        if dotted not in NAMES:
            raise AgentError(f"expected a pickled VecNormalize and nothing else is read, got one that names {dotted}")
        base = dict if name == "OrderedDict" else _Shell
        return type(name, (base,), {"dotted": dotted, "__hash__": None})


def _read(content: bytes) -> Any:
    """Return what a pickle holds, in shells."""
    if len(content) > MAX_BYTES:
        raise AgentError(f"expected at most {MAX_BYTES} bytes, got {len(content)}")
    try:
        # With every class an inert shell, the pickle machine itself could still be misused (a memo of 2^31 entries):
        # only the instructions that such a file is made of are let through.
        foreign = {code.name for code, _, _ in pickletools.genops(content)} - OPCODES
        if foreign:
            raise AgentError(f"expected a pickled VecNormalize, got one with the instruction {min(foreign)}")
        loaded = _Reader(io.BytesIO(content), encoding="latin1").load()
    except AgentError:
        raise
    except Exception as error:
        raise AgentError(f"expected a pickled VecNormalize, got {len(content)} other bytes ({error})") from None
    if getattr(loaded, "dotted", None) != ROOT:
        raise AgentError(f"expected a pickled VecNormalize, got {type(loaded).__name__}")
    return loaded


def _number(name: str, state: Any, moment: str) -> np.ndarray[Any, Any]:
    """Return one moment as float64, from a Python number or from the shell of a NumPy scalar or array."""
    value = state.get(moment) if isinstance(state, dict) else None
    try:
        array = np.asarray(value, np.float64) if isinstance(value, int | float) else _array(value)
    except (TypeError, ValueError, AttributeError, IndexError, KeyError) as error:
        raise AgentError(f"expected {name} as numbers, got something else ({error})") from None
    if not np.isfinite(array).all() or (array.size and array.min() < 0 and moment != "mean"):
        raise AgentError(f"expected {name} of finite numbers{'' if moment == 'mean' else ' from 0'}, got others")
    return array


def _array(shell: Any) -> np.ndarray[Any, Any]:
    """Build an array of numbers from the bytes that `scalar`, `_reconstruct` or `_frombuffer` were given."""
    shape: Any
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
        raise ValueError(f"of type {code!r}")
    if not isinstance(raw, bytes | bytearray):  # protocol 2 writes bytes as text
        raw = raw.arguments[0].encode("latin1")
    return np.frombuffer(bytes(raw), f"<{code}").reshape(shape).astype(np.float64)
