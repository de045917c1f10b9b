"""Ways to damage a valid file: its bytes, its words, the cells of a table, the tree of a YAML or JSON text."""

import io
import json
import random
import re
from collections.abc import Callable
from typing import Any

from ruamel.yaml import YAML

TOKEN = re.compile(rb"[A-Za-z0-9_.+-]+|[^A-Za-z0-9_.+\s-]")
BYTES = (
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\x1b[31m",
    b"\n",
    b"\r",
    b"\t",
    b'"',
    b"'",
    b"&a ",
    b"*a",
    b"\xed\xa0\x80",
    b",",
)
WORDS = (
    *(
        b"1e999",
        b"-1e999",
        b"NaN",
        b".inf",
        b"-1",
        b"0",
        b"1000000000",
        b"9" * 30,
        b"9" * 5000,
        b"1_0",
        b"0x1f",
        b"1e-400",
    ),
    *(
        b"true",
        b"null",
        b"~",
        b"",
        b"../../etc/passwd",
        b"/dev/zero",
        b"<script>",
        b"[/red]",
        b"{}",
        b"[]",
        b"!!python/x",
    ),
    *(b"!!int x", b"&a", b"*a", b"<<", b"?", b"- " * 500, b"[" * 2000, b"x" * 70_000),
)
NUMBERS = (b"1", b"2", b"3.0", b"100.0", b"-5.5", b"1e99", b"-1e99", b"1e-99", b"m00", b"m03", b"report", b"select")
VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        -1,
        0,
        1,
        10**9,
        10**18,
        10**40,
        -(10**9),
        0.5,
        -0.0,
        1e-320,
        1e308,
        float("inf"),
        float("nan"),
    ),
    *(
        "",
        "a",
        "m00",
        "../x",
        "/etc/passwd",
        "\0",
        "\ud800",
        "\x1b[31m",
        "[/red]",
        "<script>",
        "lin_x",
        "x" * 5000,
        "a\nb",
    ),
    *([], {}, [[]], {"": 1}, [1] * 300, {"a": {"b": {"c": 1}}}, "registered", "parent", "champion", "CartPole-v1"),
)
"""What is put in the place of another value."""


def damaged(content: bytes, kind: str, others: list[bytes], rng: random.Random) -> bytes:
    """Return a valid file with one to three things wrong. others: files to splice in. kind: of the file's name."""
    ways: list[Callable[[bytes], bytes]] = [
        lambda text: _flipped(text, rng),
        lambda text: text[: rng.randrange(len(text) + 1)],
        lambda text: _spliced(text, rng.choice(others), rng),
        lambda text: _spliced(text, rng.choice(BYTES), rng),
        lambda text: _word(text, rng),
        lambda text: _words_swapped(text, rng),
    ]
    if kind in ("yaml", "json"):
        ways += [lambda text: _tree(text, kind, rng)] * 8
    if kind == "csv":
        ways += [lambda text: _cells(text, rng)] * 6
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        content = rng.choice(ways)(content)
    return content


def _flipped(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.randint(1, 8) if changed else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _spliced(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Put a piece of another file in the place of a piece."""
    first, last = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    last = min(last, first + rng.choice((0, 1, 20, 400)))
    start = rng.randrange(len(other) + 1)
    return content[:first] + other[start : start + rng.choice((1, 10, 200, 4000))] + content[last:]


def _word(content: bytes, rng: random.Random) -> bytes:
    if not (found := list(TOKEN.finditer(content))):
        return content
    place = rng.choice(found)
    return content[: place.start()] + rng.choice(WORDS) + content[place.end() :]


def _words_swapped(content: bytes, rng: random.Random) -> bytes:
    if len(found := list(TOKEN.finditer(content))) < 2:
        return content
    one, other = sorted(rng.sample(found, 2), key=lambda match: match.start())
    between = content[one.end() : other.start()]
    return content[: one.start()] + other[0] + between + one[0] + content[other.end() :]


def _cells(content: bytes, rng: random.Random) -> bytes:
    """Change a cell, or drop, double or swap rows."""
    rows = [line.split(b",") for line in content.split(b"\n")]
    one, other = rng.randrange(len(rows)), rng.randrange(len(rows))
    way = rng.randrange(5)
    if way == 0:
        del rows[one]
    elif way == 1:
        rows.insert(one, list(rows[other]))
    elif way == 2:
        rows[one], rows[other] = rows[other], rows[one]
    else:
        rows[one][rng.randrange(len(rows[one]))] = rng.choice((*WORDS[:17], *NUMBERS, *rows[other]))
    return b"\n".join(b",".join(row) for row in rows)


def _tree(content: bytes, kind: str, rng: random.Random) -> bytes:
    """Change the value, type, name or presence of something in the tree; text that is none stays as it is."""
    try:
        value = json.loads(content) if kind == "json" else YAML(typ="safe", pure=True).load(content)
    except Exception:  # an earlier change may have left no tree
        return content
    places = list(_places(value))
    if not places:
        return content
    inside, key = rng.choice(places)
    other, name = rng.choice(places)
    way = rng.randrange(6)
    if way == 0:
        del inside[key]
    elif way == 1:
        inside[key] = json.loads(json.dumps(other[name], default=str))
    elif way == 2 and isinstance(inside, dict):
        inside[rng.choice((name, "x", "<script>", "\ud800", "a\nb")) if isinstance(name, str) else "x"] = inside.pop(
            key
        )
    else:
        inside[key] = rng.choice(VALUES)
    try:
        return _written(value, kind)
    except Exception:  # a lone surrogate has no bytes
        return content


def _places(value: Any) -> list[tuple[Any, Any]]:
    found, waiting = [], [value]
    while waiting:
        inside = waiting.pop()
        keys = list(inside) if isinstance(inside, dict) else range(len(inside)) if isinstance(inside, list) else ()
        found += [(inside, key) for key in keys]
        waiting += [inside[key] for key in keys]
    return found


def _written(value: Any, kind: str) -> bytes:
    if kind == "json":
        return json.dumps(value).encode()
    buffer = io.BytesIO()
    YAML(typ="safe", pure=True).dump(value, buffer)
    return buffer.getvalue()
