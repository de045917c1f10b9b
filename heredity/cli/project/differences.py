"""What heredity has otherwise in recipes that a project's owner has changed, for patch or to read: upgrade.diff."""

import re
from collections.abc import Mapping
from difflib import unified_diff

from heredity.errors import HeredityError

DIFF = "upgrade.diff"

HEADING = (
    "What heredity {version} has otherwise in recipes that are changed here; take over by hand what is wanted.\n\n"
)
HEADED = re.compile(r"What heredity \S+ has otherwise in recipes")
NAMED = re.compile(r"^\+\+\+ b/(.+)$", re.MULTILINE)

LINE = re.compile(r"[^\n]*\n|[^\n]+$")


def differences(version: str, recipes: Mapping[str, tuple[bytes | None, bytes]]) -> bytes:
    """Return a unified diff from what a project has to what heredity has; empty where there is none.

    recipes: both contents by the path, None where the project has no such file.
    """
    parts = [_difference(name, before, after) for name, (before, after) in recipes.items()]
    return f"{HEADING.format(version=version)}{''.join(parts)}".encode(errors="surrogateescape") if any(parts) else b""


def named_in(text: bytes) -> frozenset[str]:
    """Return the recipes that an earlier diff is of. Raises HeredityError for a file that is none."""
    diff = text.decode(errors="surrogateescape")
    if not HEADED.match(diff):
        raise HeredityError(f"{DIFF}: expected no such file but the one of an upgrade, got another; move it")
    return frozenset(NAMED.findall(diff))


def _difference(name: str, before: bytes | None, after: bytes) -> str:
    source = "/dev/null" if before is None else f"a/{name}"
    old, new = (LINE.findall(each.decode(errors="surrogateescape")) for each in (before or b"", after))
    lines = unified_diff(old, new, source, f"b/{name}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
