"""What an environment may answer. Whatever comes, what is passed on is of types that all who read it know.

A reward, a flag or a success is one number of Python's, NumPy's, or of a library whose arrays without axes are numbers.
Arrays of one number are refused: Stable-Baselines3 takes some of them and NumPy will take none.
"""

from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from numbers import Real
from typing import Any

import numpy as np
from gymnasium import spaces

from heredity.errors import shortened

Complaint = tuple[str, ...]
"""What was expected, what came and, where it is known, what to do."""

FEW_NUMBERS = 256
"""Up to this many, Python adds numbers faster than NumPy looks at them."""

LARGEST_REWARD = float(np.finfo(np.float32).max)
"""Both engines learn from rewards as float32, where a larger one is infinite."""

RESERVED = ("episode", "terminal_observation", "TimeLimit.truncated")
"""What Stable-Baselines3 writes into an info, and reads from it; an environment's own would be taken for its."""

REMEDIES = {
    "reset": "; return observation, {} as the observation and its info",
    "step": "; return terminated and truncated in the place of done, before the info",
}
"""For the answers of before Gymnasium, by call."""

SUCCESS = "is_success"
"""What an environment may report in its infos; None, as nothing, where it does not know yet."""


class WrongAnswerError(Exception):
    """An answer that is not one."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__(*complaint)
        self.complaint = complaint


class Info(dict[str, Any]):
    """An info whose values stay the environment's: Stable-Baselines3 copies each deeply at every step."""

    def __deepcopy__(self, _: object) -> "Info":
        return Info(self)


def values(answer: Any, call: str, names: str) -> Any:
    """Return an answer that has as many values as there are names. Raises WrongAnswerError."""
    count = names.count(",") + 1
    if isinstance(answer, tuple | list) and len(answer) == count:
        return answer
    got = f"{len(answer)} values" if isinstance(answer, tuple | list) else f"one {_kind(answer)}"
    raise WrongAnswerError((f"a {call} that returns {count} values ({names})", got, REMEDIES[call]))


def reward(value: Any) -> float:
    """Return a reward as a number. Raises WrongAnswerError."""
    number = _number(value, "a reward that is one number", "; return a float: of an array, reward.item()")
    if not -LARGEST_REWARD <= number <= LARGEST_REWARD:
        raise WrongAnswerError(("a finite reward", shortened(value) if isfinite(number) else str(number)))
    return number


def flag(value: Any, name: str) -> bool:
    """Return whether an episode is over, of a truth value or of 0 or 1. Raises WrongAnswerError."""
    expected, remedy = f"{name} to be True or False", "; return a bool"
    number = _number(value, expected, remedy)
    if number not in (0, 1):
        raise WrongAnswerError((expected, shortened(value), remedy))
    return bool(number)


def info(value: Any, *, kept_whole: bool) -> dict[str, Any]:
    """Return what an environment tells beside its observation, its success a truth value. Raises WrongAnswerError.

    kept_whole: whether somebody outside reads all of it (hindsight replay), so that it has to be copied deeply.
    """
    if type(value) is dict and not value:
        return value
    if not isinstance(value, dict):
        raise WrongAnswerError(("an info that is a dictionary", _kind(value)))
    copied = (dict if kept_whole else Info)((key, item) for key, item in value.items() if key not in RESERVED)
    if copied.get(SUCCESS) is None:
        copied.pop(SUCCESS, None)
    else:
        copied[SUCCESS] = flag(copied[SUCCESS], f"info[{SUCCESS!r}]")
    return copied


def observation(value: Any, space: spaces.Space[Any]) -> Any:
    """Return an observation as arrays, or as what it was. Raises WrongAnswerError."""
    if type(space) is spaces.Discrete and type(value) in (int, np.int64) and 0 <= value - space.start < space.n:
        return value
    if isinstance(space, spaces.Dict):
        if not isinstance(value, Mapping) or value.keys() != space.spaces.keys():
            expected = f"observations with the keys {', '.join(space.spaces)}"
            raise WrongAnswerError((expected, "others" if isinstance(value, Mapping) else _kind(value)))
        return {key: observation(value[key], part) for key, part in space.spaces.items()}
    array = _array(value)
    if space.shape is not None and array.shape != space.shape:
        raise WrongAnswerError((f"observations of shape {space.shape}", f"one of shape {array.shape}"))
    if array.dtype.kind not in "biuf":
        raise WrongAnswerError(("observations of numbers", f"{array.dtype} ({_kind(value)})"))
    if array.dtype.kind == "f" and not all_finite(array):
        raise WrongAnswerError(("finite observations", "NaN or infinity"))
    if array.dtype != space.dtype and space.dtype is not None:
        _refuse_lost(array, space.dtype)
    if not isinstance(space, spaces.Box) and not _among_choices(array, space):
        raise WrongAnswerError((f"an observation of {space}", shortened(array.tolist())))
    return value if type(value) in (np.ndarray, int) or isinstance(value, np.generic) else array


def all_finite(numbers: "np.typing.NDArray[Any]") -> bool:
    """Whether no number is NaN or infinite."""
    if numbers.dtype.kind in "biu":
        return True
    # A sum of finite numbers may overflow to infinity, so only one that is finite proves something.
    if numbers.size <= FEW_NUMBERS and isfinite(sum(numbers.ravel().tolist())):
        return True
    return bool(np.isfinite(numbers).all())


def _array(value: Any) -> "np.typing.NDArray[Any]":
    try:
        return np.asarray(value)
    except ValueError:
        raise WrongAnswerError(("an observation that is one array", "rows of different lengths")) from None


def _refuse_lost(array: "np.typing.NDArray[Any]", dtype: "np.dtype[Any]") -> None:
    """Refuse numbers that the type of the space cannot hold: an engine that stores them as such sees others."""
    with np.errstate(all="ignore"):
        stored = array.astype(dtype)
        lost = not np.isfinite(stored).all() if dtype.kind == "f" else (stored != array).any()
    if lost:
        raise WrongAnswerError((f"observations that {dtype} can hold", f"{array.dtype} that it cannot"))


def _among_choices(array: "np.typing.NDArray[Any]", space: spaces.Space[Any]) -> bool:
    if isinstance(space, spaces.MultiBinary):
        return bool(np.isin(array, (0, 1)).all())
    start: Any = getattr(space, "start", 0)
    number: Any = space.nvec if isinstance(space, spaces.MultiDiscrete) else getattr(space, "n", np.inf)
    return bool(((array >= start) & (array < start + number)).all())


def _number(value: Any, expected: str, remedy: str) -> float:
    """Return one real number as Python's own."""
    if isinstance(value, np.ndarray | np.generic):
        real = value.dtype.kind in "biuf" and not value.shape
    elif isinstance(value, Real | Decimal):
        real = True
    else:  # an array of another library
        real = getattr(value, "shape", None) == () and not isinstance(value, type)
    if not real:
        raise WrongAnswerError((expected, _kind(value), remedy))
    try:
        return float(value)
    except OverflowError:
        return float("inf")
    except (TypeError, ValueError, RuntimeError):
        raise WrongAnswerError((expected, _kind(value), remedy)) from None


def _kind(value: Any) -> str:
    """Name the type of a value, and its shape where it has one."""
    if value is None:
        return "None"
    name = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return f"{name} of shape {tuple(shape)}"
    return shortened(value) if name == "str" else name
