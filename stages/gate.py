"""gate: which members of one generation may have heirs; where nobody passes, after training once more if it says so.

reads   lineage/study/<generation>/gate.json, lineage/<generation>/{evaluation.csv,failures.json,models/,
        curves.csv,heirs/pedigree.json}, approvals.yaml
writes  lineage/<generation>/gate.json, lineage/<generation>/extension/
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rich.console import Console

from heredity.approval import Approval, evaluation_digest, required
from heredity.curves import read_evaluation
from heredity.errors import GateError, HeredityError
from heredity.failures import read_failures
from heredity.files import write_json
from heredity.gate import Decision, decide
from heredity.gate.rules import mean, reference_threshold
from heredity.gate.table import gate_table
from heredity.params import Study
from heredity.seeds import evaluation_seed, seed_integer
from heredity.settled import ended, not_extended
from heredity.task import make_task
from heredity.workers import Spread, map_in_processes
from stages.common import LINEAGE, run_stage

Seen = Mapping[str, Mapping[str, Sequence[float]]]
"""Returns by split and player."""

SPLITS = ("report", "null", "champion", "reference", "select")


def plan(study: Study, generation: str) -> Decision:
    """Decide on the stored returns; what work there is follows from the decision. Raises as `decided` does."""
    return decided(study, generation, _stored(generation))


def decided(study: Study, generation: str, returns: Seen, *, last: bool = False) -> Decision:
    """Decide on returns, the `last` time for what comes instead of an extension: the best member, on record.

    Raises GateError where a null policy passes, or the returns cannot be judged.
    """
    rule = study.generations[generation].gate
    if last:
        rule = rule.model_copy(update={"when_none": "best"})
    try:
        decision = decide(
            returns["report"],
            rule,
            threshold=_threshold(study, generation, returns),
            null_returns=returns.get("null"),
            champion_returns=returns.get("champion", {}).get("champion"),
            seed=seed_integer(study.seed, generation, "gate"),
        )
    except GateError as error:
        raise GateError(f"{generation}: {error}") from None
    if decision.empty_gate:
        told = "; ".join(f"{name} passes: {null.reason}" for name, null in decision.nulls.items() if null.passed)
        raise GateError(
            f"{generation}: expected a gate that a policy which has learned nothing cannot pass, got one: {told}; "
            f"raise generations.{generation}.threshold, or write evaluate.null_policies: false"
        )
    return decision


def approval(study: Study, generation: str) -> Approval | None:
    """Return what a person answered, where the gate asks. Raises GateError when it asks and nobody has answered."""
    if study.generations[generation].gate.approval == "none":
        return None
    return required(generation, evaluation_digest(LINEAGE / generation / "evaluation.csv"))


def collect(study: Study, generation: str, decision: Decision, returns: Seen, **given: Any) -> None:
    """Write gate.json, with what else is `given` to put on record."""
    if raced := returns.get("select"):
        given["race"] = {name: {"episodes": len(values), "mean": mean(values)} for name, values in raced.items()}
    given["seeds"] = {
        "split": "report",
        "root": evaluation_seed(study.seed, generation, again="extension" in given),
        "episodes": study.generations[generation].evaluate.episodes,
    }
    write_json(LINEAGE / generation / "gate.json", {**decision.to_dict(), **given})


def main(study: Study, generation: str, *, spread: Spread = map_in_processes) -> None:
    """Run the stage; a generation that never came has nobody to decide on, and gate.json says why."""
    directory = LINEAGE / generation
    if reason := ended(directory):
        not_extended(directory)
        nobody: dict[str, Any] = {"passed": [], "survivors": [], "candidates": {}, "nulls": {}}
        write_json(directory / "gate.json", {**nobody, "ended": reason})
        print(f"{generation}: {reason}")
        return
    returns = _stored(generation)
    decision, answer = decided(study, generation, returns), approval(study, generation)
    failed = {failure.member: failure.reason for failure in read_failures(directory / "failures.json")}
    given: dict[str, Any] = {"approval": answer.model_dump()} if answer else {}
    if answer and answer.answer == "refuse":
        decision = replace(decision, survivors=(), selection_differential=None)
    if decision.fallback == "extend":
        from stages.extension import extend, seen, write_extension  # which loads what trains

        Console().print(gate_table(generation, decision))
        extension = extend(study, generation, spread)
        given["extension"] = {"budget_steps": extension.budget_steps, "first": decision.to_dict()}
        returns = seen(extension.evaluation.played)
        failed |= extension.failed
        decision = decided(study, generation, returns, last=True)
        write_extension(study, generation, extension)
    else:
        not_extended(directory)
    collect(study, generation, decision, returns, **given, **({"failed": failed} if failed else {}))
    Console().print(gate_table(generation, decision))
    for member, reason in failed.items():
        print(f"{member} failed: {reason}")


def _stored(generation: str) -> Seen:
    path = LINEAGE / generation / "evaluation.csv"
    found = {split: read_evaluation(path, split) for split in SPLITS}
    return {split: returns for split, returns in found.items() if returns or split == "report"}


def _threshold(study: Study, generation: str, returns: Seen) -> float:
    """Return the number that the study states, or the fraction of the way from a random policy to the reference."""
    rule = study.generations[generation].gate
    if rule.reference:
        score, floor = mean(returns["reference"]["reference"]), mean(returns["null"]["random"])
        if score <= floor:
            raise GateError(
                f"expected a reference that is better than a random policy, got {rule.reference} with a mean return "
                f"of {score:.4g} against {floor:.4g}"
            )
        return reference_threshold(score, floor, rule.fraction)
    threshold = make_task(study, generation).threshold
    if threshold is None:
        raise HeredityError(f"generations.{generation}.threshold: expected a number, got nothing")
    return threshold


if __name__ == "__main__":
    run_stage(main)
