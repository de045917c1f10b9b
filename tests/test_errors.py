"""Text from anybody, as it is printed, logged and shown: one line that steers nothing."""

import pytest

from heredity.errors import (
    TaskError,
    in_markdown,
    named,
    one_line,
    printable,
    printable_lines,
    refused_by_system,
    within,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("walks well, 漢字, é, 👍", "walks well, 漢字, é, 👍"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\nerror: b\u2028c\r", "a error: b c"),
        ("\u202egpj.\u2066x\u200f\u061c", r"\u202egpj.\u2066x\u200f\u061c"),
        ("pay\u200bpal\ufeff", r"pay\u200bpal\ufeff"),
        ("\ud800", r"\ud800"),
        ("a" + "\u0301" * 6 + "b", "a" + "\u0301" * 4 + r"\u0301\u0301b"),
        ("ế" + "\u0301b", "ế" + "\u0301b"),
    ],
)
def test_whatever_would_steer_a_terminal_or_turn_its_text_is_escaped(text, shown):
    assert printable(text) == shown
    assert printable(printable(text)) == shown


def test_lines_stay_lines_each_of_them_printable():
    assert printable_lines("a: 1\t# \u202ex\n\nb: 2\n") == "a: 1    # \\u202ex\n\nb: 2\n"


def test_what_an_environment_or_a_system_says_is_one_printable_line(tmp_path):
    assert one_line(ValueError("\x1b[2Jgone\n\u202e")) == r"\x1b[2Jgone \u202e"
    assert one_line(ValueError()) == "ValueError"
    refused = refused_by_system(OSError(2, "No such file", "\x1b[31m\u202e.csv"), tmp_path)
    assert refused == r"\x1b[31m\u202e.csv: No such file"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[here](javascript:alert(1))", r"[here\](javascript:alert(1))"),
        ("![](https://example.org/seen)", r"![\](https://example.org/seen)"),
        ("<script>x</script> &lt;", r"\<script\>x\</script\> \&lt;"),
        ("a|b\n# c `d` _e_ a_b **f**", r"a\|b # c \`d\` \_e\_ a_b \*\*f\*\*"),
        ("101.0 [14.8, 441.4]", "101.0 [14.8, 441.4]"),
        ("\u202ex", r"\\u202ex"),
    ],
)
def test_markdown_shows_text_and_follows_none_of_it(text, shown):
    assert in_markdown(text) == shown


def test_an_error_in_other_words_keeps_what_else_it_holds():
    with pytest.raises(TaskError, match=r"^small: m00: it fell$") as said, within("small"), within("m00"):
        raise TaskError("it fell", seed=7)
    assert said.value.seed == 7


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "nobody"), (1, "m0"), (8, "m0, m1, m2, m3, m4, m5, m6, m7"), (1032, " and 1,024 more")]
)
def test_of_many_names_a_line_has_the_first_and_how_many_there_are(count, shown):
    assert named([f"m{place}" for place in range(count)]).endswith(shown)
    assert len(named([f"m{place}" for place in range(count)])) < 60
