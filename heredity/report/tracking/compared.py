"""What was compared, recorded as the stage `compare` ends."""

from heredity.inheritance.pedigree import read_pedigree
from heredity.layout import Layout
from heredity.pipeline.handouts import read_study_name
from heredity.report.tracking.live import publish_comparison
from heredity.report.tracking.stored import comparison_run
from heredity.transfer.evidence import Evidence
from heredity.transfer.plan import ComparisonPlan


def record_comparison(plan: ComparisonPlan, layout: Layout, evidence: Evidence) -> None:
    """Write the run of what was compared to W&B, where it is on."""
    name = read_study_name(layout)
    run = comparison_run(name, plan, layout, evidence.transfers, evidence.contrasts)
    publish_comparison(name, run, read_pedigree(layout.lineage))
