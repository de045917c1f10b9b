"""What can go wrong, as a tree.

HeredityError            anything heredity refuses; the command line prints it as one line and exits with 2
├── StudyError           params.yaml says something that cannot be run
├── TaskError            an environment cannot be made, or misbehaves
├── AgentError           a model file is not what it should be
├── GateError            returns that no gate can judge
├── CurveError           learning curves that no comparison can use
├── TrainingError        too few members lived through their training
└── WorkerLostError      the process or machine that computed a shard died
"""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from copy import copy
from itertools import islice
from pathlib import Path
from reprlib import Repr
from typing import Any, Self
from unicodedata import combining

LONGEST = 2000

MOST_ACCENTS = 4

MOST_NAMES = 8
"""Of a thousand members that a line names; of the others it says how many they are."""

MARKS = re.compile(r"[\\`*<>|~&]|\](?=[(\[:])|(?<!\w)_|_(?!\w)")
"""What means something to Markdown within a line, or to HTML inside of it; of brackets, what ends a link's text."""

_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80


class HeredityError(Exception):
    """Base class: one line that says what was expected, what came, and what to type instead.

    Text from files that others wrote goes into messages; what would break the line, or steer a terminal, is escaped.
    """

    def __str__(self) -> str:
        """Return the message as one printable line of at most LONGEST characters."""
        line = super().__str__()
        shown = printable(line[:LONGEST])
        return shown if len(line) <= LONGEST else f"{shown} …"

    def saying(self, message: str) -> Self:
        """Return the error in other words; whatever else it holds stays."""
        other = copy(self)
        other.args = (message,)
        return other


def printable(text: str) -> str:
    """Return any text as one line that steers no terminal and turns no reading direction, escaped as Python writes it.

    Accents beyond MOST_ACCENTS on one letter are escaped too: hundreds of them would cover the lines around.
    """
    shown, accents = [], 0
    for each in " ".join(text.splitlines()):
        accents = accents + 1 if combining(each) else 0
        plain = each.isprintable() and accents <= MOST_ACCENTS
        shown.append(each if plain else each.encode("unicode_escape").decode())
    return "".join(shown)


def printable_lines(text: str) -> str:
    """Return a text of several lines with each of them printable, tabs as four spaces."""
    return "\n".join(printable(line.replace("\t", "    ")) for line in text.split("\n"))


def refused_by_system(error: OSError, inside: Path) -> str:
    """Say in a few words which file the system refused, or in which directory, and why."""
    return printable(f"{error.filename or inside}: {error.strerror or error}")


def one_line(error: BaseException) -> str:
    """Return an error's message as one printable line, or its class where it has none."""
    return printable(" ".join(str(error).split())) or type(error).__name__


def shortened(value: Any) -> str:
    """Return a value as Python writes it, the middle left out where it is long."""
    return _SHORT.repr(value)


def named(names: Collection[str]) -> str:
    """Name members or stages, of many the first and how many more there are, of none nobody."""
    more = len(names) - MOST_NAMES
    return ", ".join(islice(names, MOST_NAMES)) + (f" and {more:,} more" if more > 0 else "") or "nobody"


def in_markdown(text: str) -> str:
    """Return any text as one printable line that Markdown shows as it is: no link, image, table cell or HTML."""
    return MARKS.sub(lambda mark: f"\\{mark[0]}", printable(text))


@contextmanager
def within(where: str) -> Iterator[None]:
    """Say in a refusal of the block where it came up: "medium: m03: …"."""
    try:
        yield
    except HeredityError as error:
        raise error.saying(f"{where}: {error}") from None


class StudyError(HeredityError):
    """params.yaml names something unknown, impossible or missing."""


class TaskError(HeredityError):
    """An environment cannot be made or does not keep Gymnasium's contract, `seed` being the one it was reset on."""

    def __init__(self, message: str, seed: int | None = None) -> None:
        super().__init__(message)
        self.seed = seed

    def __reduce__(self) -> tuple[type["TaskError"], tuple[str, int | None]]:
        return type(self), (str(self), self.seed)


class AgentError(HeredityError):
    """A model or normalizer file cannot be read, or does not fit the task."""


class GateError(HeredityError):
    """The returns given to a gate are not finite, or too few for its rule."""


class CurveError(HeredityError):
    """Learning curves are empty, unsorted or not finite."""


class TrainingError(HeredityError):
    """Too few members lived through their training; the message names generation, member and seed."""


class WorkerLostError(HeredityError):
    """The process or machine that computed a shard died; the shard itself may be fine."""
