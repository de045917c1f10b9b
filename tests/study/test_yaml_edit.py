"""Other values in a YAML text: its other lines stay as they are, and what is written reads alike."""

import copy
from functools import reduce
from operator import getitem

import pytest

from heredity.study.dialect import parse_alike
from heredity.study.yaml_edit import edited

TEXT = """\
# a study
one: {after: founders,  env: 'm:X-v0',   budget: 10}   # a remark, and another one that makes this line longer than 80
two:   # below
  path: s3://b/c   # where it lies
  nothing:
  words: |
    two
    lines
  list:
  - 1
  - {x: 'm:y', y: [1,2,],}
# the end
empty: {}
last: "q"
"""


def changed_lines(key, value, text=TEXT):
    """Set a dotted key, or take it away for `...`; return the lines that went and those that came."""
    *path, last = [int(part) if part.isdigit() else part for part in key.split(".")]
    values = parse_alike(text)
    mapping = reduce(getitem, path, values)
    if value is ...:
        del mapping[last]
    else:
        mapping[last] = copy.deepcopy(value)
    after = edited(text, values)
    assert parse_alike(after) == values
    old, new = text.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


REMARK = "   # a remark, and another one that makes this line longer than 80"


@pytest.mark.parametrize(
    ("key", "value", "gone", "come"),
    [
        ("one.budget", 12, 1, [f"one: {{after: founders,  env: 'm:X-v0',   budget: 12}}{REMARK}"]),
        ("one.env", "p:Y-v0", 1, [f'one: {{after: founders,  env: "p:Y-v0",   budget: 10}}{REMARK}']),
        ("one.env", "Y-v0", 1, [f"one: {{after: founders,  env: Y-v0,   budget: 10}}{REMARK}"]),
        (
            "one.import", ["m"], 1,
            [f"one: {{after: founders,  env: 'm:X-v0',   budget: 10, import: [m]}}{REMARK}"],
        ),
        ("one.after", ..., 1, [f"one: {{env: 'm:X-v0',   budget: 10}}{REMARK}"]),
        ("one.budget", ..., 1, [f"one: {{after: founders,  env: 'm:X-v0'}}{REMARK}"]),
        ("two.path", "C:\\x", 1, ["  path: C:\\x   # where it lies"]),
        ("two.path", "a: b", 1, ['  path: "a: b"   # where it lies']),
        ("two.path", "true", 1, ['  path: "true"   # where it lies']),
        ("two.path", 1e-7, 1, ["  path: 1e-07   # where it lies"]),
        ("two.path", ..., 1, []),
        ("two.nothing", False, 1, ["  nothing: false"]),
        ("two.words", "one\nline", 3, ['  words: "one\\nline"']),
        ("two.words", ..., 3, []),
        ("two.list.0", "m:z", 1, ["  - m:z"]),
        ("two.list.1.x", "m:z", 1, ['  - {x: "m:z", y: [1,2,],}']),
        ("two.list.1.z", {"k": ["a:b", None]}, 1, ["  - {x: 'm:y', y: [1,2,], z: {k: [\"a:b\", null]}}"]),
        ("two.list", [], 3, ["  list: []"]),
        ("two.new", "s3://d", 0, ["  new: s3://d"]),
        ("empty.x", True, 1, ["empty: {x: true}"]),
        ("new", {"a": "b:c"}, 0, ['new: {a: "b:c"}']),
        ("last", ..., 1, []),
    ],
)  # fmt: skip
def test_only_what_says_something_else_is_written(key, value, gone, come):
    went, came = changed_lines(key, value)
    assert (len(went), came) == (gone, come)


def test_a_change_that_has_no_place_of_its_own_is_made_with_quotes_and_long_lines_kept():
    text = TEXT.replace('"q"', "\n  only: 1")  # without its only key a mapping has to be written as {}
    _, came = changed_lines("last.only", ..., text)
    assert came[-1] == "last: {}"
    assert any("'m:X-v0'" in line and line.endswith("than 80") for line in came)


def test_an_alias_that_says_two_things_is_refused():
    text = "a: &x {b: 1}\nc: *x\n"
    with pytest.raises(ValueError, match="every value has a place of its own; change it by hand"):
        edited(text, {"a": {"b": 1}, "c": {"b": 2}})


def test_line_ends_and_a_mark_of_the_encoding_stay():
    assert edited("\ufeffa: 1\r\nb: {c: 2}\r\n", {"a": 1, "b": {"c": 3}}) == "\ufeffa: 1\r\nb: {c: 3}\r\n"
