"""Files from anybody, read within limits: what is no plain text, JSON or YAML is refused with one line."""

import csv
import io
import json
import math
import os
import re
import stat
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO, TypeVar

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from heredity.errors import CurveError, HeredityError, shortened

T = TypeVar("T")
Rows = Iterator[tuple[int, list[str]]]

NAME, NAME_LENGTH = r"^[A-Za-z0-9][A-Za-z0-9_-]*$", 64
ADDRESS = rf"^(l[0-9]{{2,4}}/)?{NAME[1:]}"
Name = Annotated[str, StringConstraints(pattern=NAME, max_length=NAME_LENGTH)]
Address = Annotated[str, StringConstraints(pattern=ADDRESS, max_length=NAME_LENGTH)]
"""Names are a study's, a generation's or a lineage's, addresses a member's (`l03/m07`): both become paths."""

ModuleName = Annotated[str, StringConstraints(pattern=r"^[^\W\d]\w*(\.[^\W\d]\w*)*$", max_length=200)]
"""As Python's `import` takes it: names with dots between them."""

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]*$", max_length=100)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]

TEXT_BYTES, YAML_BYTES = 16 << 20, 64 << 10
"""Largest files: a transfer.json of a hundred generations has 2 MiB, a params.yaml of as many 20 KiB."""

TABLE_BYTES = 64 << 20
"""A curves.csv of a thousand members has some 25 MiB."""

MODEL_BYTES = 1 << 30
"""Of a model: a quarter of a billion weights, where the largest policies have some ten million; or its statistics."""

LARGEST_RETURN = 1e100
"""Returns beyond this would overflow in a variance."""

DEEPEST, MOST_VALUES, LARGEST = 50, 1_000_000, 2**63
"""How far values may be nested, how many there may be once aliases are written out, and how large integers may be."""

BRACKETS = re.compile(rf"(?:[\[{{]\s*){{{DEEPEST}}}")
OTHER_YAML = re.compile(r"^%YAML(?!\s+1\.2\s*$)", re.MULTILINE)


def is_there(path: Path) -> bool:
    """Whether anything lies at a path: a link to nothing, or what may not be looked at, is no missing file."""
    try:
        path.lstat()
    except OSError as error:  # what may not be looked at is there: whoever reads it says why it cannot
        return not isinstance(error, FileNotFoundError | NotADirectoryError)
    return True


@contextmanager
def opened(path: str | Path, largest_bytes: int = sys.maxsize) -> Iterator[BinaryIO]:
    """Yield a regular file to read. Raises OSError, or ValueError for a path that is none or too large."""
    # Without waiting: a pipe may have nobody at its other end. What was opened is looked at, whatever is there by now.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):  # /dev/zero would never end
            raise ValueError("a folder or device")
        if status.st_size > largest_bytes:
            raise ValueError(f"{status.st_size} bytes, of at most {largest_bytes}")
        with open(descriptor, "rb", closefd=False) as file:
            yield file
    finally:
        os.close(descriptor)


def read_bytes(path: str | Path, largest_bytes: int = sys.maxsize) -> bytes:
    """Return the content of a regular file. Raises OSError, or ValueError for one that is none or too large."""
    with opened(path, largest_bytes) as file:
        return file.read(os.fstat(file.fileno()).st_size)


@contextmanager
def readable(path: str | Path, error: type[HeredityError]) -> Iterator[None]:
    """Turn what reading a file in the block raises into an error that names the file and says why in one line."""
    try:
        yield
    except OSError as refusal:
        raise error(f"{path}: cannot be read: {refusal.strerror or 'no readable file'}") from None
    except ValueError as refusal:
        raise error(f"{path}: cannot be read: {refusal}") from None


def read_text(path: str | Path, largest_bytes: int = TEXT_BYTES) -> str:
    """Return the text of a regular file. Raises OSError, or ValueError for one that is too large or no UTF-8."""
    return read_bytes(path, largest_bytes).decode("utf-8")


def read_json(path: str | Path, shape: TypeAdapter[T], error: type[Exception], expected: str, remedy: str = "") -> T:
    """Return the value of a JSON file, checked against a shape. Raises `error` with one line that says what came."""
    try:
        return parse_json(read_text(path), shape)
    except FileNotFoundError:
        got = "no such file"
    except OSError as refusal:
        got = refusal.strerror or "no readable file"
    except ValueError as refusal:
        got = str(refusal)
    raise error(f"{path}: expected {expected}, got {got}{remedy}")


def parse_json(text: str, shape: TypeAdapter[T]) -> T:
    """Return a JSON text as a value of a shape. Raises ValueError that says in one line what came instead."""
    try:
        value = json.loads(
            text, object_pairs_hook=_once, parse_int=_integer, parse_float=_finite_float, parse_constant=_finite_float
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}: {error.msg}") from None
    except RecursionError:
        raise ValueError("values nested too deep") from None
    check_values(value)
    try:
        return shape.validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ValueError(f"{key}: {first['msg']}, not {shortened(first['input'])}") from None


def parse_yaml(text: str) -> Any:
    """Return what a YAML 1.2 text holds: text, finite numbers, true, false, null, lists and mappings of these.

    Raises ValueError that says in one line what came instead.
    """
    if BRACKETS.search(text):
        raise ValueError("values nested too deep")
    if OTHER_YAML.search(text):
        raise ValueError("a %YAML directive; leave it out, the dialect is 1.2, as DVC reads it")
    try:
        value = YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(f"{line}{(error.problem or str(error)).strip().splitlines()[0]}") from None
    except RecursionError:
        raise ValueError("values nested too deep") from None
    except Exception as error:  # ruamel lets through whatever its constructors of numbers and dates raise
        raise ValueError(f"a value that YAML does not know: {' '.join(str(error).split())}") from None
    check_values(value)
    return value


def check_values(value: Any) -> None:
    """Raise ValueError, naming the key, for what is too deep, too much, too large, not printable or no plain value."""
    waiting: list[tuple[str, int, Any]] = [("", 0, value)]
    count = 0
    while waiting:
        key, depth, value = waiting.pop()
        count += 1
        if depth > DEEPEST or count > MOST_VALUES:
            raise ValueError("values nested too deep" if depth > DEEPEST else f"more than {MOST_VALUES} values")
        if trouble := _trouble(value):
            raise ValueError(f"{key}: {trouble}" if key else trouble)
        waiting += [(f"{key}.{part}" if key else str(part), depth + 1, item) for part, item in _parts(value)]


def _parts(value: Any) -> Iterator[tuple[Any, Any]]:
    yield from value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()


def _trouble(value: Any) -> str | None:
    """Say what is wrong with a value itself, whatever it holds."""
    if isinstance(value, dict):
        odd = [key for key in value if not isinstance(key, str) or not key.isprintable()]
        return f"expected text as a key, got {shortened(odd[0])}; put it in quotes" if odd else None
    if isinstance(value, str):
        return None if value.replace("\n", "").isprintable() else f"expected printable text, got {shortened(value)}"
    if isinstance(value, float) and not math.isfinite(value):
        return f"expected a finite number, got {value}"
    if isinstance(value, int) and abs(value) > LARGEST:
        return "expected a number of at most 64 bits, got a larger one"
    known = value is None or isinstance(value, bool | int | float | list)
    return None if known else f"expected text, a number, a list or a mapping, got {shortened(value)}; put it in quotes"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise ValueError(f"the key {shortened(twice)} twice")
    return found


def _integer(digits: str) -> int:
    if len(digits) > len(str(LARGEST)) + 1:
        raise ValueError("a number of more than 64 bits")
    return int(digits)


def _finite_float(number: str) -> float:
    if not math.isfinite(found := float(number)):
        raise ValueError(f"the number {shortened(number)}, which is not finite")
    return found


def read_table(path: str | Path, header: Sequence[str], said: str, optional: int = 0) -> Rows:
    """Yield rows with their lines, empty where the last, optional columns are missing. Raises CurveError for others."""
    with readable(path, CurveError):
        rows = csv.reader(io.StringIO(read_text(path, TABLE_BYTES), newline=""), strict=True)
    line, width = 0, len(header)
    try:
        for line, row in enumerate(rows, start=1):
            width = len(row) if line == 1 and len(row) == width - optional else width
            if len(row) != width or (line == 1 and row != list(header[:width])):
                raise csv.Error(f"got {shortened(row)}")
            if line > 1:
                yield line, row + [""] * (len(header) - width)
    except csv.Error as error:
        expected = f"the columns of {said} ({', '.join(header)})"
        raise CurveError(f"{path}: line {max(line, 1)}: expected {expected}, {error}") from None
    if not line:
        raise CurveError(f"{path}: line 1: expected the columns of {said}, got nothing")


def parse_address(text: str) -> str:
    """Return how a member is addressed. Raises ValueError that says what was expected."""
    if not re.fullmatch(ADDRESS, text) or len(text) > NAME_LENGTH:
        raise ValueError(f"the name of a member, got {shortened(text)}")
    return text


def parse_integer(text: str, column: str) -> int:
    """Return a cell of a column as a whole number from 0. Raises ValueError that says what was expected."""
    if not re.fullmatch("[0-9]{1,18}", text):
        raise ValueError(f"{column} as a whole number from 0, got {shortened(text)}")
    return int(text)


def parse_number(text: str, column: str, low: float, high: float) -> float:
    """Return a cell of a column as a number between two. Raises ValueError that says what was expected."""
    number = float(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?", text) else math.nan
    if not low <= number <= high:
        raise ValueError(f"{column} as a number from {low:g} to {high:g}, got {shortened(text)}")
    return number


@contextmanager
def placed(where: str) -> Iterator[None]:
    """Turn a ValueError of the block into a CurveError that says where."""
    try:
        yield
    except ValueError as error:
        raise CurveError(f"{where}: expected {error}") from None
