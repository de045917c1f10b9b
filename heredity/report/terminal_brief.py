"""What a study came to on one screen of a terminal, and in two lines as it ends."""

from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.text import Text

from heredity.errors import printable
from heredity.gate.confirmation import first_confirmed
from heredity.layout import Layout
from heredity.report import tables
from heredity.report.endings import endings
from heredity.report.headline import first_sentence, foremost, verdicts
from heredity.report.results import Outcome, Results
from heredity.report.terminal import drawn_table
from heredity.report.verdict import interval_text, nobody_within, number
from heredity.transfer.estimates import TimeToThreshold, Transfer

MORE = "heredity show --all tells every number, --members what each member spent, heredity tree who descends from whom"


def print_ending(results: Results, layout: Layout) -> None:
    """Print what a study found and where its report lies."""
    console = Console()
    for line in (first_sentence(results), _report(layout)):
        console.print(Text(printable(line)), soft_wrap=True)


def drawn_brief(results: Results, layout: Layout) -> Group:
    """Draw the finding, what did not go as hoped, the other verdicts, steps to the threshold, and generations."""
    others = verdicts(results)[1:] if foremost(results) or results.contrasts else []
    paragraphs = [Text(printable(first_sentence(results)), style="bold")]
    paragraphs += [Text(printable(sentence)) for sentence in (*endings(results), *others)]
    comparison = foremost(results)
    drawn: list[RenderableType] = [drawn_table(steps_table(comparison.transfer))] if comparison else []
    return Group(*paragraphs, *drawn, drawn_table(generations_table(results)), *map(Text, (_report(layout), MORE)))


def steps_table(transfer: Transfer) -> tables.Table:
    """Return how much sooner the threshold was reached and by how many, a row for every way of counting steps."""
    ways = {
        "on the task": transfer.time_to_threshold,
        "ancestors charged": transfer.time_to_threshold_strong,
        "all spent charged": transfer.time_to_threshold_study,
    }
    rows = [(way, *_times_cells(times)) for way, times in ways.items() if times]
    words = ("Steps counted",)
    return tables.Table((*words, "Sooner", "Within", *map(str.capitalize, transfer.arms)), tuple(rows), words)


def _times_cells(times: TimeToThreshold) -> tuple[str, ...]:
    later = times.restricted_mean.difference
    low, high = (None if end is None else -end for end in (later.high, later.low))
    reached = (f"{arm.reached:,} of {arm.of:,}" for arm in (times.inherited, times.control))
    sooner = "–" if nobody_within(times) else f"{number(-later.value, 0)} {interval_text(low, high, 0)}"
    return sooner, number(times.restricted_to, 0), *reached


def generations_table(results: Results) -> tables.Table:
    """Return of every generation how many passed its gate, its confirmed mean, and the steps of all its arms."""
    columns = ("Generation", "Passed", "First survivor's mean", "Steps, all arms")
    return tables.Table(columns, tuple(_rows(results)), words=("Generation",))


def _rows(results: Results) -> Iterator[tuple[str, ...]]:
    for outcome in results.outcomes:
        passed = f"{len(outcome.gate.passed):,} of {len(outcome.members.curves):,}"
        yield outcome.name, passed, _first(outcome), f"{_steps(results, outcome):,}"
    yield from ((name, "never came", "", "") for name in results.ended)


def _first(outcome: Outcome) -> str:
    first = first_confirmed(outcome.gate.survivors, outcome.confirmations)
    return tables.confirmed_text(first[1]) if first else ""


def _steps(results: Results, outcome: Outcome) -> int:
    return sum(results.spent(outcome, arm).own for arm in outcome.arms)


def _report(layout: Layout) -> str:
    return f"The report: {layout.page}"
