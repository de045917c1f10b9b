"""gate: which members of one generation may have heirs.

reads   lineage/study/<generation>/gate.json, lineage/<generation>/evaluation.csv
writes  lineage/<generation>/gate.json
"""

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


def collect(generation: str, decision: Decision) -> None:
    """Write gate.json."""
    write_json(LINEAGE / generation / "gate.json", decision.to_dict())


def main(study: Study, generation: str) -> None:
    """Run the stage."""
    collect(generation, plan(study, generation))


if __name__ == "__main__":
    run_stage(main)
