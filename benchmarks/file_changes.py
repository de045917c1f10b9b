"""Ways to change a file of a study: into none, into no text of its kind, or so that it does not fit the others."""

import json
import os
import random
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

Change = Callable[[Path], None]

LITERAL = "\0literal "
VALUES: tuple[Any, ...] = (
    *(None, [], {}, "", "x", "m99", "\u202egpj", "\ud800", "\x1b[31m", 5, -1, 0, 5.5, True, False, [1], {"a": 1}, [[]]),
    *(10**18, -(10**18), 1e300, 5e-324, ["m99"], ["m00", "m00"]),
    *(f"{LITERAL}{text}" for text in ("9" * 4000, "1e999", "NaN", "[" * 60 + "]" * 60, "1." + "0" * 4000)),
)


def _bytes(content: bytes, path: Path) -> None:
    path.write_bytes(content)


def _replaced(make: Callable[[Path], Any], path: Path) -> None:
    path.unlink()
    make(path)


NO_FILES: dict[str, Change] = {
    "a pipe": partial(_replaced, os.mkfifo),
    "a folder": partial(_replaced, Path.mkdir),
    "a device": partial(_replaced, lambda path: path.symlink_to("/dev/zero")),
    "a link to nothing": partial(_replaced, lambda path: path.symlink_to("/nowhere/at/all")),
    "nothing": Path.unlink,
}
NO_TEXTS: dict[str, Change] = {
    "nothing in it": partial(_bytes, b""),
    "UTF-16": lambda path: path.write_bytes(path.read_text().encode("utf-16")) and None,
    "a mark of byte order": lambda path: path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes()) and None,
    "NUL": lambda path: path.write_bytes(path.read_bytes()[:-9] + b"\0") and None,
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]) and None,
    "brackets": partial(_bytes, b"[" * 100_000),
    "braces": partial(_bytes, b'{"a":' * 100_000),
    "4,000 digits": partial(_bytes, b"9" * 4000),
    "a list": partial(_bytes, b"[1]"),
    "true": partial(_bytes, b"true"),
    "an unpaired surrogate": partial(_bytes, b'{"\\ud800": "\\ud800"}'),
}


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, inside in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield value, key
        yield from _places(inside)


def with_value(seed: float, path: Path) -> None:
    rng, tree = random.Random(seed), json.loads(path.read_text())
    inside, key = rng.choice(list(_places(tree)) or [({"": 0}, "")])
    inside[key] = rng.choice(VALUES)
    path.write_text(re.sub(r'"\\u0000literal (.*?)"', lambda match: match[1], json.dumps(tree)))


def with_keys(seed: float, path: Path) -> None:
    rng, tree = random.Random(seed), json.loads(path.read_text())
    inside, key = rng.choice(list(_places(tree)) or [({"": 0}, "")])
    way = rng.randrange(3)
    if way == 0:
        del inside[key]
    elif isinstance(inside, list):
        inside.append(inside[key])
    elif way == 1:
        inside["m77"] = inside.pop(key)
    text = json.dumps(tree)
    path.write_text(text if way < 2 else text.replace("{", '{"zz": 1, "zz": 2, ', 1))


def _edited(old: str, new: str, path: Path) -> None:
    """Replace a pattern, which is to be there."""
    text, count = re.subn(old, new, path.read_text())
    if not count:
        raise LookupError(f"{path}: {old}")
    path.write_text(text)


def _set(keys: str, value: Any, path: Path) -> None:
    tree: Any = json.loads(path.read_text())
    *inside, last = (int(part) if part.isdigit() else part for part in keys.split("."))
    place = tree
    for part in inside:
        place = place[part]
    place[last] = value
    path.write_text(json.dumps(tree))


HEIRS, GATE = "lineage/{}/heirs/pedigree.json", "lineage/{}/gate.json"
UNFIT: tuple[tuple[str, str, Change], ...] = (
    *(
        (reader, HEIRS.format("second"), partial(_set, "heirs.0.child", "m99"))
        for reader in ("train second", "evaluate second", "gate second", "compare", "report", "heredity publish")
    ),
    *(
        (reader, HEIRS.format("second"), partial(_set, "heirs.0.parents", ["m77"]))
        for reader in ("compare", "report", "heredity show", "heredity tree")
    ),
    *(
        (reader, HEIRS.format("second"), partial(_set, "after", "founders"))
        for reader in ("compare", "report", "heredity show")
    ),
    *(
        (reader, HEIRS.format("second"), partial(_set, "generation", "first"))
        for reader in ("train second", "inherit third", "compare", "heredity tree", "heredity publish")
    ),
    *(
        (reader, HEIRS.format("first"), partial(_set, "heirs.0.parents", []))
        for reader in ("train first", "heredity tree", "compare")
    ),
    *(
        (reader, GATE.format("second"), partial(_edited, "m01", "m44"))
        for reader in ("inherit third", "confirm second", "continual", "report", "heredity tree", "heredity publish")
    ),
    *(
        (reader, GATE.format("second"), change)
        for reader in ("inherit third", "report", "a flow's artifacts")
        for change in (
            *(partial(_set, "candidates", {}), partial(_set, "extension", {}), partial(_set, "extension", 5)),
            *(partial(_set, "approval", []), partial(_set, "approval", {"answer": "promote"})),
            *(partial(_set, "failed", []), partial(_bytes, b"{}")),
        )
    ),
    ("inherit first", GATE.format("founders"), partial(_bytes, b"{}")),
    ("inherit first", GATE.format("founders"), partial(_set, "survivors", [])),
    ("inherit first", GATE.format("founders"), partial(_set, "survivors", ["f00", "f00"])),
    *(
        ("gate first", f"lineage/first/extension/{name}", change)
        for name, change in (
            *(("asked.json", Path.unlink), ("steps.json", partial(_bytes, b"0")), ("steps.json", Path.unlink)),
            ("steps.json", partial(_bytes, b"9" * 4000)),
        )
    ),
    ("inherit second", "lineage/first/extension/steps.json", partial(_bytes, b"0")),
    *(
        (reader, "report/contrasts.json", change)
        for reader in ("report", "heredity show", "a flow's artifacts")
        for change in (
            *(partial(_bytes, b"[]"), partial(_bytes, b"{}"), partial(_set, "0.against", "second")),
            *(partial(_set, "0.steps", [1]), partial(_set, "0.transfer.test.p", "x")),
        )
    ),
    *(
        (reader, "lineage/third/curves.csv", partial(_edited, "m00", "m88"))
        for reader in ("compare", "report", "heredity show", "heredity publish")
    ),
    *(
        (reader, path, partial(_edited, r"m01,.*\n", ""))
        for reader, path in (
            *(("compare", "lineage/third/curves.csv"), ("gate third", "lineage/third/evaluation.csv")),
            ("extend first", "lineage/first/curves.csv"),
        )
    ),
    ("evaluate second", "lineage/second/models/m01.zip", Path.unlink),
    ("train second", "lineage/second/heirs/m01.zip", Path.unlink),
    ("train second", "study/second/train.json", partial(_set, "generation", "first")),
    ("heredity tree", "lineage/second/heirs/m01.zip", partial(_replaced, os.mkfifo)),
    ("a flow's artifacts", "study/name.txt", partial(_bytes, b"../../x\n")),
)
