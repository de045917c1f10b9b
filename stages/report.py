"""report: one page that says what the inheritance was worth, and its figures.

reads   params.yaml, every curve, evaluation, gate and pedigree in lineage/, report/{transfer,continual}.json
writes  report/index.html, report/figures/
"""

from pathlib import Path

from heredity.files import write_text
from heredity.params import Study
from heredity.report.figures import write_figures
from heredity.report.page import charts, page
from heredity.report.story import Story, read_story
from stages.common import LINEAGE, REPORT, run_stage


def plan(study: Study) -> Story:
    """Read what there is to tell; there is no work to spread."""
    params = Path("params.yaml").read_text(encoding="utf-8")
    return read_story(study, params, LINEAGE, REPORT)


def collect(story: Story) -> None:
    """Write the page and the figures."""
    drawn = charts(story)
    write_text(REPORT / "index.html", page(story, drawn))
    write_figures(REPORT / "figures", drawn)


def main(study: Study) -> None:
    """Run the stage."""
    collect(plan(study))


if __name__ == "__main__":
    run_stage(main)
