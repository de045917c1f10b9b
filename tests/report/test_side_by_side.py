"""Two revisions side by side: what differs, by how much, and that nothing does."""

from dataclasses import replace

import pytest

from heredity.report.side_by_side import ABSENT, NOTE, differing_params, drawn_revisions
from tests.report.conftest import Written, estimate, transfer, with_controls
from tests.report.test_terminal import STEERING, printed


@pytest.fixture
def moved():
    """Return a comparison, and one like it with another jumpstart."""
    first = replace(transfer(), jumpstart=estimate(10.0, 6.0, 13.0))
    return first, replace(first, jumpstart=estimate(30.0, 26.0, 34.0))


def test_only_metrics_that_differ_have_a_row_with_the_difference_and_its_interval(moved):
    first, second = moved
    text = printed(drawn_revisions({"HEAD": {"second": first}, "workspace": {"second": second}}))
    rows = [line for line in text.splitlines() if "gain" in line or "Forward" in line]
    assert [row.split()[-9:] for row in rows] == [
        ["10.00", "[6.00,", "13.00]", "30.00", "[26.00,", "34.00]", "20.00", "[15.00,", "25.66]"]
    ]
    assert " ".join(NOTE.split()) in " ".join(text.split())


def test_where_nothing_differs_it_says_so(moved):
    said = {"second": moved[0]}
    params = {"HEAD": {"seed": 1}, "workspace": {"seed": 1}}
    text = printed(drawn_revisions({"HEAD": said, "workspace": said}, params=params))
    assert [line.strip() for line in text.splitlines()] == [
        "params.yaml says the same in both.",
        "The same in both: second.",
    ]


def test_where_nothing_was_compared_it_says_so():
    assert printed(drawn_revisions({"HEAD": {}, "workspace": {}})).startswith(
        "Neither compares anything: no generation"
    )


def test_what_one_revision_alone_compares_stands_beside_nothing(moved):
    text = printed(drawn_revisions({"HEAD": {}, "workspace": {"second": moved[1]}}))
    row = next(line for line in text.splitlines() if "Jumpstart" in line)
    assert row.split()[-4:] == [ABSENT, "30.00", "[26.00,", "34.00]"]


def test_values_of_params_that_differ_are_named_by_their_dotted_keys():
    params = {
        "HEAD": {"seed": 1, "gate": {"rule": "mean", "margin": 0.1}, "generations": {"a": {"budget": 5}}},
        "workspace": {"seed": 1, "gate": {"rule": "top", "margin": 0.1}, "generations": {}, "lineages": 7},
    }
    assert differing_params(params).rows == (
        ("gate.rule", "mean", "top"),
        ("generations.a.budget", "5", ABSENT),
        ("generations", ABSENT, "{}"),
        ("lineages", ABSENT, "7"),
    )


def test_further_controls_and_branches_are_comparisons_of_their_own(tmp_path):
    results = with_controls(Written(tmp_path)).compared()
    transfers = {outcome.name: outcome.transfer for outcome in results.outcomes if outcome.transfer}
    text = printed(drawn_revisions({"HEAD": transfers, "workspace": transfers}))
    assert "The same in both: second, second against longer, second against picked." in text


def test_names_are_printed_as_they_are_written_and_steer_nothing(moved):
    text = printed(drawn_revisions({STEERING: {"second": moved[0]}, "workspace": {"second": moved[1]}}))
    assert "[red]x[/red]" in text
    assert "\x1b[2J" not in text
    assert "\u202e" not in text
