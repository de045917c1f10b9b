"""The rows of `dvc metrics show` and the curves for `dvc plots`."""

from dataclasses import replace

import pytest

from heredity.evaluation.returns import write_evaluation
from heredity.gate.confirmation import Confirmation
from heredity.gate.record import GateRecord, read_gate, write_gate
from heredity.training.curves import CurveRow, as_arrays
from heredity.transfer.contrasts import BranchContrast
from heredity.transfer.headlines import POINTS, best_mean, headlines, median_curves
from tests.report.conftest import CONFIRMED, Written, transfer, with_controls


@pytest.fixture
def several(tmp_path):
    return with_controls(Written(tmp_path))


def test_the_best_mean_is_that_of_whom_the_gate_ranked_first_on_episodes_that_did_not_choose_it():
    confirmations = {"m01": Confirmation(100, 5.0, 4.0, 6.0), "m00": Confirmation(100, 3.0, 2.0, 3.5)}
    assert best_mean(GateRecord(survivors=("m00", "m01")), confirmations) == 3.0  # m01 has the highest mean


def test_where_the_first_survivors_environment_misbehaved_the_next_one_is_told_of():
    confirmations = {"m01": Confirmation(100, 5.0, 4.0, 6.0)}
    assert best_mean(GateRecord(survivors=("m00", "m01")), confirmations) == 5.0


def test_where_nobody_survived_there_is_no_best_mean(tmp_path):
    written = Written(tmp_path)
    written.write_lineage()
    gate = read_gate(written.layout.gate("first"))
    write_gate(written.layout.gate("first"), replace(gate, passed=(), survivors=()))
    write_evaluation(written.layout.confirmation("first"), {})
    assert headlines(written.plan(), {}, written.layout)["first"] == {
        "passed": 0,
        "of": 3,
        "best_mean": None,
    }


def test_a_generation_that_never_came_says_why_and_nothing_else(tmp_path):
    written = Written(tmp_path)
    written.write_lineage()
    write_gate(written.layout.gate("second"), GateRecord(ended="nobody passed the gate of first"))
    assert headlines(written.plan(), {}, written.layout) == {
        "first": {"passed": 1, "of": 3, "best_mean": CONFIRMED["m00"]},
        "second": {"ended": "nobody passed the gate of first"},
    }


def test_headlines_are_the_comparisons_numbers(tmp_path):
    written = Written(tmp_path)
    transfers = written.evidence().transfers
    second = headlines(written.plan(), transfers, written.layout)["second"]
    numbers = transfers["second"]
    assert second["jumpstart"] == numbers.jumpstart.value
    assert second["steps_saved"] == -numbers.time_to_threshold.restricted_mean.difference.value
    assert second["steps_saved_strong"] == -numbers.time_to_threshold_strong.restricted_mean.difference.value
    assert second["steps_saved"] != second["steps_saved_strong"]
    assert len(second) == 8


@pytest.mark.parametrize(
    ("outcome", "gain"),
    [
        ("steps", "steps_saved"),
        ("steps_strong", "steps_saved_strong"),
        ("area", "area_difference"),
        ("jumpstart", "jumpstart"),
        ("asymptote", "asymptotic_gain"),
    ],
)
def test_of_branches_the_primary_outcome_is_told_more_being_better_for_the_first(tmp_path, outcome, gain):
    written = Written(tmp_path)
    written.write_lineage()
    compared = replace(transfer(), outcome=outcome)
    contrast = BranchContrast("second", "random", compared, (1, 2))
    told = headlines(written.plan(), {}, written.layout, [contrast])["second against random"]
    better = abs(compared.primary.value) * (1 if compared.primary.value * (-1 if "steps" in outcome else 1) > 0 else -1)
    assert told == {gain: better, "p_holm": compared.test.p_holm}


def test_a_member_that_has_stopped_keeps_its_last_return_in_the_median():
    stopped = [CurveRow(0, 0.0, 0.0, 1.0, None, 100), CurveRow(50, 10.0, 0.0, 1.0, None, 100)]
    slow = [CurveRow(0, 0.0, 0.0, 1.0, None, 100), CurveRow(100, 20.0, 0.0, 1.0, None, 100)]
    curves = {"m00": as_arrays(stopped, 100), "m01": as_arrays(slow, 100)}
    rows = median_curves({"inherited": curves}, 100)
    assert len(rows) == POINTS
    assert rows[0] == {"env_steps": 0.0, "inherited": 0.0}
    assert rows[-1] == {"env_steps": 100.0, "inherited": 15.0}
    assert rows[50]["inherited"] == pytest.approx(10.0)


def test_further_controls_stand_beside_the_first(several):
    evidence = several.evidence()
    rows = headlines(several.plan(), evidence.transfers, several.layout)
    assert list(rows) == ["first", "second", "second against longer", "second against picked"]
    second, longer, picked = (rows[f"second{against}"] for against in ("", " against longer", " against picked"))
    assert set(longer) < set(second)
    assert longer["steps_saved"] == pytest.approx(second["steps_saved"])
    assert picked["steps_saved"] != pytest.approx(second["steps_saved"])
