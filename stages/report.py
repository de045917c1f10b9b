"""report: one page that says what the inheritance was worth, its figures, and the best survivors for others.

reads   study/report.json, every curve, evaluation, gate, confirmation, pedigree and survivor in lineage/,
        report/{transfer,contrasts,survival,spending,continual}.json
writes  report/index.html, report/figures/, report/best/
"""

from heredity.layout import Layout
from heredity.pipeline.inputs.report import ReportInput
from heredity.pipeline.runner import run_stage
from heredity.report.results import read_results
from heredity.report.terminal_brief import print_ending


def main(given: ReportInput) -> None:
    """Run the stage; what draws is an extra, and whoever lacks it is told by the runner."""
    from heredity.report.written import write_report

    layout = Layout()
    results = read_results(given.study, given.params, layout)
    write_report(results, layout)
    print_ending(results, layout)


if __name__ == "__main__":
    run_stage(main)
