"""Files from anybody: read within limits, or refused in one line."""

import os

import pytest
from pydantic import TypeAdapter

from heredity.errors import HeredityError
from heredity.reading import parse_json, parse_yaml, read_bytes, read_json, read_text

ANYTHING = TypeAdapter(dict)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "line 1: Expecting value"),
        ('{"a": 1,\n}', "line 2: Expecting property name"),
        ('{"a": 1, "b": 2, "a": 3}', "the key 'a' twice"),
        ('{"a": NaN}', "the number 'NaN', which is not finite"),
        ('{"a": -Infinity}', "the number '-Infinity', which is not finite"),
        ('{"a": 1e999}', "the number '1e999', which is not finite"),
        ('{"a": %s}' % ("9" * 5000), "a number of more than 64 bits"),
        ('{"a": 9223372036854775809}', "a: expected a number of at most 64 bits"),
        ('{"a": ' + "[" * 51 + "]" * 51 + "}", "values nested too deep"),
        ("[" * 100_000, "values nested too deep"),
        ('{"a": "\\ud800"}', r"a: expected printable text, got '\\ud800'"),
        ('{"a": [0, "\\u001b[31m"]}', r"a\.1: expected printable text, got '\\x1b\[31m'"),
        ('{"a\\u0000": 1}', r"expected text as a key, got 'a\\x00'"),
        ("[1]", r"the file: Input should be a valid dictionary, not \[1\]|an object, not \[1\]"),
    ],
)
def test_json_that_no_writer_of_ours_writes_is_refused_with_what_came(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_json(text, ANYTHING)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [", "line 1: "),
        (BOMB, "more than 1000000 values"),
        ("a: &a [*a]", "values nested too deep"),
        ("[" * 60_000, "values nested too deep"),
        ("- " * 3000, "values nested too deep"),
        ("a: 2001-13-45", "a value that YAML does not know: month must be in 1..12"),
        ("a: !!int foo", "a value that YAML does not know: invalid literal for int"),
        ("a: " + "9" * 5000, "a value that YAML does not know: Exceeds the limit"),
        ("a: !!python/object/apply:os.system [x]", "line 1: could not determine a constructor for the tag"),
        ("a: 2024-01-01", "a: expected text, a number, a list or a mapping, got .*; put it in quotes"),
        ("a: !!binary aGVsbG8=", "a: expected text, a number, a list or a mapping, got b'hello'"),
        ("a: !!set {x}", "a: expected text, a number, a list or a mapping, got "),
        ("a: {0: x}", "a: expected text as a key, got 0; put it in quotes"),
        ('a: "\\0"', r"a: expected printable text, got '\\x00'"),
        ("%YAML 1.1\n---\na: 1e-3", "a %YAML directive; leave it out"),
        ("a: 1\n---\nb: 2", "line 2: but found another document|line 1: expected a single document"),
    ],
)
def test_yaml_that_is_no_plain_value_is_refused_with_what_came(text, reason):
    with pytest.raises(ValueError, match=reason) as refusal:
        parse_yaml(text)
    assert "\n" not in str(refusal.value)


def test_aliases_that_stay_small_are_read():
    assert parse_yaml("a: &a {x: 1e-3}\nb: *a\n") == {"a": {"x": 0.001}, "b": {"x": 0.001}}


def test_only_regular_files_of_utf_8_within_the_limit_are_read(tmp_path):
    path, pipe = tmp_path / "file.json", tmp_path / "pipe"
    path.write_bytes(b"\xff")
    os.mkfifo(pipe)
    with pytest.raises(HeredityError, match=r"file\.json: expected x, got 'utf-8' codec can't decode"):
        read_json(path, ANYTHING, HeredityError, "x")
    for odd in (pipe, tmp_path / "zero"):
        (tmp_path / "zero").unlink(missing_ok=True)
        (tmp_path / "zero").symlink_to("/dev/zero")
        with pytest.raises(HeredityError, match="expected x, got a folder or device"):
            read_json(odd, ANYTHING, HeredityError, "x")
    with pytest.raises(HeredityError, match="expected x, got no such file; do y"):
        read_json(tmp_path / "none", ANYTHING, HeredityError, "x", "; do y")
    with pytest.raises(HeredityError, match="expected x, got a folder or device"):
        read_json(tmp_path, ANYTHING, HeredityError, "x")
    with pytest.raises(ValueError, match="1 bytes, of at most 0"):
        read_text(path, 0)


def test_a_small_file_takes_little_memory_whatever_the_limit(tmp_path):
    (tmp_path / "a").write_bytes(b"small")
    assert read_bytes(tmp_path / "a", 1 << 60) == b"small"


def test_a_refusal_is_one_printable_line_whatever_it_quotes():
    assert str(HeredityError("a\nb\r\nc\x1b[31m\ud800")) == "a b c\\x1b[31m\\ud800"
    assert len(str(HeredityError("x" * 10_000))) == 2002
