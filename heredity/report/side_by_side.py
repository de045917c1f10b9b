"""Two studies, or revisions of one, side by side on a terminal: what differs in their params and in what they found."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from heredity.errors import printable
from heredity.report.tables import Table
from heredity.report.task_words import setting_text
from heredity.report.terminal import drawn_table
from heredity.report.transfer_tables import STEPS, estimates_of, transfer_table
from heredity.report.verdict import interval_text, number
from heredity.transfer.contrasts import BranchContrast
from heredity.transfer.difference import estimate_difference
from heredity.transfer.estimates import Estimate, Transfer

Contrasts = Mapping[str, Sequence[BranchContrast]]
"""By revision, its contrasts.json."""

Params = Mapping[str, Mapping[str, Any]]
"""By revision, the content of its params.yaml."""

ABSENT = "–"
NOTE = (
    "The difference is the second less the first, its interval recovered from theirs (Zou & Donner 2008) as of "
    "independent studies: of two that share members it is too wide. What has no interval has no difference."
)


def drawn_revisions(
    transfers: Mapping[str, Mapping[str, Transfer]], contrasts: Contrasts | None = None, params: Params | None = None
) -> Group:
    """Return what differs between two revisions: params, and a table per generation, or pair of branches, compared.

    transfers: by revision, its transfer.json. contrasts: what is compared of its branches. params: None where both have
    the same, as two windows of one study have. Where nothing differs, or nothing was compared, it says so.
    """
    told = {revision: _by_title(compared) for revision, compared in transfers.items()}
    for revision, branches in (contrasts or {}).items():
        # a control may be called as a branch is, and these are two comparisons
        told[revision] |= {f"branches {each.title}": each.transfer for each in branches}
    titles = dict.fromkeys(title for compared in told.values() for title in compared)
    tables = {title: differing for title in titles if (differing := differing_metrics(title, told)).rows}
    parts: list[RenderableType] = [] if params is None else list(_drawn_params(params))
    for title, table in tables.items():
        parts += [Text(printable(title), style="bold"), drawn_table(table)]
    parts += [Text(NOTE, style="dim")] if tables else []
    same = [title for title in titles if title not in tables]
    parts += [Text(printable(f"The same in both: {', '.join(same)}."))] if same else []
    parts += [] if titles else [Text("Neither compares anything: no generation has a control, and no branches are.")]
    return Group(*parts)


def differing_metrics(title: str, told: Mapping[str, Mapping[str, Transfer]]) -> Table:
    """Return the metrics of one comparison that two revisions write differently, each with the difference.

    told: by revision and title, what was compared.
    """
    compared = [transfers.get(title) for transfers in told.values()]
    cells = [_cells(transfer) if transfer else {} for transfer in compared]
    gaps = _differences(compared)
    rows = [
        (metric, *values, gaps.get(metric, ""))
        for metric in dict.fromkeys(metric for each in cells for metric in each)
        if len(set(values := [each.get(metric, ABSENT) for each in cells])) > 1
    ]
    return Table(("Metric", *told, "Difference"), tuple(rows), words=("Metric",))


def differing_params(params: Params) -> Table:
    """Return the values of params.yaml that are not the same in all revisions, by dotted key."""
    flat = [dict(_flattened(content)) for content in params.values()]
    rows = [
        (key, *values)
        for key in dict.fromkeys(key for each in flat for key in each)
        if len(set(values := [each.get(key, ABSENT) for each in flat])) > 1
    ]
    columns = ("params.yaml", *params)
    return Table(columns, tuple(rows), words=columns)


def _drawn_params(params: Params) -> Iterator[RenderableType]:
    table = differing_params(params)
    yield drawn_table(table) if table.rows else Text("params.yaml says the same in both.")


def _flattened(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield what a nested mapping says, by dotted key; lists are values."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flattened(inner, f"{key}.{name}" if key else f"{name}")
    else:
        yield key, setting_text(value)


def _by_title(transfers: Mapping[str, Transfer]) -> dict[str, Transfer]:
    """Return every comparison by its generation, and of a further control by that control as well."""
    first = dict(transfers)
    return first | {f"{name} against {other}": each for name in first for other, each in first[name].beside.items()}


def _cells(transfer: Transfer) -> dict[str, str]:
    return {row[0]: f"{row[1]} {row[2]}".rstrip() for row in transfer_table(transfer).rows}


def _differences(compared: Sequence[Transfer | None]) -> dict[str, str]:
    """Return by metric the difference of two, where both have an interval."""
    if len(compared) != 2 or compared[0] is None or compared[1] is None:
        return {}
    first, second = map(estimates_of, compared)  # type: ignore[arg-type]
    gaps = {metric: estimate_difference(first[metric], second[metric]) for metric in first if metric in second}
    return {metric: _gap_text(gap, 0 if metric.startswith(STEPS) else 2) for metric, gap in gaps.items() if gap}


def _gap_text(gap: Estimate, digits: int) -> str:
    return f"{number(gap.value or 0.0, digits)} {interval_text(gap.low, gap.high, digits)}"
