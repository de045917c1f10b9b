"""A decision as a table for the terminal, best member first, null policies last."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from heredity.gate import Decision
from heredity.gate.candidates import Candidate


def gate_table(title: str, decision: Decision) -> Table:
    """Draw a decision; survivors are bold, who did not pass is dim."""
    table = Table(title=f"{title}: {headline(decision)}", title_justify="left", box=None)
    for name in ("", "episodes", "mean", "shrunken", "bound", "passed"):
        table.add_column(name, justify="right" if name not in ("", "passed") else "left")
    table.add_column("why", overflow="fold")
    for name, seen in (*ranked(decision.candidates), *ranked(decision.nulls)):
        style = "bold" if name in decision.survivors else "" if seen.passed else "dim"
        numbers = (_number(value) for value in (seen.mean, seen.shrunken, seen.bound))
        table.add_row(name, str(seen.episodes), *numbers, "yes" if seen.passed else "no", seen.reason, style=style)
    return table


def headline(decision: Decision) -> str:
    """Say in one line who may have heirs and how much of their lead was luck."""
    told = f"{', '.join(decision.survivors) or 'nobody'} may have heirs"
    if decision.fallback:
        told += f" (nobody passed: {decision.fallback})"
    if decision.selection_differential is not None and decision.winners_curse is not None:
        told += f"; selection differential {decision.selection_differential:.3g}, "
        told += f"of a best mean {decision.winners_curse:.3g} is expected to be luck"
    return told


def ranked(candidates: Mapping[str, Candidate]) -> list[tuple[str, Candidate]]:
    """Return candidates by mean, equal ones by name."""
    return sorted(candidates.items(), key=lambda item: (-item[1].mean, item[0]))


def _number(value: Any) -> str:
    return "" if value is None else f"{value:.4g}"
