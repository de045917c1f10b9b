"""A report as files: its page, its figures, and the best survivors for others."""

from heredity.files import write_text
from heredity.layout import Layout
from heredity.report.best import write_best
from heredity.report.figures import write_figures
from heredity.report.page import charts, page
from heredity.report.results import Results


def write_report(results: Results, layout: Layout) -> None:
    """Write all that the stage `report` writes; the same results are the same bytes."""
    drawn = charts(results)
    write_text(layout.page, page(results, drawn))
    write_figures(layout.figures, drawn)
    write_best(results, layout)
