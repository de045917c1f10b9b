"""Two studies, or revisions of one, side by side on a terminal."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from heredity.errors import printable
from heredity.report.transfer_tables import transfer_table
from heredity.transfer.contrasts import BranchContrast
from heredity.transfer.estimates import Transfer

Contrasts = Mapping[str, Sequence[BranchContrast]]
"""By revision, its contrasts.json."""


def drawn_revisions(transfers: Mapping[str, Mapping[str, Transfer]], contrasts: Contrasts | None = None) -> Group:
    """Return one table per generation, or pair of branches, that any revision compares, with a column per revision.

    transfers: by revision, its transfer.json. contrasts: what is compared of its branches.
    """
    told = {revision: _by_title(compared) for revision, compared in transfers.items()}
    for revision, branches in (contrasts or {}).items():
        # a control may be called as a branch is, and these are two comparisons
        told[revision] |= {f"branches {each.title}": each.transfer for each in branches}
    titles = dict.fromkeys(title for compared in told.values() for title in compared)
    return Group(*(part for title in titles for part in _columns(title, told)))


def _by_title(transfers: Mapping[str, Transfer]) -> dict[str, Transfer]:
    """Return every comparison by its generation, and of a further control by that control as well."""
    first = dict(transfers)
    return first | {f"{name} against {other}": each for name in first for other, each in first[name].beside.items()}


def _columns(generation: str, transfers: Mapping[str, Mapping[str, Transfer]]) -> tuple[RenderableType, RenderableType]:
    cells = {
        revision: {row[0]: f"{row[1]}  {row[2]}".rstrip() for row in transfer_table(compared[generation]).rows}
        for revision, compared in transfers.items()
        if generation in compared
    }
    drawn = Table(box=box.SIMPLE_HEAD)
    drawn.add_column("Metric")
    for revision in transfers:
        drawn.add_column(escape(printable(revision)), justify="right")
    for metric in dict.fromkeys(metric for rows in cells.values() for metric in rows):
        drawn.add_row(metric, *(escape(cells.get(revision, {}).get(metric, "–")) for revision in transfers))
    return Text(generation, style="bold"), drawn
