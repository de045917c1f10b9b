"""What heredity reads is what DVC reads, and can edit: anything else is refused in one line."""

import pytest
from dvc.utils.serialize import YAMLFileCorruptedError, dumps_yaml, load_yaml
from dvc.utils.serialize._yaml import parse_yaml_for_update

from heredity.study.dialect import differences, dropped_quotes, parse_alike

SNIPPETS = [
    # a colon, a question mark, inside of {} and [] and outside
    "a: {env: m:X-v0}", "a: {env: 'm:X-v0'}", 'a: {env: "m:X-v0"}', "a: m:X-v0", "a: [m:X]", "a: ['m:X']", "- m:X",
    "a: {p: s3://b/c}", "a: s3://b/c", "a: {p: C:\\x}", "a: C:\\x", "a: {p: 'C:\\x'}", "a: {t: 12:30}", "a: 12:30",
    "a: {b:1}", "{b:1}", "a: [b:1]", "a: [b: 1]", "a: {b: }", "a: {b}", "a: {'b':1}", "a: {b: c:}", "a: {b: c::d}",
    "a: {b: :c}", "a: [:c]", "a: [c?]", "a: {b?c: 1}", "a: {? b : c}", "a: {b: c d}", "a: {b: c\n d}", "a: [[c:d]]",
    "a: {b: 'x', c: {d: [e, f: g]}}", "a: {b: [c:d, e]}", "a: b:c: d", "a: {b: https://x}", "a: {b: c#d}",
    # YAML 1.1 against 1.2
    "a: yes", "a: on", "a: 0o14", "a: 014", "a: 1_000", "a: 1e3", "a: 1e-3", "a: 1.e3", "a: .5", "a: 190:20:30",
    "a: 0x1F", "a: 0b11", "a: ~", "a: Null", "a: TRUE", "a: .inf", "a: =", "a: <<", "a: 08", "a: -0", "a: 1.0",
    "%YAML 1.2\n---\na: 1", "%YAML 1.1\n---\na: yes",
    # mappings, anchors, tags
    "a: 1\na: 2", "a: {b: 1, b: 2}", "a: &x {b: 1}\nc:\n  <<: *x\n  d: 2", "a: &x {b: 1}\nc: *x", "a: *x",
    "a: &x.y b\nc: *x.y", "a: &x:y b", "a: &x", "a: !", "a: ! 1", "a: !!str 1", "a: !!int '1'", "a: !x 1", "? a\n: b",
    "? [a]\n: b", "a: !!omap [b: 1]", "%FOO\n---\na: 1",
    # tabs, line ends, marks of documents, texts
    "a:\t1", "a: 1\t# c", "a: [1,\t2]", "a:\n\tb: 1", "a: b\tc", "a: b\x85c: d", "a: b\u2028c: d", "\ufeffa: 1",
    "a: 1\r\nb: 2\r\n", "a: b\rc: d", "---\na: 1\n...\n", "a: 1\n---\nb: 2", "a: |\n  x\n  y\n", "a: >-\n  x\n  y\n",
    "a: 'x\n\n  y'", 'a: "x\\\n  y"', 'a: "\\q"', "a: é", "é: 1", "a: @x", "a: %x", "a: 1 # c", "a: 1#c", "a: - b",
    "a: b: c", "a: {b: 1}c", "a: [1,, 2]", "a: [", "", "# nothing", "null", "[]",
]  # fmt: skip


def refusal(read, *arguments):
    """Return what a reader refuses a text with, None where it takes it."""
    try:
        read(*arguments)
    except (ValueError, YAMLFileCorruptedError) as error:
        return str(error)
    return None


@pytest.mark.parametrize("text", SNIPPETS, ids=ascii)
def test_a_text_is_taken_where_dvc_reads_it_alike_and_can_edit_it(text, tmp_path):
    path = tmp_path / "params.yaml"
    path.write_bytes(text.encode())
    refused_by_dvc = refusal(load_yaml, path) or refusal(parse_yaml_for_update, text, path)
    refused = refusal(parse_alike, text)
    if refused is None:
        assert refused_by_dvc is None
        assert not list(differences(parse_alike(text) or {}, load_yaml(path)))
    else:
        assert "\n" not in refused
        reads_otherwise = "reads alike" in refused
        no_plain_value = any(reason in refused for reason in ("; put it in quotes", "%YAML", "finite", "printable"))
        assert refused_by_dvc or reads_otherwise or no_plain_value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a: 1\none: {env: my.pkg:ns/Mine-v0}",
            r"^line 2: one\.env: expected text that DVC reads too, got 'my\.pkg:ns/Mine-v0' without quotes inside of "
            r"\{\} or \[\] \(DVC: found unexpected ':'\); write import: \[my\.pkg\] beside env: ns/Mine-v0, or put it",
        ),
        (
            "one: {env: {id: m:X-v0}}",
            r"^line 1: one\.env\.id: .*; write import: \[m\] beside env: X-v0, or put it",
        ),
        ("a: [s3://b/c]", r"^line 1: a\.0: .* got 's3://b/c' .*; write it on a line of its own, outside of \{\} and"),
        ("train: {device: cuda:1}", r"^line 1: train\.device: .* got 'cuda:1' .*; write cuda; which GPUs, .* says$"),
        ("a: {env: 12:30}", r"^line 1: a\.env: .*; write it on a line of its own"),
        ("a: {budget:100}", r"^line 1: a: .* got 'budget:100' .*; write budget: 100, with a space$"),
        (
            "a: {b: c?}",
            r"^line 1: a\.b: .* got 'c\?' .* \(DVC: did not find expected ',' or '\}'\); write it on a",
        ),
        ("%FOO\n---\na: 1", r"^line 1: expected YAML that DVC reads too, got what it refuses: found unknown directive"),
        (
            "b:\n  a: &x:y z",
            r"^b\.a: expected YAML that DVC reads alike, got 'z', and for DVC ':y z'; write it pla",
        ),
        ("b: !", r"^b: expected YAML that DVC reads alike, got None, and for DVC ''; write it plainly, or in quotes$"),
    ],
)
def test_what_dvc_reads_otherwise_is_refused_with_its_words_and_what_to_write(text, message):
    with pytest.raises(ValueError, match=message):
        parse_alike(text)


def test_one_is_neither_true_nor_a_float():
    before = {"a": [1, {"b": True}], "c": "1"}
    assert not list(differences(before, {"a": [1, {"b": True}], "c": "1"}))
    after = {"a": [1.0, {"b": 1}], "c": "1"}
    assert list(differences(before, after)) == [("a.0", 1, 1.0), ("a.1.b", True, 1)]
    assert list(differences([1], [1, 2])) == [("the file", [1], [1, 2])]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "a:\n  b: {env: 'm:X-v0'}",
            "line 2: a.b.env: m:X-v0 needs its quotes, which dvc exp run -S drops; write imp",
        ),
        ("a: {b: 'C:\\x'}", "line 1: a.b: C:\\x needs its quotes, which dvc exp run -S drops; write it on a line of"),
        ("a: {'b:1': 2}", "line 1: a: b:1 needs its quotes, which dvc exp run -S drops; write it on a line of its own"),
        ("a: {env: X-v0}\nimport: [m]", None),
        ("a: {b: 'true', c: '1e3', d: ' x', e: '', f: 'g: h', i: '#'}", None),
        ("a: 'm:X-v0'\nb: m:X-v0", None),
    ],
)
def test_quotes_that_dvc_drops_and_needs_are_named(text, said):
    assert (dropped_quotes(text) or "").startswith(said or "")
    assert (dropped_quotes(text) is None) == (said is None)
    written = dumps_yaml(parse_yaml_for_update(text, "params.yaml"))
    assert (refusal(parse_alike, written) is None) == (said is None)
