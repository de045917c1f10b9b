"""A table in HTML: every cell is text and nothing else, and a long one says what it leaves out."""

from heredity.gate import html_table as module
from heredity.gate.html_table import html_table, in_html, number_text
from tests.shown_html import HOSTILE, read


def test_cells_are_words_numbers_and_truth_values():
    rows, text = read(html_table("of two", ("name", "n", "mean", "passed"), [("m00", 12000, -0.51234, True)], ["note"]))
    assert rows == [["name", "n", "mean", "passed"], ["m00", "12,000", "−0.5123", "yes"]]
    assert text == ["of two", "note"]


def test_what_is_not_known_is_an_empty_cell():
    rows, _ = read(html_table("", ("name", "bound"), [("m00", None)]))
    assert rows[1] == ["m00", ""]


def test_no_text_becomes_a_tag_wherever_it_stands():
    rows, text = read(html_table(HOSTILE, (HOSTILE,), [(HOSTILE,)], [HOSTILE]))
    assert rows == [[HOSTILE], [HOSTILE]]
    assert text == [HOSTILE, HOSTILE]


def test_quotes_and_what_steers_a_terminal_are_escaped_too():
    assert in_html("\"'\x1b[2J\u202e") == "&quot;&#x27;\\x1b[2J\\u202e"


def test_a_long_table_ends_with_how_many_rows_are_left_out(monkeypatch):
    monkeypatch.setattr(module, "MOST_ROWS", 2)
    rows, text = read(html_table("", ("n",), [(n,) for n in range(5)]))
    assert rows == [["n"], ["0"], ["1"]]
    assert text == ["", "and 3 more"]


def test_numbers_have_four_digits_or_whole_thousands():
    assert [number_text(value) for value in (0.123456, 999.96, -1234.5, 0)] == ["0.1235", "1000", "−1,234", "0"]
