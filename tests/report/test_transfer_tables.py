"""What a comparison found, as text cells."""

from dataclasses import replace

from heredity.report import transfer_tables
from heredity.report.transfer_tables import (
    charged_table,
    gains_table,
    heritability_table,
    transfer_notes,
    transfer_table,
    with_intervals,
)
from heredity.transfer.estimates import Measure, Regression, SpeedUp

from .conftest import estimate, times, transfer


def test_the_transfer_table_names_what_is_undefined():
    rows = {row[0]: row[1:] for row in transfer_table(transfer(transfer_ratio=estimate(None, None, None))).rows}
    assert rows["Transfer ratio of areas"] == ("undefined", "", "3")
    assert rows["Forward transfer, strong: ancestors' steps charged"] == ("0.10", "[−0.10, 0.30]", "3")
    assert rows["Speed-up to the threshold, weak"] == ("3.10", "[1.90, 5.20]", "3")
    changed = transfer(time_to_threshold=times((3, 300.0), (1, None), None))
    rows = {row[0]: row[1:] for row in transfer_table(changed).rows}
    assert rows["Speed-up to the threshold, weak"][0] == "undefined"
    assert rows["Median steps to the threshold, weak, control"] == ("not reached by half", "", "1 of 5 reached")


def test_the_transfer_table_has_what_a_comparison_has_and_says_what_was_tested(written):
    second = written.evidence().transfers["second"]
    rows = {row[0]: row[1:] for row in transfer_table(second).rows}
    # inherited 200, 300, 900, control 800 and twice censored at 1000
    assert rows["Mean steps to the threshold within 1,000, weak, inherited less control"][0] == "−467"
    assert rows["Interquartile mean score, control"][2] == "3"
    assert "Speed-up to the threshold, all spent charged" in rows
    assert transfer_tables.test_sentence(second).startswith("Not tested: one lineage tells of its own parents alone")
    test = replace(second.test, p=0.03, p_holm=0.06, statement="p = 0.03 (paired, exact, 6 pairs)")
    sentence = transfer_tables.test_sentence(replace(second, test=test, unit="lineages"))
    assert "p = 0.03 (paired, exact, 6 pairs), 0.06 adjusted for the study's comparisons" in sentence


def test_the_heritability_table_names_its_baseline(results):
    rows = {row[0]: row[1:] for row in heritability_table(results.outcomes[1].heritability).rows}
    # confirmed parents 101 and 103, fresh weights 10, members 80
    assert rows["S: parents over all members, on episodes that did not choose them"][0] == "22.00"
    assert rows["Parents' lead over fresh weights"][0] == "92.00"
    assert rows["R: children zero-shot, against fresh weights"][::2] == ("35.00", "5 members")  # (50 + 40) / 2 less 10
    assert rows["Share of the parents' lead kept, zero-shot"][0] == "0.38"
    assert not [title for title in rows if "Heritability" in title or "Slope" in title]  # 101 and 103 ± 1 are alike


def test_the_heritability_table_has_a_heritability_against_random_members_alone(results):
    heritability = results.outcomes[1].heritability
    line = Regression(estimate(0.4, 0.1, 0.7, 8), None, 1.0, 0.9, 4)
    measure = Measure(estimate(2.0, 1.0, 3.0, 6), estimate(0.4, 0.1, 0.9, 6), line)
    of_lineages = replace(
        heritability,
        baseline="children of random members",
        lead=None,
        zero_shot=measure,
        trained=measure,
        unit="lineages",
    )
    rows = {row[0]: row[1:] for row in heritability_table(of_lineages).rows}
    assert rows["Heritability h² = R / S, zero-shot"] == ("0.40", "[0.10, 0.90]", "6 lineages")
    assert rows["Slope of 4 families, zero-shot"] == ("0.40", "[0.10, 0.70]", "8 children")
    assert not [title for title in rows if "lead" in title]
    older = replace(of_lineages, baseline="fresh weights")  # as files of earlier versions have it
    assert not [row for row in heritability_table(older).rows if "h²" in row[0]]


def test_steps_have_a_column_for_every_way_of_counting_them():
    one_sided = times((3, 300.0), (1, None), SpeedUp(None, 0.0, None, 10, above=2.0))
    table = charged_table(transfer(time_to_threshold=one_sided))
    assert table.columns[1:] == ("on the task, within 1,000", "ancestors charged, within 1,000")
    rows = {title: cells for title, *cells in table.rows}
    assert rows["Mean, inherited less control"] == ["−630 [−800, −500]", "−40 [−200, 100]"]
    assert rows["Median, control"] == ["not reached by half", "930"]
    assert rows["Reached it, control"] == ["1 of 5", "3 of 5"]
    assert rows["Times as fast, by medians"] == ["", "1.20 [0.80, 1.90]"]  # from 0 on is no interval
    assert rows["Forward transfer"] == ["0.41 [0.22, 0.60]", "0.10 [−0.10, 0.30]"]


def test_what_no_interval_says_anything_of_is_left_out_and_said_to_be():
    silent = transfer(transfer_ratio=estimate(74.8, None, None), asymptotic_gain=estimate(None, None, None))
    titles = [row[0] for row in gains_table(silent).rows]
    assert titles == [
        "Jumpstart: gain before training",
        "Area difference: gain in mean return over the budget",
        "Relative area",
        "Probability of improvement",
    ]
    assert "Without an interval, and so not shown: asymptotic gain, transfer ratio of areas." in transfer_notes(silent)
    assert transfer_notes(transfer(notes=("few ran",)))[1:] == ["Few ran."]
    assert [row[0] for row in with_intervals(transfer_table(silent)).rows[:3]] == [
        "Jumpstart: gain before training",
        "Asymptotic gain: over the last tenth of the budget",  # undefined, and no number
        "Area difference: gain in mean return over the budget",
    ]
