"""What the Prefect UI shows of a study besides its runs: gate tables, progress, and the verdict."""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any

import httpx
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)

from heredity.params import Study, load_study
from heredity.report.verdict import verdict
from heredity.settled import ended
from heredity.stored import read_gate, read_transfers
from heredity.training import Progress
from heredity.workers import OnMessage
from stages.common import LINEAGE, REPORT

SECONDS_BETWEEN_UPDATES = 2.0


def key(*words: str) -> str:
    """Return an artifact's key, of the lower-case letters, digits and dashes that Prefect allows."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")


def gate_rows(candidates: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a gate's table: member, mean, bound, passed and why, best first; numbers to four digits, for people."""
    rows = [
        {"member": member, **{column: _short(candidate[column]) for column in ("mean", "bound", "passed", "reason")}}
        for member, candidate in candidates.items()
    ]
    return sorted(rows, key=lambda row: (-row["mean"], row["member"]))


def show_gate(study: Study, generation: str) -> None:
    """Show who passed, as gate.json has it."""
    decision, shown = read_gate(LINEAGE / generation), key(study.study, generation, "gate")
    if "ended" in decision:
        create_markdown_artifact(f"{generation} never came: {decision['ended']}.", key=shown, description=generation)
        return
    survivors = ", ".join(decision["survivors"]) or "nobody"
    create_table_artifact(
        gate_rows(decision["candidates"]) + gate_rows(decision["nulls"]),
        key=shown,
        description=f"{generation}: {survivors} may have heirs; threshold {decision['threshold']:g}",
    )


def show_verdict(study: Study) -> None:
    """Show what the inheritance was worth, with the ways to the report and to W&B."""
    path = REPORT / "transfer.json"
    transfers = read_transfers(path) if path.exists() else {}
    head = "| generation | jumpstart | asymptotic gain | negative transfer |"
    told = [verdict(f"{name} ({study.generations[name].env.id})", found) for name, found in transfers.items()]
    lines = [f"# {study.study}", "", *told, "", head, "|---|---|---|---|"]
    for generation, transfer in transfers.items():
        cells = (_interval(transfer[name]) for name in ("jumpstart", "asymptotic_gain"))
        lines.append(f"| {generation} | {' | '.join(cells)} | {'yes' if transfer['negative_transfer'] else 'no'} |")
    lines += [f"\n{name} never came: {why}." for name in study.order() if (why := ended(LINEAGE / name))]
    report = (REPORT / "index.html").resolve()
    lines += ["", f"Report: [{report.name}]({report.as_uri()})" if report.exists() else "No report yet."]
    lines += ["", f"W&B project: `{study.study}` (online where you chose so; otherwise `wandb/` in the project)"]
    create_markdown_artifact("\n".join(lines), key=key(study.study, "verdict"), description="Inherited against control")


@contextmanager
def progress_artifact(stage: str, work: Sequence[Any], on_progress: OnMessage | None) -> Iterator[OnMessage | None]:
    """Yield a function that also keeps a progress artifact of the environment steps taken, for work that reports."""
    if on_progress is None:
        yield None
        return
    study = load_study(check=False).study
    members = sum(len(shard.members) for shard in work)
    artifact: Any = create_progress_artifact(0.0, key=key(study, stage), description=f"{stage}: environment steps")
    lock, done, shown = Lock(), dict[str, float](), time.monotonic()

    def report(progress: Progress) -> None:
        nonlocal shown
        on_progress(progress)
        with lock:
            done[progress.member] = 1.0 if progress.last else progress.row.env_steps / progress.budget_steps
            due = time.monotonic() - shown >= SECONDS_BETWEEN_UPDATES
            shown = time.monotonic() if due else shown
        if due:
            with suppress(httpx.TransportError):  # a training does not stop for a server that is away
                update_progress_artifact(artifact, min(100.0, 100.0 * sum(done.values()) / members))

    yield report
    update_progress_artifact(artifact, 100.0)


def _interval(estimate: dict[str, Any]) -> str:
    numbers = [estimate[name] for name in ("value", "low", "high")]
    if None in numbers:
        return "–"
    return "{:.3g} ({:.3g} to {:.3g})".format(*numbers)


def _short(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value
