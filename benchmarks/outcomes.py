"""What campaigns count: each case ends as recovered, refused, lost or hung, and a table says how many did."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from benchmarks.documents import write_between_marks

OUTCOMES = ("recovered", "refused", "lost", "hung")
HEADINGS = ("recovered", "refused clearly", "lost", "hung")


def outcome_table(tally: Counter[tuple[str, str]]) -> list[str]:
    """Return the table of counts by (kind of case, outcome), a row per kind and one for all."""
    rows = [f"| fault | tried | {' | '.join(HEADINGS)} |", f"|---|{'---:|' * (1 + len(HEADINGS))}"]
    for fault in sorted({fault for fault, _ in tally}):
        rows.append(_row(fault, [tally[fault, outcome] for outcome in OUTCOMES]))
    totals = [sum(count for (_, outcome), count in tally.items() if outcome == wanted) for wanted in OUTCOMES]
    return [*rows, _row("**all**", totals)]


def settle(name: str, cases: Iterable[tuple[str, str]], write: Path | None) -> int:
    """Run a campaign's cases, print their table, write it between the marks of `name`, and return the exit code."""
    tally: Counter[tuple[str, str]] = Counter()
    for fault, outcome in cases:
        print(f"  {fault}: {outcome}", flush=True)
        tally[fault, outcome] += 1
    table = "\n".join(outcome_table(tally))
    print(table)
    if write:
        write_between_marks(write, name, table)
    return int(any(outcome in ("lost", "hung") for _, outcome in tally))


def _row(fault: str, counts: list[int]) -> str:
    return f"| {fault} | {sum(counts):,} | {' | '.join(f'{count:,}' for count in counts)} |"
