"""Of very many members a run for all of them: how their curves are spread, and a row for each."""

from collections.abc import Mapping, Sequence
from typing import Any

from heredity.report.spread import quantile_curves
from heredity.report.tracking.runs import OUTCOMES
from heredity.report.tracking.stored_run import POPULATION, StoredRun, digest_of
from heredity.report.tracking.trainings import MemberRun
from heredity.study.lineages import lineage_of
from heredity.training.curves import CurveRow, as_arrays

POINTS = 100

QUARTILES = {"return_low": 0.25, "return_mean": 0.5, "return_high": 0.75}
"""By what they are called in a run's history, where a member has its mean return: the median's stands in its place."""

OF_A_MEMBER = ("member", "pedigree", "parents")
"""What of a member's config holds for it alone."""


def population_history(curves: Mapping[str, Sequence[CurveRow]], window: int) -> tuple[dict[str, float], ...]:
    """Return rows to log: quartiles over the members that have finished an episode, none where nobody has."""
    drawn = [arrays for curve in curves.values() if len((arrays := as_arrays(curve, window))[0])]
    if not drawn:
        return ()
    grid, quantiles = quantile_curves(drawn, [*QUARTILES.values()], POINTS)
    return tuple(
        {"env_steps": round(steps), **dict(zip(QUARTILES, map(float, at), strict=True))}
        for steps, at in zip(grid, quantiles, strict=True)
    )


def population_run(
    runs: Mapping[str, MemberRun],
    curves: Mapping[str, Sequence[CurveRow]],
    outcomes: Mapping[str, Mapping[str, Any]],
) -> StoredRun:
    """Return the run of one training of all members of an arm; its id is a hash of theirs.

    runs, curves: of that training, by member. outcomes: what a member's own run would say of it in its summary.
    """
    first = next(iter(runs.values()))
    shared = {key: value for key, value in first.config.items() if key not in OF_A_MEMBER}
    judged = [key for key in OUTCOMES if any(key in each for each in outcomes.values())]
    rows = tuple(_member_row(run, curves[member], outcomes[member]) for member, run in runs.items())
    return StoredRun(
        name=f"{first.name.generation}-{first.name.arm}".replace("/", "-"),
        run_id=digest_of([run.run_id for run in runs.values()]),
        group=first.name.generation,
        job_type=POPULATION,
        config={**shared, "lineage": "", "members": len(rows)},
        history=population_history(curves, first.config["train"]["window"]),
        summary={
            "steps": sum(row["steps"] for row in rows),
            **{f"members_{key}": sum(bool(row[key]) for row in rows) for key in judged},
        },
        tables={"members": rows},
    )


def _member_row(run: MemberRun, curve: Sequence[CurveRow], outcome: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: outcome.get(key) for key in (*OUTCOMES, "gate_mean", "fitness")}
    steps = run.begun_steps + curve[-1].env_steps
    return {"member": run.name.member, "parents": ", ".join(run.config["parents"]), "steps": steps, **told}


def firsts_of_lineages(survivors: Sequence[str]) -> set[str]:
    """Return the survivor whom the gate ranks first in every lineage."""
    return set({lineage_of(name): name for name in reversed(survivors)}.values())
