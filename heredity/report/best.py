"""The best survivor of every last generation, as files that others take: `dvc get`, `dvc artifacts get`."""

from pathlib import Path
from typing import Any

from heredity.agents.kept import copy_kept, is_kept, kept_digest
from heredity.errors import HeredityError
from heredity.files import new_directory, write_json
from heredity.gate.extension import final_arm
from heredity.gate.record import GateRecord
from heredity.layout import Layout
from heredity.report.results import Outcome, Results
from heredity.report.tables import Table, confirmed_text
from heredity.report.task_words import task_text
from heredity.study.lineages import lineage_of

BEST = "best.json"

CONFIRMED = ("episodes", "mean", "low", "high", "limits_known")
"""What is told of a confirmation."""


def best_survivor(gate: GateRecord) -> str | None:
    """Return whom a gate ranks first, of several lineages' firsts the one that it saw the highest mean of.

    What is published of it comes from episodes that did not choose it. None where nobody survived.
    """
    firsts = {lineage_of(name): name for name in reversed(gate.survivors)}
    return max(reversed(firsts.values()), key=lambda name: gate.candidates[name].mean, default=None)


def last_outcomes(results: Results) -> list[Outcome]:
    """Return the outcomes of generations that none comes after."""
    return [outcome for outcome in results.outcomes if not results.study.children(outcome.name)]


def best_table(results: Results) -> Table:
    """Return what report/best/ holds, a row per model."""
    rows = [
        (
            f"{outcome.name}.zip",
            member,
            confirmed_text(outcome.confirmations.get(member)),
            f"{outcome.threshold:g}",
            task_text(outcome.node.played),
        )
        for outcome in last_outcomes(results)
        if (member := best_survivor(outcome.gate))
    ]
    words = ("Model", "Member", "Environment")
    return Table(("Model", "Member", "Mean on other episodes", "Threshold", "Environment"), tuple(rows), words)


def write_best(results: Results, layout: Layout) -> None:
    """Replace report/best/: a model per last generation, and best.json, which says what each is; None for nobody.

    Raises HeredityError for a survivor whose model is not there.
    """
    with new_directory(layout.best) as draft:
        told = {outcome.name: _kept(outcome, layout, draft) for outcome in last_outcomes(results)}
        write_json(draft / BEST, told)


def _kept(outcome: Outcome, layout: Layout, draft: Path) -> dict[str, Any] | None:
    """Copy the best survivor of a generation with its statistics, and return what is to be known of it."""
    member = best_survivor(outcome.gate)
    if member is None:
        return None
    model = final_arm(layout, outcome.name).model(member)
    if not is_kept(model):
        raise HeredityError(f"{model}: expected the model of a survivor, got none; type: dvc repro, or dvc pull")
    file = draft / f"{outcome.name}.zip"
    copy_kept(model, file)
    confirmed = outcome.confirmations.get(member)
    return {
        "model": file.name,
        "member": member,
        "env": outcome.node.played.model_dump(mode="json"),
        "threshold": outcome.threshold,
        "confirmed": {name: getattr(confirmed, name) for name in CONFIRMED} if confirmed else None,
        "sha256": kept_digest(file),
    }
