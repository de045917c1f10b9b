"""A stored study as TensorBoard's events: the numbers of the runs that `publish` writes to W&B."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from heredity.extras import require_package
from heredity.report.tracking.ledger import Entry, noted, put_down
from heredity.report.tracking.stored_run import StoredRun


def write_events(runs: Iterable[StoredRun], directory: Path) -> tuple[int, int]:
    """Write every run that is not there yet as it is to `directory/<name>/<id>`; return how many, and how many were.

    A row is over environment steps, "lineage/…" over the lineage's; "summary/…" stands at the last step. Events of the
    same run that say something else are replaced. Raises HeredityError where TensorBoard is not installed.
    """
    require_package("tensorboard")
    written = present = 0
    for run in runs:
        folder = directory / run.name / run.run_id
        if (before := noted(folder)) and before.content == run.content:
            present += 1
            continue
        _write(folder, run)
        written += 1
    return written, present


def _write(folder: Path, run: StoredRun) -> None:
    from torch.utils.tensorboard import SummaryWriter

    for events in folder.glob("events.out.tfevents.*"):
        events.unlink()
    writer: Any = SummaryWriter(str(folder))
    try:
        for row in run.history:
            for key, value in row.items():
                writer.add_scalar(key, value, row["lineage_steps" if key.startswith("lineage/") else "env_steps"])
        last = run.history[-1]["env_steps"] if run.history else 0
        for key, value in _numbers({**run.summary, **run.cost}):
            writer.add_scalar(f"summary/{key}", value, last)
        writer.add_text("config", f"```json\n{json.dumps(run.config, indent=2)}\n```", 0)
    finally:
        writer.close()
    put_down(folder, Entry(len(run.history), run.content))


def _numbers(summary: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield the numbers of a summary, those of a part of it by both names."""
    for key, value in summary.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}/{name}", number) for name, number in _numbers(value))
        elif isinstance(value, int | float):
            yield key, float(value)
