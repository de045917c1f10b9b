"""gate: which members of one generation may have heirs.

reads   lineage/study/<generation>/gate.json, lineage/<generation>/evaluation.csv, approvals.yaml
writes  lineage/<generation>/gate.json
"""

from dataclasses import replace
from typing import Any

from rich.console import Console

from heredity.approval import Approval, evaluation_digest, required
from heredity.curves import read_evaluation
from heredity.errors import GateError, HeredityError
from heredity.files import write_json
from heredity.gate import Decision, decide
from heredity.gate.rules import mean, reference_threshold
from heredity.gate.table import gate_table
from heredity.params import Study
from heredity.seeds import seed_integer
from heredity.task import make_task
from stages.common import LINEAGE, run_stage


def plan(study: Study, generation: str) -> Decision:
    """Decide on the stored returns; there is no work to spread. Raises GateError where a null policy passes."""
    rule = study.generations[generation].gate
    decision = decide(
        _returns(generation, "report"),
        rule,
        threshold=_threshold(study, generation),
        null_returns=_returns(generation, "null"),
        champion_returns=_returns(generation, "champion").get("champion"),
        seed=seed_integer(study.seed, generation, "gate"),
    )
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


def collect(study: Study, generation: str, decision: Decision, answer: Approval | None) -> None:
    """Write gate.json; after a refusal nobody survives."""
    if answer and answer.answer == "refuse":
        decision = replace(decision, survivors=(), selection_differential=None)
    given: dict[str, Any] = {"approval": answer.model_dump()} if answer else {}
    raced = _returns(generation, "select")
    if raced:
        given["race"] = {name: {"episodes": len(values), "mean": mean(values)} for name, values in raced.items()}
    given["seeds"] = {
        "split": "report",
        "root": seed_integer(study.seed, generation, "report"),
        "episodes": study.generations[generation].evaluate.episodes,
    }
    write_json(LINEAGE / generation / "gate.json", {**decision.to_dict(), **given})


def main(study: Study, generation: str) -> None:
    """Run the stage."""
    decision, answer = plan(study, generation), approval(study, generation)
    collect(study, generation, decision, answer)
    Console().print(gate_table(generation, decision))


def _returns(generation: str, split: str) -> dict[str, list[float]]:
    return read_evaluation(LINEAGE / generation / "evaluation.csv", split)


def _threshold(study: Study, generation: str) -> float:
    """Return the number that the study states, or the fraction of the way from a random policy to the reference."""
    rule = study.generations[generation].gate
    if rule.reference:
        score, floor = (
            mean(_returns(generation, "reference")["reference"]),
            mean(_returns(generation, "null")["random"]),
        )
        if score <= floor:
            raise GateError(
                f"{generation}: expected a reference that is better than a random policy, got {rule.reference} with "
                f"a mean return of {score:.4g} against {floor:.4g}"
            )
        return reference_threshold(score, floor, rule.fraction)
    threshold = make_task(study, generation).threshold
    if threshold is None:
        raise HeredityError(f"generations.{generation}.threshold: expected a number, got nothing")
    return threshold


if __name__ == "__main__":
    run_stage(main)
