"""compare: what the inheritance was worth, against the control.

reads   lineage/study/compare.json, every curve, evaluation, gate and pedigree in lineage/
writes  report/transfer.json, report/metrics.json (the headlines, for `dvc metrics`), report/curves/<generation>.csv
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from heredity.curves import CurveRow, as_arrays, read_curves, write_table
from heredity.errors import HeredityError
from heredity.files import new_directory, write_json
from heredity.params import Study
from heredity.pedigree import Pedigree, read_pedigree
from heredity.seeds import seed_integer
from heredity.task import make_task
from heredity.tracking import publish_summary
from heredity.transfer import compare
from stages.common import LINEAGE, REPORT, run_stage

Curves = Mapping[str, list[CurveRow]]


def plan(study: Study) -> dict[str, Any]:
    """Compare both arms of every generation that has a control; there is no work to spread."""
    curves = {name: read_curves(LINEAGE / name / "curves.csv") for name in study.generations}
    pedigree = read_pedigree(LINEAGE)
    return {name: _transfer(study, name, curves, pedigree) for name in study.control.generations}


def collect(study: Study, transfers: dict[str, Any]) -> None:
    """Write the numbers, and the arms' median curves for `dvc plots`, without a control an empty column."""
    write_json(REPORT / "transfer.json", transfers)
    write_json(REPORT / "metrics.json", {name: _headlines(study, name, transfers.get(name)) for name in study.order()})
    with new_directory(REPORT / "curves") as directory:
        for name in study.generations:
            arms = {"inherited": read_curves(LINEAGE / name / "curves.csv")}
            if name in study.control.generations:
                arms["control"] = read_curves(LINEAGE / name / "control" / "curves.csv")
            write_table(
                directory / f"{name}.csv",
                ["env_steps", "inherited", "control"],
                _medians(arms, study.generations[name].budget),
            )


def main(study: Study) -> None:
    """Run the stage."""
    transfers = plan(study)
    collect(study, transfers)
    publish_summary(study.study, "compare", "compare", transfers)


def source_steps(generation: str, curves: Mapping[str, Curves], pedigree: Pedigree) -> dict[str, int]:
    """Return, per member, the environment steps that its own ancestors took."""
    return {
        member: sum(
            curves[name][ancestor][-1].env_steps
            for name, ancestor in pedigree.ancestors(generation, member)
            if name in curves
        )
        for member in curves[generation]
    }


def _transfer(study: Study, generation: str, curves: Mapping[str, Curves], pedigree: Pedigree) -> dict[str, Any]:
    control = read_curves(LINEAGE / generation / "control" / "curves.csv")
    threshold = make_task(study, generation).threshold
    if threshold is None:
        raise HeredityError(f"generations.{generation}.threshold: expected a number, got nothing")
    sources = source_steps(generation, curves, pedigree)
    transfer = compare(
        {member: as_arrays(curve) for member, curve in curves[generation].items()},
        {member: as_arrays(curve) for member, curve in control.items()},
        threshold=threshold,
        budget=study.generations[generation].budget,
        source_steps=sources,
        control_budget=study.control_budget(generation),
        seed=seed_integer(study.seed, generation, "compare"),
    )
    return {**transfer.to_dict(), "source_steps": sources}


def _headlines(study: Study, generation: str, transfer: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the few numbers of a generation that one wants in a table of experiments."""
    decision = json.loads((LINEAGE / generation / "gate.json").read_text(encoding="utf-8"))
    means = [candidate["mean"] for candidate in decision["candidates"].values()]
    headlines = {"passed": len(decision["passed"]), "of": study.population, "best_mean": max(means)}
    if transfer:
        times = transfer["time_to_threshold_strong"]
        headlines |= {"jumpstart": transfer["jumpstart"]["value"], "speed_up_strong": times["speed_up"]["value"]}
        headlines |= {key: transfer[key]["value"] for key in ("forward_transfer", "forward_transfer_strong")}
    return headlines


def _medians(arms: Mapping[str, Curves], budget_steps: int, points: int = 101) -> list[dict[str, float]]:
    """Return the median over members at evenly spaced steps; a member that has stopped keeps its last return."""
    steps = np.linspace(0, budget_steps, points)
    medians = {
        arm: np.median([np.interp(steps, *as_arrays(curve)) for curve in curves.values()], axis=0)
        for arm, curves in arms.items()
    }
    return [
        {"env_steps": float(step), **{arm: float(values[index]) for arm, values in medians.items()}}
        for index, step in enumerate(steps)
    ]


if __name__ == "__main__":
    run_stage(main)
