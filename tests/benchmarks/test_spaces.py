"""The tables of docs/algorithms.md say what `heredity check` says."""

from pathlib import Path

import pytest

from benchmarks.spaces import Case, lines, outcome, refused, tables

PAGE = (Path(__file__).parent.parent.parent / "docs" / "algorithms.md").read_text(encoding="utf-8")


def written(name):
    """Return the cells of a table by algorithm and column."""
    part = PAGE.split(f"<!-- generated {name}: begin -->\n")[1].split("\n\n")[0]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines()]
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


@pytest.mark.study
@pytest.mark.parametrize("name", tables())
def test_a_table_says_no_where_check_refuses_and_yes_where_it_does_not(name):
    cells = written(name)
    for algorithm, cases in tables()[name].items():
        said = {column: "no" if refused(case) else "yes" for column, case in cases.items()}
        assert {column: cell.partition(",")[0] for column, cell in cells[algorithm].items()} == said, algorithm


@pytest.mark.study
def test_a_cell_is_what_came_of_its_case():
    assert outcome(Case("PPO")) == "yes, cohort"
    assert outcome(Case("DQN", "bits")) == "yes"
    assert outcome(Case("DQN", played="Box")) == "no"


def test_a_table_has_a_row_for_each():
    assert lines({"a": {"x": "1", "y": "2"}}) == "| | x | y |\n|---|---|---|\n| a | 1 | 2 |"
