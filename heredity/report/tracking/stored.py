"""A stored study as runs: what each is to hold, by files alone, wherever it is written to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from heredity.agents.kept import is_kept
from heredity.evaluation.confirmations import read_confirmations
from heredity.evaluation.returns import read_evaluation
from heredity.gate.confirmation import Confirmation
from heredity.gate.extension import extension_steps, final_arm
from heredity.gate.record import GateRecord
from heredity.inheritance.pedigree import why_ended
from heredity.layout import Layout, control_arm
from heredity.report.results import published
from heredity.report.tables import gate_rows
from heredity.report.tracking.populations import firsts_of_lineages, population_run
from heredity.report.tracking.runs import MOST_RUNS, spent
from heredity.report.tracking.stored_run import COMPARISON, StoredRun
from heredity.report.tracking.trainings import EXTENSION, MemberRun, member_runs
from heredity.study.study import Study
from heredity.training.curves import CurveRow, read_curves
from heredity.training.living import living_curves, stored_gate
from heredity.training.timings import read_timings
from heredity.transfer.contrasts import BranchContrast
from heredity.transfer.estimates import Transfer
from heredity.transfer.headlines import headlines
from heredity.transfer.plan import ComparisonPlan, comparison_plan
from heredity.transfer.record import read_contrasts, read_spending, read_transfers
from heredity.transfer.spending import INHERITED

GATE_COLUMNS = ("episodes", "mean", "bound", "passed", "reason")
SEEN = {"mean": "mean seen by the gate"}


@dataclass(frozen=True)
class _Part:
    """A training of an arm: by member its run, the curve of it alone, its core-seconds."""

    runs: Mapping[str, MemberRun]
    curves: Mapping[str, list[CurveRow]]
    core_seconds: Mapping[str, float]


@dataclass(frozen=True)
class _StoredArm:
    """One population and what is known of its members, each by name.

    parts: the trainings behind its curves, the second an extension where there was one. gate: None of a control.
    """

    parts: tuple[_Part, ...]
    returns: Mapping[str, list[float]]
    gate: GateRecord | None
    ranking: Mapping[str, int]
    confirmations: Mapping[str, Confirmation]
    models: Mapping[str, Path]

    def fitness(self) -> dict[str, dict[str, float]]:
        """Return what a member's summary says of its returns: a survivor's confirmed mean with its interval."""
        evaluated = {member: float(np.mean(returns)) for member, returns in self.returns.items()}
        told = published(evaluated, self.gate.survivors if self.gate else (), self.confirmations)
        summary = {member: {"fitness": value} for member, value in told.items()}
        for member in summary.keys() & self.confirmations.keys():
            found = self.confirmations[member]
            summary[member] |= {"fitness_low": found.low, "fitness_high": found.high}
        return summary

    def outcome(self, member: str) -> dict[str, Any]:
        """Return what the gate decided on a member, and what of ranking is charged to it, where anything is."""
        ranked = {"ranking_steps": self.ranking[member]} if self.ranking.get(member) else {}
        if self.gate is None:
            return ranked
        told: dict[str, Any] = {"passed": member in self.gate.passed, "survivor": member in self.gate.survivors}
        if candidate := self.gate.candidates.get(member):
            seen = {"mean": candidate.mean, "bound": candidate.bound, "reason": candidate.reason}
            told |= {f"gate_{key}": value for key, value in seen.items() if value not in (None, "")}
        return ranked | told


def stored_runs(study: Study, layout: Layout) -> Iterator[StoredRun]:
    """Yield a run per training of a member of every arm, parents before children, then the comparison's.

    Of an arm of very many members it is one for all of them, and one of every lineage's first survivor.
    """
    ids: dict[str, str] = {}
    for arm in _stored_arms(study, layout):
        fitness = arm.fitness()
        for part in arm.parts:
            many = len(part.curves) > MOST_RUNS
            chosen = firsts_of_lineages(arm.gate.survivors if arm.gate else ()) if many else part.curves.keys()
            if many:
                yield _population_run(arm, part, fitness)
            for member in (name for name in part.curves if name in chosen):
                run = _member_run(arm, part, member, fitness.get(member, {}))
                if run.model:
                    ids[run.artifact] = run.run_id
                parents = tuple((name, ids[name]) for name in run.config["parents"] if name in ids)
                yield replace(run, parents=parents)
    contrasts = read_contrasts(layout.contrasts) if study.compare else ()
    yield comparison_run(study.study, comparison_plan(study), layout, read_transfers(layout.transfer), contrasts)


def comparison_run(
    study_name: str,
    plan: ComparisonPlan,
    layout: Layout,
    transfers: Mapping[str, Transfer],
    contrasts: Sequence[BranchContrast],
) -> StoredRun:
    """Return the run of what was compared: its headlines, what all took, and every gate as a table.

    Its id is a hash of what it says, so that the same comparison is one run, and another one another.
    """
    ended = {name: reason for name in plan.order() if (reason := why_ended(layout, name))}
    steps = read_spending(layout.spending).steps
    summary = {**headlines(plan, transfers, layout, contrasts), "env_steps_of_study": steps}
    tables = {f"gate/{name}": tuple(_gate_rows(layout, name)) for name in plan.order() if name not in ended}
    run = StoredRun(COMPARISON, "", COMPARISON, COMPARISON, {"study": study_name}, (), summary, tables)
    return replace(run, run_id=run.content)


def _stored_arms(study: Study, layout: Layout) -> Iterator[_StoredArm]:
    spending = read_spending(layout.spending).generations
    for generation in study.order():
        if why_ended(layout, generation) is None:
            folder, ranking = final_arm(layout, generation), {}
            if generation in spending:
                ranking = dict(spending[generation][INHERITED].ranking)
            gate = stored_gate(layout, generation)
            yield _StoredArm(
                parts=tuple(_heirs_parts(study, layout, generation)),
                returns=read_evaluation(folder.evaluation, "report"),
                gate=gate,
                ranking=ranking,
                confirmations=read_confirmations(layout, generation),
                models={member: path for member in gate.survivors if is_kept(path := folder.model(member))},
            )
        for control in study.generations[generation].controls:
            arm = control_arm(control)
            folder = layout.arm(generation, arm)
            part = _part(study, layout, generation, arm, read_curves(folder.curves))
            yield _StoredArm((part,), read_evaluation(folder.evaluation, "report"), None, {}, {}, {})


def _heirs_parts(study: Study, layout: Layout, generation: str) -> Iterator[_Part]:
    """Yield the first training of those that lived, and what came on top of it where they were trained once more."""
    whole = living_curves(layout, generation)
    if not extension_steps(layout, generation):
        yield _part(study, layout, generation, INHERITED, whole)
        return
    stored = read_curves(layout.arm(generation, INHERITED).curves)
    first = {member: stored[member] for member in whole}
    yield _part(study, layout, generation, INHERITED, first)
    later = {member: curve[len(first[member]) :] for member, curve in whole.items()}
    alone = {
        member: [replace(row, env_steps=row.env_steps - first[member][-1].env_steps) for row in rows]
        for member, rows in later.items()
        if rows
    }
    yield _part(study, layout, generation, EXTENSION, alone)


def _part(study: Study, layout: Layout, generation: str, arm: str, curves: Mapping[str, list[CurveRow]]) -> _Part:
    runs = member_runs(study.study, layout, generation, arm, curves, study)
    return _Part(runs, curves, read_timings(layout.arm(generation, arm).curves, layout))


def _member_run(arm: _StoredArm, part: _Part, member: str, fitness: Mapping[str, float]) -> StoredRun:
    run, curve = part.runs[member], part.curves[member]
    steps, seconds = curve[-1].env_steps, part.core_seconds.get(member)
    return StoredRun(
        name=str(run.name),
        run_id=run.run_id,
        group=run.name.generation,
        job_type=run.name.job_type,
        config=run.config,
        history=tuple(run.logged(row) for row in curve),
        summary={"steps": run.begun_steps + steps, **arm.outcome(member), **fitness},
        cost={} if seconds is None else spent(steps, seconds),
        model=arm.models.get(member) if part is arm.parts[-1] or member not in arm.parts[-1].curves else None,
    )


def _population_run(arm: _StoredArm, part: _Part, fitness: Mapping[str, Mapping[str, float]]) -> StoredRun:
    outcomes = {member: {**arm.outcome(member), **fitness.get(member, {})} for member in part.curves}
    return population_run(part.runs, part.curves, outcomes)


def _gate_rows(layout: Layout, generation: str) -> list[dict[str, Any]]:
    """Return a gate's answers with what is published of its survivors; its own mean says that it is the gate's."""
    confirmations = read_confirmations(layout, generation)
    rows = gate_rows(stored_gate(layout, generation), GATE_COLUMNS, None, confirmations)
    return [{SEEN.get(column, column): value for column, value in row.items()} for row in rows]
