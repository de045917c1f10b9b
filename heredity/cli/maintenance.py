"""`heredity gc` and `heredity serve`: what a project needs beside its runs."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from heredity.cli.options import DEFAULT_LAYOUT, Lineage
from heredity.errors import HeredityError, printable
from heredity.layout import GRAPH, Layout, nearest_project

GIB = 1 << 30
MOST_DAYS = 36_500


def gc(
    root: Lineage = DEFAULT_LAYOUT.lineage,
    largest_gib: Annotated[float, typer.Option(help="How large the store of members may be.")] = 5.0,
    days: Annotated[float, typer.Option(help="How long what is not used stays.")] = 90.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go.")] = False,
    no_prefect: Annotated[bool, typer.Option("--no-prefect", help="Leave Prefect's flow runs alone.")] = False,
) -> None:
    """Remove what is old of stored members, uploaded W&B runs and Prefect's flow runs, and say how much."""
    _refuse("--largest-gib", largest_gib, float("inf"))
    _refuse("--days", days, MOST_DAYS)
    from heredity.pipeline.garbage import Limits, clear_members, clear_wandb

    layout, limits = Layout(root), Limits.of(days, largest_gib * GIB, dry_run=dry_run)
    for clear in (clear_members, clear_wandb):
        print(printable(str(clear(layout, limits))))
    if no_prefect:
        print("Prefect flow runs: left alone, because of --no-prefect")
        return
    if not (nearest_project(Path.cwd()) or os.environ.keys() & {"PREFECT_HOME", "PREFECT_API_URL"}):
        print(f"Prefect: no project here, because there is no {GRAPH}: nothing to remove")
        return
    from heredity.orchestration.history import clear_history

    print(printable(str(clear_history(datetime.fromtimestamp(limits.oldest, UTC), dry_run=dry_run))))


def serve(port: Annotated[int, typer.Option(help="Where the UI listens, on this machine only.")] = 4200) -> None:
    """Start the Prefect UI, the deployments of prefect.yaml and a worker for them, until Ctrl-C."""
    if not 0 < port < 1 << 16:
        raise HeredityError(f"--port: expected a number from 1 to 65535, got {port}")
    from heredity.orchestration import serve as prefect_ui

    prefect_ui.serve(port)


def _refuse(option: str, number: float, largest: float) -> None:
    if not 0 <= number <= largest:  # NaN is neither
        range_of = "from 0" if largest == float("inf") else f"from 0 to {largest:g}"
        raise HeredityError(f"{option}: expected a number {range_of}, got {number:g}")
