"""Where a study stands while its stages run: how many are done, and about how long the others take on this machine.

A stage is done when dvc.lock says that it ran on what it is handed now, after stages that are done.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import md5
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any

from pydantic import Field, TypeAdapter
from ruamel.yaml import YAML

from heredity.errors import HeredityError
from heredity.files import write_json
from heredity.layout import LOCK, Layout
from heredity.reading import is_there, read_json, read_text

SECONDS = TypeAdapter(dict[str, Annotated[float, Field(ge=0)]])

EVERY_SECONDS = 60
"""How often somebody who watches no terminal is told how far a stage is."""


@dataclass(frozen=True)
class Itinerary:
    """The stages of a study, and where it stands.

    handed: by stage ("train@small") the file that it is handed. locked: dvc.lock's stages. seconds: by stage, what it
    took when it last ran here. is_there: whether an output lies at its path.
    """

    handed: Mapping[str, Path]
    locked: Mapping[str, Mapping[str, Any]]
    seconds: Mapping[str, float]
    is_there: Callable[[str], bool]

    @cached_property
    def done(self) -> frozenset[str]:
        """The stages that need not run."""
        known: dict[str, bool] = {}
        return frozenset(name for name in self.handed if self._is_done(name, known))

    def about(self, name: str) -> float | None:
        """Return the seconds that a stage took when it last ran, or others of its kind did; None where none has."""
        kind = name.partition("@")[0]
        alike = [seconds for each, seconds in self.seconds.items() if each.partition("@")[0] == kind]
        return self.seconds.get(name, fmean(alike) if alike else None)

    def line(self, name: str) -> str:
        """Say which stage of how many this is, and about how long it and all that are left take."""
        left = [self.about(each) for each in self.handed if each not in self.done or each == name]
        own, whole = self.about(name), None if None in left else sum(filter(None, left))
        times = [f"about {duration(own)}"] if own is not None else []
        times += [f"about {duration(whole)} left in all"] if whole is not None else []
        return f"stage {len(self.done - {name}) + 1} of {len(self.handed)}: " + ", ".join((name, *times))

    def _is_done(self, name: str, known: dict[str, bool]) -> bool:
        if name not in known:
            known[name] = False  # of a graph that goes round in a circle nothing is done
            entry = self.locked.get(name, {})
            deps = {dep["path"]: dep.get("md5") for dep in entry.get("deps", ())}
            handed = self.handed[name]
            here = all(self.is_there(out) for out in self._outs(name))
            known[name] = here and deps.get(handed.as_posix()) == _md5(handed) and all(
                self._is_done(other, known) and self._gave(other, deps)
                for other in self.handed
                if other != name and self._feeds(other, deps)
            )  # fmt: skip
        return known[name]

    def _outs(self, name: str) -> dict[str, Any]:
        return {out["path"]: out.get("md5") for out in self.locked.get(name, {}).get("outs", ())}

    def _feeds(self, name: str, deps: Mapping[str, Any]) -> bool:
        return any(out == dep or out.startswith(f"{dep}/") for out in self._outs(name) for dep in deps)

    def _gave(self, name: str, deps: Mapping[str, Any]) -> bool:
        """Whether another stage ran on what this one wrote; a folder that holds it beside others is not looked into."""
        return all(deps.get(out, md5) == md5 for out, md5 in self._outs(name).items())


def read_itinerary(layout: Layout) -> Itinerary:
    """Return where a study stands. Raises whatever comes of a damaged dvc.lock."""
    handed = {
        (path.stem if path.parent == layout.handouts else f"{path.stem}@{path.parent.name}"): path
        for path in sorted(layout.handouts.glob("**/*.json"))
    }
    lock = layout.project / LOCK
    locked = YAML(typ="safe").load(read_text(lock))["stages"] if is_there(lock) else {}
    return Itinerary(handed, locked, _read_seconds(layout), lambda out: is_there(layout.project / out))


@contextmanager
def told_and_timed(name: str, layout: Layout) -> Iterator[None]:
    """Say on standard error which stage begins, and keep how long it took."""
    began = time.monotonic()
    with suppress(Exception):  # a file that somebody has damaged is for those who need it to refuse
        print(read_itinerary(layout).line(name), file=sys.stderr)
    yield
    with suppress(OSError):
        write_json(_times(layout), {**_read_seconds(layout), name: round(time.monotonic() - began, 1)})


def item_teller(name: str, seconds: float = EVERY_SECONDS) -> Callable[[int, int], None]:
    """Return a function that is told how many items of a stage are done, and says so now and then."""
    began = spoke = time.monotonic()

    def tell(done: int, of: int) -> None:
        nonlocal began, spoke
        now = time.monotonic()
        if not done:  # a count begins, whatever the stage did before
            began = now
        elif now - spoke >= seconds and done < of:
            spoke = now
            left = duration((now - began) * (of - done) / done)
            print(f"{name}: {done} of {of} parts done, about {left} left", file=sys.stderr)

    return tell


def duration(seconds: float) -> str:
    """Write a time as people say it: 12 s, 1 min 20 s, 3 h 5 min."""
    whole = max(round(seconds), 1)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _read_seconds(layout: Layout) -> dict[str, float]:
    with suppress(HeredityError, OSError):
        if is_there(_times(layout)):
            return read_json(_times(layout), SECONDS, HeredityError, "seconds of stages")
    return {}


def _times(layout: Layout) -> Path:
    return layout.timings / "stages.json"


def _md5(path: Path) -> str:
    """Return a file's hash as dvc.lock has it."""
    return md5(path.read_bytes(), usedforsecurity=False).hexdigest()
