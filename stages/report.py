"""report: one page that says what the inheritance was worth, its figures, and the best survivors for others.

reads   study/report.json, every curve, evaluation, gate, confirmation, pedigree and survivor in lineage/,
        report/{transfer,contrasts,survival,spending,continual}.json
writes  report/index.html, report/figures/, report/best/
"""

from heredity.files import write_text
from heredity.layout import Layout
from heredity.pipeline.inputs.report import ReportInput
from heredity.pipeline.runner import run_stage
from heredity.report.results import read_results


def main(given: ReportInput) -> None:
    """Run the stage; what draws is an extra, and whoever lacks it is told by the runner."""
    from heredity.report.best import write_best
    from heredity.report.figures import write_figures
    from heredity.report.page import charts, page
    from heredity.report.terminal_brief import print_ending

    layout = Layout()
    results = read_results(given.study, given.params, layout)
    drawn = charts(results)
    write_text(layout.page, page(results, drawn))
    write_figures(layout.figures, drawn)
    write_best(results, layout)
    print_ending(results, layout)


if __name__ == "__main__":
    run_stage(main)
