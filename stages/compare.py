"""compare: what the inheritance was worth, against the control, and what branches were, against one another.

reads   study/compare.json, every curve, evaluation, gate, confirmation and pedigree in lineage/
writes  report/{transfer,contrasts,spending,survival}.json, report/curves/<generation>.csv,
        report/metrics/ (the headlines, for `dvc metrics`)
"""

from heredity.layout import Layout
from heredity.pipeline.inputs.compare import CompareInput
from heredity.pipeline.runner import run_stage
from heredity.report.tracking.compared import record_comparison
from heredity.transfer.evidence import stored_evidence
from heredity.transfer.record import write_comparison


def main(given: CompareInput) -> None:
    """Run the stage."""
    layout = Layout()
    evidence = stored_evidence(given.plan, layout)
    write_comparison(evidence, given.plan, layout)
    record_comparison(given.plan, layout, evidence)


if __name__ == "__main__":
    run_stage(main)
