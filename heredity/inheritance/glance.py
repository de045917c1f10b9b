"""A pedigree at a glance: the line that Python prints of it, and the table that a notebook shows."""

from collections.abc import Mapping
from typing import Any

from heredity.errors import printable
from heredity.gate.html_table import html_table

COLUMNS = ("generation", "member", "parents", "operator", "share inherited", "zero-shot", "parents' zero-shot", "hash")


def pedigree_line(births: Mapping[tuple[str, str], Any]) -> str:
    """Return how many births there are, and in which generations.

    births: `Birth`, whose module imports this one, by generation and member.
    """
    generations = ", ".join(dict.fromkeys(generation for generation, _ in births))
    return printable(f"Pedigree({len(births):,} births in {generations})") if births else "Pedigree(no births)"


def pedigree_html(births: Mapping[tuple[str, str], Any]) -> str:
    """Return what a notebook shows of a pedigree: who descends from whom, by which operator, and what came of it."""
    return html_table(pedigree_line(births), COLUMNS, [(*place, *_cells(birth)) for place, birth in births.items()])


def _cells(birth: Any) -> tuple[Any, ...]:
    before = f"{birth.after} " if birth.after else ""
    parents = ", ".join(f"{before}{parent}" for parent in birth.parents) or "fresh weights"
    measured = birth.inherited_fraction, birth.zero_shot, birth.parents_zero_shot
    return parents, birth.operator, *measured, birth.child_hash[:8]
