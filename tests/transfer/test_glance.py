"""What a comparison says of itself, in a line and in a notebook."""

from dataclasses import replace

from heredity.transfer.alignment import Arm
from heredity.transfer.comparison import compare
from heredity.transfer.inference import Design
from tests.shown_html import HOSTILE, read


def line(first, last):
    return [0, 1000], [first, last]


def arm(first, count=4, name="m"):
    return Arm({f"{name}{index}": line(first, 1.0 - index / 10) for index in range(count)}, 1000)


def transfer(**terms):
    return compare(arm(0.5), arm(0.0), threshold=1.0, **terms)


def test_a_comparison_says_its_primary_outcome_and_its_test():
    area = transfer(design=Design(outcome="area"))
    found = "mean return over the budget, inherited less control: 0.25 "
    assert repr(area).startswith(f"Transfer({found}[")
    assert area.test.statement in repr(area)
    assert repr(area).endswith("1 of 4 inherited members and 1 of 4 of the control reached the threshold)")
    assert "mean steps to the threshold, inherited less control: 0 [" in repr(transfer())


def test_an_outcome_without_a_value_or_an_interval_says_so():
    short = compare(
        Arm({"m0": ([0, 500], [0.0, 0.5])}, 1000), arm(0.0), threshold=1.0, design=Design(outcome="asymptote")
    )
    assert "tenth of the budget, inherited less control: undefined; " in repr(short)
    single = compare(arm(0.5, 1), arm(0.0, 1), threshold=1.0, design=Design(outcome="jumpstart"))
    assert "before training, inherited less control: 0.5 [no interval]; " in repr(single)


def test_a_notebook_shows_differences_with_intervals_and_what_to_heed():
    compared = transfer()
    (header, *rows), text = read(compared._repr_html_())
    cells = {row[0]: row[1:] for row in rows}
    assert header[3] == "members"
    assert cells["return before training (jumpstart)"] == ["0.5", "[0.5, 0.5]", "8"]
    assert cells["mean return over the budget"][0] == "0.25"
    assert "1 of 4 inherited members and 1 of 4 of the control reached the threshold." in text
    assert any(compared.test.statement in each for each in text)
    assert set(compared.notes) <= set(text)


def test_a_notebook_names_what_inheriting_did_harm_to():
    worse = compare(arm(-1.0), arm(0.0), threshold=1.0)
    assert worse.negative
    assert f"Inheriting did harm to: {', '.join(worse.negative)}." in read(worse._repr_html_())[1]


def test_a_note_that_names_a_member_is_text():
    assert HOSTILE in read(replace(transfer(), notes=(HOSTILE,))._repr_html_())[1]
