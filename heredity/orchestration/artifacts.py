"""What the Prefect UI shows of a study besides its runs: gate tables, progress, the verdict, and charts."""

import base64
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any, cast

import httpx
from prefect.artifacts import (
    Artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.settings import PREFECT_API_URL

from heredity.errors import in_markdown
from heredity.inheritance.pedigree import why_ended
from heredity.layout import Layout
from heredity.orchestration.report_page import report_link
from heredity.pipeline.handouts import read_study_name
from heredity.reading import is_there
from heredity.report.branches import contrast_verdict
from heredity.report.endings import gate_endings
from heredity.report.tables import candidates_told, gate_rows, survivors_text
from heredity.report.task_words import task_text
from heredity.report.verdict import fewest_units, finding, place, verdict
from heredity.study.study import Study
from heredity.training.living import stored_gate
from heredity.training.progress import Progress
from heredity.transfer.comparison import FEW
from heredity.transfer.estimates import Estimate, Transfer
from heredity.transfer.glance import OUTCOMES
from heredity.transfer.record import read_contrasts, read_transfers
from heredity.workers import OnMessage

SECONDS_BETWEEN_UPDATES = 2.0

LARGEST_CHART_BYTES = 1 << 20
"""Larger charts are in the report alone: artifacts lie in Prefect's database."""


def key(*words: str) -> str:
    """Return an artifact's key, of the lower-case letters, digits and dashes that Prefect allows."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")


def show_gate(generation: str) -> None:
    """Show who passed, as gate.json has it."""
    layout = Layout()
    gate, shown = stored_gate(layout, generation), key(read_study_name(layout), generation, "gate")
    if gate.ended:
        create_markdown_artifact(
            f"{generation} never came: {in_markdown(gate.ended)}.", key=shown, description=generation
        )
        return
    threshold = "unknown" if gate.threshold is None else f"{gate.threshold:g}"
    description = f"{generation}: {survivors_text(gate)} may have heirs; threshold {threshold}"
    rows, told = {row["member"]: row for row in gate_rows(gate)}, candidates_told(gate)
    description += "; the best and the worst few" * (len(told) < len(rows))
    create_table_artifact([rows[name] for name, _ in told], key=shown, description=description)


def show_verdict(study: Study) -> None:
    """Show what the inheritance was worth, and what branches were, with the ways to the report and to W&B."""
    layout = Layout()
    transfers = read_transfers(layout.transfer) if is_there(layout.transfer) else {}
    tasks = {
        name: in_markdown(task_text(study.generations[name].env)) for name in transfers if name in study.generations
    }
    told = [(name, against, each) for name in tasks for against, each in _against(transfers[name]).items()]
    verdicts = [
        verdict(place(name, tasks[name]) + (f"{against}," if against else ""), each) for name, against, each in told
    ]
    stored = read_contrasts(layout.contrasts) if study.compare and is_there(layout.contrasts) else ()
    contrasts = [each for each in stored if (each.generation, each.against) in study.compare]
    verdicts += [contrast_verdict(study, contrast, in_markdown) for contrast in contrasts]
    lines = [f"# {study.study}", *(f"\n{said}" for said in verdicts or ["Nothing was compared."]), ""]
    told += [(each.generation, f" against {each.against}", each.transfer) for each in contrasts]
    lines += ["| generation | jumpstart | asymptotic gain | harm in |", "|---|---|---|---|"] if told else []
    for generation, against, transfer in told:
        cells = [_interval(estimate) for estimate in (transfer.jumpstart, transfer.asymptotic_gain)]
        lines.append(f"| {generation}{against} | {' | '.join(cells)} | {harm_text(transfer)} |")
    lines += [f"\n{in_markdown(said)}" for said in _gates_told(study, layout)]
    lines += [f"\n{name} never came: {in_markdown(why)}." for name in study.order() if (why := why_ended(layout, name))]
    page = layout.page.resolve()
    report = f"Report: {report_link(PREFECT_API_URL.value(), page)}" if page.exists() else "No report yet."
    lines += ["", report]
    lines += ["", f"W&B project: `{study.study}` (online where you chose so; otherwise `wandb/` in the project)"]
    create_markdown_artifact("\n".join(lines), key=key(study.study, "verdict"), description="Inherited against control")


def _gates_told(study: Study, layout: Layout) -> list[str]:
    """Say of every gate that decided what did not go as hoped: an extension, a fallback, survivors below chance."""
    decided = [name for name in study.order() if is_there(layout.gate(name)) and not why_ended(layout, name)]
    return [said for name in decided for said in gate_endings(name, stored_gate(layout, name))]


def harm_text(transfer: Transfer) -> str:
    """Name the outcomes that inheriting did harm to: by the test, as the verdict says, or by their whole interval."""
    if fewest_units(transfer) < FEW:
        return "too few runs to say"
    tested = OUTCOMES[transfer.outcome]
    by_test = [f"{tested} (by the test)"] if finding(transfer) == "did harm" else []
    return ", ".join([*by_test, *transfer.negative]) or "none"


def show_charts(study: Study) -> None:
    """Show the learning curves and the pedigree as the report has them; a chart that is shown already is not again."""
    titles = {f"learning-{name}": f"Learning curves of {name}" for name in study.order()}
    for name, title in {**titles, "pedigree": "Pedigree"}.items():
        path, shown = Layout().figures / f"{name}.png", key(study.study, name)
        if not is_there(path) or path.stat().st_size > LARGEST_CHART_BYTES:
            continue
        # in Markdown: of an image artifact the UI also prints the address, which this one is all of the picture
        picture = f"![{title}](data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()})"
        last = cast("Artifact | None", Artifact.get(shown))  # no event loop runs here, where it would be a coroutine
        if last is None or last.data != picture:
            create_markdown_artifact(picture, key=shown, description=title)


@contextmanager
def progress_artifact(stage: str, work: Sequence[Any], on_progress: OnMessage | None) -> Iterator[OnMessage | None]:
    """Yield a function that also keeps a progress artifact of the environment steps taken, for work that reports."""
    if on_progress is None:
        yield None
        return
    study = read_study_name(Layout())
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


def _against(transfer: Transfer) -> dict[str, Transfer]:
    """Return a generation's comparisons, by what a sentence says of the control where there are several."""
    if not transfer.beside:
        return {"": transfer}
    return {f" against {name}": each for name, each in {transfer.control or "": transfer, **transfer.beside}.items()}


def _interval(estimate: Estimate) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "–"
    return f"{estimate.value:.3g} ({estimate.low:.3g} to {estimate.high:.3g})"
