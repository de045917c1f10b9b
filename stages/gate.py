"""gate: which members of one generation may have heirs.

reads   lineage/study/<generation>/gate.json, lineage/<generation>/evaluation.csv, approvals.yaml
writes  lineage/<generation>/gate.json
"""

from dataclasses import replace

from heredity.approval import Approval, evaluation_digest, required
from heredity.curves import read_evaluation
from heredity.errors import HeredityError
from heredity.files import write_json
from heredity.gate import Decision, decide
from heredity.params import Study
from heredity.task import make_task
from stages.common import LINEAGE, run_stage


def plan(study: Study, generation: str) -> Decision:
    """Decide on the stored returns; there is no work to spread."""
    returns = read_evaluation(LINEAGE / generation / "evaluation.csv", "report")
    threshold = make_task(study, generation).threshold
    if threshold is None:
        raise HeredityError(f"generations.{generation}.threshold: expected a number, got nothing")
    return decide(returns, study.generations[generation].gate, threshold=threshold)


def approval(study: Study, generation: str) -> Approval | None:
    """Return what a person answered, where the gate asks. Raises GateError when it asks and nobody has answered."""
    if study.generations[generation].gate.approval == "none":
        return None
    return required(generation, evaluation_digest(LINEAGE / generation / "evaluation.csv"))


def collect(generation: str, decision: Decision, answer: Approval | None) -> None:
    """Write gate.json; after a refusal nobody survives."""
    if answer and answer.answer == "refuse":
        decision = replace(decision, survivors=())
    given = {"approval": answer.model_dump()} if answer else {}
    write_json(LINEAGE / generation / "gate.json", {**decision.to_dict(), **given})


def main(study: Study, generation: str) -> None:
    """Run the stage."""
    collect(generation, plan(study, generation), approval(study, generation))


if __name__ == "__main__":
    run_stage(main)
