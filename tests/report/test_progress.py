"""What is told of a training while it runs."""

import io

from rich.console import Console

from heredity.report.progress import MOST_LINES, progress_display
from heredity.training.curves import CurveRow
from heredity.training.progress import Progress


def said(member, steps, *, arm="inherited", last=False):
    return Progress("small", arm, member, 1000, CurveRow(steps, 1.5, 0.0, 1.0, None, 10), last, 1.0 if last else None)


def test_without_a_terminal_there_is_a_line_a_minute():
    console, now = Console(file=io.StringIO(), width=80), 0.0
    with progress_display({"small": 4}, console, lambda: now) as tell:
        tell(said("m00", 500))
        now = 59.0
        tell(said("m01", 500))
        assert console.file.getvalue() == ""
        now = 60.0
        tell(said("m01", 500, last=True))
        assert console.file.getvalue() == (
            "small: 1 of 4 members done, 1,000 steps, 17 steps/s, at most 2 min 30 s left\n"
        )
        now = 119.0
        tell(said("m00", 600))
    assert len(console.file.getvalue().splitlines()) == 1


def test_a_terminal_shows_the_population_and_so_many_members_at_work_by_names_without_the_arm():
    console = Console(file=io.StringIO(), width=160, force_terminal=True)
    with progress_display({"small": 40, "small scratch": 40}, console) as tell:
        for member in range(40):
            tell(said(f"m{member:02}", 100))
        tell(said("m00", 1000, last=True))
        tell(said("m39", 200))
        tell(said("m00", 100, arm="control/scratch"))
    shown = console.file.getvalue()
    assert "small, members done" in shown
    assert "1/40" in shown
    assert "inherited" not in shown
    assert f"small m{MOST_LINES - 1:02}" in shown
    assert f"small m{MOST_LINES:02}" not in shown
    assert "small m39" in shown  # in m00's place
    assert "small scratch m00" not in shown  # no line is free
    assert "small scratch, members done" in shown
