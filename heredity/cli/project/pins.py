"""A requirements.txt moved to what is installed: heredity's own line, and every exact version."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from heredity.cli.project.requirements import NAME, Origin, own_lines
from heredity.extras import EXTRAS
from heredity.pipeline.fingerprint import COMPUTING, installed_version

REQUIREMENT = re.compile(r"\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[(?P<extras>[^\]]*)\])?(?P<rest>.*)")
PIN = re.compile(r"\s*==\s*(?P<version>[^\s;,#*=]+)(?=\s*(?:;|$|\s#))")
NOTE = re.compile(rf"# {NAME} \S+: ")
TAIL = re.compile(r"\s+[;#].*$")
"""A marker or a remark behind a requirement; an address has its fragment behind no space."""


@dataclass(frozen=True)
class Moved:
    """A requirements.txt as it is to be.

    moves: by package, the version that was and the one that is written there. kept: pins of what is not installed.
    names_heredity: whether a line does.
    """

    text: str
    moves: Mapping[str, tuple[str, str]]
    kept: tuple[str, ...]
    names_heredity: bool


def moved(text: str, origin: Origin) -> Moved:
    """Return the requirements with the versions that are installed, every other line and every remark as it is."""
    lines, moves, kept = list[str](), dict[str, tuple[str, str]](), list[str]()
    named, extras = set[str](), None
    for line in text.split("\n"):
        content = line.rstrip("\r")
        requirement = None if content.endswith("\\") else REQUIREMENT.fullmatch(content)
        if requirement is None:
            lines.append(line)
            continue
        named.add(_normal(requirement["name"]))
        pin = PIN.match(requirement["rest"])
        if _normal(requirement["name"]) == NAME:
            extras = requirement["extras"] or ""
            lines = [*_without_note(lines), *_heredity(content, origin, extras, line[len(content) :])]
        elif pin is None:
            lines.append(line)
        elif (installed := _installed(requirement["name"], pin["version"])) is None:
            lines.append(line)
            kept.append(content.strip())
        else:
            start, end = (requirement.start("rest") + place for place in pin.span("version"))
            lines.append(f"{line[:start]}{installed}{line[end:]}")
            if installed != pin["version"]:
                moves[requirement["name"]] = (pin["version"], installed)
    added = {} if extras is None else _added(named, extras)
    moves |= {name: ("absent", number) for name, number in added.items()}
    return Moved(_with_lines("\n".join(lines), added), moves, tuple(kept), extras is not None)


def _without_note(lines: list[str]) -> list[str]:
    return lines[:-1] if lines and NOTE.match(lines[-1]) else lines


def _heredity(content: str, origin: Origin, extras: str, ending: str) -> list[str]:
    """Return heredity's lines in the place of its old one, what stood behind that behind it."""
    *note, requirement = own_lines(origin, extras)
    tail = TAIL.search(content)
    return [f"{each}{ending}" for each in (*note, requirement + (tail[0] if tail else ""))]


def _with_lines(text: str, added: Mapping[str, str]) -> str:
    end = "" if not added or text.endswith("\n") else "\n"
    return text + end + "".join(f"{name}=={number}\n" for name, number in added.items())


def _added(named: set[str], extras: str) -> dict[str, str]:
    """Return what computes, comes with these extras or without any, and is installed, where no line names it."""
    wanted = {extra.strip() for extra in extras.split(",")}
    brought = {package: extra for extra, packages in EXTRAS.items() for package in packages}
    ours = (names for package, names in COMPUTING.items() if brought.get(package) in {None, *wanted} or "all" in wanted)
    missing = (name for names in ours for name in names if _normal(name) not in named)
    return {name: number for name in sorted(missing) if (number := installed_version(name))}


def _installed(name: str, pinned: str) -> str | None:
    """Return the version of what is installed, with its local part where the pin has one."""
    if "+" not in pinned:
        return installed_version(name)
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _normal(name: str) -> str:
    """Return a name as all of its spellings are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
