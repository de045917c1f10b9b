"""compare: what the inheritance was worth, against the control.

reads   lineage/study/compare.json, every curve, evaluation, gate and pedigree in lineage/
writes  report/transfer.json, report/spending.json, report/metrics.json (the headlines, for `dvc metrics`),
        report/curves/<generation>.csv
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from heredity.curves import as_arrays, write_table
from heredity.evidence import Evidence, stored_evidence
from heredity.files import new_directory, write_json
from heredity.params import Study
from heredity.settled import extension_steps
from heredity.spending import Arms, total
from heredity.stored import read_gate
from heredity.tracking import publish_summary
from stages.common import LINEAGE, REPORT, run_stage


def plan(study: Study) -> Evidence:
    """Compare what is stored; there is no work to spread."""
    return stored_evidence(study, LINEAGE)


def collect(study: Study, found: Evidence) -> None:
    """Write the numbers, and the arms' median curves for `dvc plots`, without a control an empty column."""
    generations = {name: {arm: spent.to_dict() for arm, spent in arms.items()} for name, arms in found.spent.items()}
    headlines = {name: _headlines(study, name, found.transfers.get(name)) for name in study.order()}
    write_json(REPORT / "transfer.json", found.transfers)
    write_json(REPORT / "spending.json", {"steps": total(found.spent), "generations": generations})
    write_json(REPORT / "metrics.json", headlines)
    with new_directory(REPORT / "curves") as directory:
        for name, arms in found.arms.items():
            rows = _medians(arms, study.generations[name].budget + extension_steps(LINEAGE / name))
            write_table(directory / f"{name}.csv", ["env_steps", "inherited", "control"], rows)


def main(study: Study) -> None:
    """Run the stage."""
    found = plan(study)
    collect(study, found)
    publish_summary(study.study, "compare", "compare", found.transfers)


def _headlines(study: Study, generation: str, transfer: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the few numbers of a generation that one wants in a table of experiments."""
    decision = read_gate(LINEAGE / generation)
    if "ended" in decision:
        return {"ended": decision["ended"]}
    means = [candidate["mean"] for candidate in decision["candidates"].values()]
    headlines = {"passed": len(decision["passed"]), "of": study.population, "best_mean": max(means)}
    if transfer:
        times = transfer["time_to_threshold_strong"]
        headlines |= {"jumpstart": transfer["jumpstart"]["value"], "speed_up_strong": times["speed_up"]["value"]}
        headlines |= {key: transfer[key]["value"] for key in ("forward_transfer", "forward_transfer_strong")}
        headlines |= {"p_holm": transfer["test"]["p_holm"], "h2_zero_shot": _realised(transfer, "zero_shot")}
    return headlines


def _realised(transfer: Mapping[str, Any], measure: str) -> float | None:
    """Return the heritability R / S, None where it is not known."""
    found = transfer["heritability"]
    realised = found and found[measure]["realised"]
    return realised["value"] if realised else None


def _medians(arms: Arms, budget_steps: int, points: int = 101) -> list[dict[str, float]]:
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
