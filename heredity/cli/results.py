"""`heredity tree`, `show`, `compare`: what a study that has run came to."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated

import typer
from rich.console import Console

from heredity.cli.advice import fitting_advice, project_standing
from heredity.cli.options import (
    DEFAULT_LAYOUT,
    DEFAULT_PARAMS,
    Lineage,
    Params,
    Report,
    resolved_study,
    say_if_stale,
    with_its_modules,
)
from heredity.errors import HeredityError, printable
from heredity.layout import Layout
from heredity.reading import is_there
from heredity.study.lineages import lineage_names, lineage_of
from heredity.study.load import load_study, read_params
from heredity.study.study import Study


def tree(
    place: Annotated[
        str | None, typer.Argument(help="A lineage, a generation, or one in the other: medium/l03; all without.")
    ] = None,
    params: Params = DEFAULT_PARAMS,
    root: Lineage = DEFAULT_LAYOUT.lineage,
    lineage: Annotated[str | None, typer.Option(help="Which one, of several lineages.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="A line for every member, however many.")] = False,
) -> None:
    """Draw who descends from whom, by which operator; names in bold passed their gate. Broken links are an error.

    Of more than 200 members a line per lineage and generation, unless one is named.
    """
    from heredity.inheritance.links import broken_links
    from heredity.inheritance.pedigree import read_pedigree, refuse_other_parents

    study, pedigree, layout = load_study(params), read_pedigree(root), Layout(root)
    names = lineage_names(study.lineages)
    if lineage is not None and lineage not in names:
        raise HeredityError(f"--lineage: expected one of {', '.join(filter(None, names)) or 'none'}, got {lineage!r}")
    with fitting_advice(layout.project):
        if not pedigree.births:
            raise HeredityError(f"{root}: expected the pedigree of a study that has run, found none; type: dvc repro")
        refuse_other_parents(pedigree, {name: node.after for name, node in study.generations.items()})
    say_if_stale(params, layout)
    from heredity.report.terminal import drawn_tree, stored_confirmations, stored_ends, stored_gates
    from heredity.report.terminal_lineages import births_at, drawn_lineages, has_many_births, how_to_open

    gates, confirmations = stored_gates(study, layout), stored_confirmations(study, layout)
    pedigree = pedigree if place is None else births_at(study, pedigree, place)
    there = dict.fromkeys(lineage_of(member) for _, member in pedigree.births)
    chosen = (lineage,) if lineage is not None else tuple(there) if place else ()
    brief = place is None and lineage is None and not everything and has_many_births(pedigree)
    draw = drawn_lineages if brief else drawn_tree
    Console().print(draw(study, pedigree, gates, stored_ends(study, layout), confirmations, chosen))
    if brief:
        print(how_to_open(study, pedigree))
    if broken := broken_links(root):
        more = f", and {len(broken) - 1} more" if len(broken) > 1 else ""
        with fitting_advice(layout.project):
            raise HeredityError(f"the pedigree is broken: {broken[0]}{more}; type: dvc checkout")


def show(
    params: Params = DEFAULT_PARAMS,
    root: Lineage = DEFAULT_LAYOUT.lineage,
    report: Report = DEFAULT_LAYOUT.report,
    everything: Annotated[bool, typer.Option("--all", help="Every number, and the pedigree.")] = False,
    members: Annotated[bool, typer.Option("--members", help="That, and what every member spent.")] = False,
    window: Annotated[
        int | None, typer.Option(min=1, help="Transfer by curves over so many episodes, beside the study's own.")
    ] = None,
) -> None:
    """Print what a study that has run came to, on one screen; with --all every number and the pedigree."""
    from heredity.cli.committed import SAID, as_committed
    from heredity.report.results import read_results
    from heredity.report.side_by_side import drawn_revisions
    from heredity.report.terminal import shown
    from heredity.report.terminal_brief import drawn_brief
    from heredity.transfer.evidence import stored_evidence
    from heredity.transfer.plan import comparison_plan
    from heredity.transfer.record import read_contrasts, read_transfers
    from heredity.transfer.spending import stored_seconds

    study, layout = resolved_study(params), Layout(root, report)
    say_if_stale(params, layout)
    with fitting_advice(layout.project), _what_is_there_printed(study, layout):
        if window is not None:
            anew = stored_evidence(comparison_plan(study), layout, window)
            usual, other = "train.window", f"{window} episodes"
            transfers = {usual: read_transfers(layout.transfer), other: anew.transfers}
            branches = {usual: read_contrasts(layout.contrasts), other: anew.contrasts} if study.compare else {}
            Console().print(drawn_revisions(transfers, branches))
            return
        results = read_results(study, read_params(params), layout)
        seconds = stored_seconds(comparison_plan(study), layout, results.pedigree)
    wanted = everything or members
    Console().print(shown(results, seconds, members=members) if wanted else drawn_brief(results, layout))
    if as_committed(layout.project):
        print(SAID)


@contextmanager
def _what_is_there_printed(study: Study, layout: Layout) -> Iterator[None]:
    """Print, where results of a study cannot be read because some are missing, which are there and which are not."""
    from heredity.report.there import what_is_there

    try:
        yield
    except HeredityError:
        standing = None
        with suppress(HeredityError):
            standing = project_standing(layout.project)
        for line in what_is_there(study, layout, standing.left if standing else ()):
            print(printable(line))
        raise


def compare(one: str, other: Annotated[str, typer.Argument()] = "workspace") -> None:
    """Print what differs between two revisions: git revisions, DVC experiments, folders, or "workspace"."""
    from heredity.report.side_by_side import drawn_revisions
    from heredity.transfer.revisions import WORKSPACE, contrasts_of, params_of, transfers_of

    transfers = {revision: transfers_of(revision) for revision in (one, other)}
    branches = {revision: contrasts_of(revision) for revision in (one, other)}
    params = {revision: params_of(revision) for revision in (one, other)}
    if WORKSPACE in transfers and is_there(DEFAULT_PARAMS):
        with_its_modules(DEFAULT_PARAMS)
        say_if_stale(DEFAULT_PARAMS, DEFAULT_LAYOUT)
    Console().print(drawn_revisions(transfers, branches, params))
