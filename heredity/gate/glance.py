"""A decision at a glance: the line that Python prints of it, and the table that a notebook shows."""

from typing import Any

from heredity.errors import named, printable
from heredity.gate.html_table import html_table

COLUMNS = ("member", "episodes", "mean", "bound", "passed", "survivor", "reason")


def decision_line(decision: Any) -> str:
    """Return how many members passed a `Decision`, whose module imports this one, and who survives."""
    passed = f"{len(decision.passed):,} of {len(decision.candidates):,} passed"
    rule = f"{decision.rule}, bar {decision.bar:.4g}" if decision.bar is not None else f"{decision.rule}"
    judged = f"{passed} ({rule})" if decision.rule else "no gate"
    return printable(f"{type(decision).__name__}({judged}; survivors: {named(decision.survivors)})")


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
