"""compare: what the inheritance was worth, against the control, and what branches were, against one another.

reads   study/compare.json, every curve, evaluation, gate, confirmation and pedigree in lineage/
writes  report/{transfer,contrasts,spending,survival}.json, report/curves/<generation>.csv,
        report/metrics/ (the headlines, for `dvc metrics`)
"""

from heredity.inheritance.pedigree import read_pedigree
from heredity.layout import Layout
from heredity.pipeline.handouts import read_study_name
from heredity.pipeline.inputs.compare import CompareInput
from heredity.pipeline.runner import run_stage
from heredity.report.tracking.live import publish_comparison
from heredity.report.tracking.stored import comparison_run
from heredity.transfer.evidence import stored_evidence
from heredity.transfer.record import write_comparison


def main(given: CompareInput) -> None:
    """Run the stage."""
    layout = Layout()
    evidence = stored_evidence(given.plan, layout)
    write_comparison(evidence, given.plan, layout)
    name = read_study_name(layout)
    compared = comparison_run(name, given.plan, layout, evidence.transfers, evidence.contrasts)
    publish_comparison(name, compared, read_pedigree(layout.lineage))


if __name__ == "__main__":
    run_stage(main)
