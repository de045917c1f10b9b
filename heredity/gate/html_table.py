"""A table in HTML, as a notebook shows a decision, a pedigree or a comparison."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from heredity.errors import printable

MOST_ROWS = 200
"""Rows that a notebook shows of a table; of the others it says how many they are."""

LEFT = ' style="text-align: left"'


def html_table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], notes: Iterable[str] = ()) -> str:
    """Return a table with a caption above and notes below it; numbers stand right, words left.

    Cells are text, numbers, truth values or None, which is an empty cell. Whatever stands in them is shown as it is:
    names come from files that others wrote.
    """
    head = "".join(f"<th{LEFT}>{in_html(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows[:MOST_ROWS])
    left_out = [f"and {len(rows) - MOST_ROWS:,} more"] if len(rows) > MOST_ROWS else []
    below = "".join(f"<p>{in_html(note)}</p>" for note in (*left_out, *notes))
    above = f'<caption style="text-align: left">{in_html(caption)}</caption>'
    return f"<table>{above}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"


def in_html(text: str) -> str:
    """Return any text as one printable line that HTML shows as it is, between tags or in an attribute."""
    return escape(printable(text))


def number_text(value: float) -> str:
    """Write a number for a reader, in four digits or whole thousands, with a true minus sign."""
    return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}").replace("-", "−")


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return f"<td{LEFT}>{'yes' if value else 'no'}</td>"
    if isinstance(value, int | float):
        return f"<td>{number_text(value)}</td>"
    return f"<td{LEFT}>{in_html('' if value is None else str(value))}</td>"
