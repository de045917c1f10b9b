"""A decision at a glance: the line that Python prints of it, and the table that a notebook shows."""

from collections.abc import Sequence
from typing import Any

from heredity.errors import printable
from heredity.gate.html_table import html_table

COLUMNS = ("member", "episodes", "mean", "bound", "passed", "survivor", "reason")

MOST_NAMES = 8
"""Members that a line names; of the others it says how many they are."""


def decision_line(decision: Any) -> str:
    """Return how many members passed a `Decision`, whose module imports this one, and who survives."""
    passed = f"{len(decision.passed):,} of {len(decision.candidates):,} passed"
    rule = f"{decision.rule}, bar {decision.bar:.4g}" if decision.bar is not None else f"{decision.rule}"
    judged = f"{passed} ({rule})" if decision.rule else "no gate"
    return printable(f"{type(decision).__name__}({judged}; survivors: {named(decision.survivors)})")


def named(members: Sequence[str]) -> str:
    """Name members, of many the first and how many more there are, of none nobody."""
    more = len(members) - MOST_NAMES
    return ", ".join(members[:MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "") or "nobody"


def decision_html(decision: Any) -> str:
    """Return what a notebook shows of a decision: every candidate, best first, then the policies that learned nothing.

    Below it stands why nobody survives, or somebody who did not pass.
    """
    rows = [
        (name, each.episodes, each.mean, each.bound, each.passed, name in decision.survivors, each.reason)
        for name, each in decision.ranked()
    ]
    empty = ["A policy that has learned nothing passes, so nobody survives."] if decision.empty_gate else []
    fallback = [f"Where nobody passes: {decision.fallback}."] if decision.fallback else []
    return html_table(decision_line(decision), COLUMNS, rows, [*empty, *fallback])
