"""What a stored study shows, from the files that its stages write."""

import json

import pytest

from heredity.errors import GateError, HeredityError
from heredity.evaluation.failures import Failure, write_failures
from heredity.transfer import evidence
from heredity.transfer.evidence import extension_steps, stored_evidence
from tests.report.conftest import Written, found_by_test, transfer, with_controls

CHILDREN = {"m00": ("m00",), "m01": ("m01",), "m02": ("m00",)}


@pytest.fixture
def several(tmp_path):
    return with_controls(Written(tmp_path))


@pytest.fixture
def written(tmp_path):
    return Written(tmp_path, parents=dict(CHILDREN))


def test_members_are_charged_their_own_ancestors_and_the_arm_all_that_was_spent_before(written):
    spending = written.evidence().spending
    spent = spending.generations
    assert spent["second"]["inherited"].ancestors == {"m00": 1000, "m01": 600, "m02": 1000}
    assert spent["second"]["inherited"].before == 2600  # the failed m02 of the first generation among them
    assert spent["second"]["control/scratch"].own == 2800
    assert spending.steps == 2600 + 1400 + 2800
    assert spent["first"]["inherited"].to_dict() == {
        "steps": 2600,
        "members": {"m00": 1000, "m01": 600, "m02": 1000},
        "ancestors": {"m00": 0, "m01": 0, "m02": 0},
        "before": 0,
    }


def test_the_comparison_of_few_members_says_what_it_cannot_resolve(written):
    second = written.evidence().transfers["second"]
    json.dumps(second.to_dict(), allow_nan=False)
    assert second.source_steps == {"m00": 1000, "m01": 600, "m02": 1000}
    assert second.test.p is None
    assert second.test.p_holm is None
    assert second.test.statement == (
        "not tested: one lineage tells of its own parents alone; its comparison needs at least 5 (lineages: 5)"
    )
    assert second.unit == "parents"
    assert second.jumpstart.n == 2 + 3  # two families, three controls
    assert second.time_to_threshold_study.inherited.reached == 0  # 867 steps each: m00 at 1067
    assert second.parents == 2
    assert any(note.startswith("3 inherited members descend from 2 parents") for note in second.notes)


def test_a_study_without_a_control_compares_nothing_and_still_counts(written):
    written.study["control"] = {"generations": []}
    evidence = written.evidence()
    assert evidence.transfers == {}
    assert list(evidence.spending.generations["second"]) == ["inherited"]
    assert evidence.survival["second"].strong is None
    assert evidence.survival["second"].heritability.selection.value == pytest.approx(305 / 3 - 80)


def test_who_reaches_the_threshold_in_the_rollout_that_uses_the_budget_up_has_reached_it(written):
    """Training ends with a rollout, up to its whole length after the budget."""
    written.study["generations"]["second"]["budget"] = 850  # m02 reaches it at 900, where its curve ends
    second = written.evidence().transfers["second"]
    assert second.horizons[0] == 900
    assert (second.time_to_threshold.inherited.reached, second.time_to_threshold.inherited.of) == (3, 3)


def test_survival_is_counted_on_the_task_and_with_the_ancestors_steps(written):
    survival = written.evidence().survival
    second = survival["second"]
    assert second.weak["inherited"].steps == (0, 200, 300, 900)
    assert second.weak["inherited"].reached == pytest.approx((0, 1 / 3, 2 / 3, 1))
    assert second.strong.steps == (0, 900, 1200, 1900)  # m01 600 + 300, m00 1000 + 200, m02 1000 + 900
    assert second.weak["control/scratch"].reached == pytest.approx((0, 1 / 3, 1 / 3))
    assert (second.times["control/scratch"]["m01"].steps, second.times["control/scratch"]["m01"].reached) == (
        1000,
        False,
    )
    assert second.heritability is None  # which is in transfer.json
    assert survival["first"].strong is None


def test_an_extension_counts_as_many_steps_as_its_file_says(written):
    assert extension_steps(written.layout, "first") == 0
    path = written.layout.extension_steps("first")
    path.parent.mkdir(parents=True)
    path.write_text("500")
    assert extension_steps(written.layout, "first") == 500
    path.write_text('"many"')
    with pytest.raises(HeredityError, match=r"steps\.json: expected what its stage writes, .*; type: dvc repro"):
        extension_steps(written.layout, "first")


def test_members_that_failed_in_training_are_charged_and_named(written):
    written.write_lineage()
    for arm, failed in (("inherited", "m03"), ("control/scratch", "m05")):
        write_failures(written.layout.arm("second", arm).training_failures, [Failure(failed, 1, "diverged", 70)])
    evidence = stored_evidence(written.plan(), written.layout)
    assert evidence.spending.generations["second"]["inherited"].members["m03"] == 70
    assert evidence.spending.generations["second"]["control/scratch"].own == 2800 + 70
    assert (
        "m05 of the control scratch failed in training: in times to the threshold they count as not having reached it, "
        "in returns and areas not at all"
    ) in evidence.transfers["second"].notes


def test_a_lineage_whose_files_do_not_fit_together_is_refused_by_generation_and_member(written):
    written.write()
    path = written.root / "lineage" / "second" / "heirs" / "pedigree.json"
    pedigree = json.loads(path.read_text())

    def refused(message, read, **changes):
        path.write_text(json.dumps({**pedigree, **changes}))
        with pytest.raises(HeredityError, match=message):
            read()

    stranger = {"heirs": [{**pedigree["heirs"][0], "parents": ["m07"]}]}
    refused("second: expected heirs of first, got heirs of founders; type: dvc repro", written.read, after="founders")
    refused("second/m00: expected a parent in first, got m07; type: dvc repro", written.read, **stranger)
    message = "first: expected the curve of m07, an ancestor of second/m00, got none; type: dvc repro"
    refused(message, lambda: stored_evidence(written.plan(), written.layout), **stranger)


def test_a_generation_is_compared_with_each_of_its_controls_the_first_on_top(several):
    found = several.evidence()
    first = found.transfers["second"]
    assert (first.control, list(first.beside)) == ("scratch", ["longer", "picked"])
    assert [each.control for each in first.beside.values()] == ["longer", "picked"]
    reached = [each.time_to_threshold_strong.control for each in (first, *first.beside.values())]
    assert [(arm.reached, arm.of) for arm in reached] == [(1, 3), (2, 3), (2, 2)]
    assert first.beside["longer"].horizons == (1000, 2000)
    assert first.beside["picked"].horizons == (1000, 6000)
    assert first.heritability is not None
    assert first.beside["longer"].heritability is None
    spent = found.spending.generations["second"]
    assert list(spent) == ["inherited", "control/scratch", "control/longer", "control/picked"]
    assert spent["control/picked"].own == 800 + 3000 + 6000  # chosen or not
    assert list(found.arms["second"]["control/picked"]) == ["m00", "m01"]


def test_of_a_control_that_is_chosen_from_the_others_are_told_and_not_compared(several):
    found = several.evidence()
    note = "of the control picked, 2 of 3 members are compared: those whom the gate chose"
    assert note in found.transfers["second"].beside["picked"].notes
    assert note not in found.transfers["second"].notes
    second = found.survival["second"]
    assert set(second.times["control/picked"]) == {"m00", "m01", "m02"}
    assert second.weak["control/picked"].reached[-1] == 1.0


def test_the_tests_of_all_controls_are_adjusted_together(several, monkeypatch):
    p_values = iter([0.01, 0.04, 0.03])
    monkeypatch.setattr(evidence, "compare", lambda *_, **__: transfer(test=found_by_test(next(p_values))))
    first = several.evidence().transfers["second"]
    assert [each.test.p_holm for each in (first, *first.beside.values())] == pytest.approx([0.03, 0.06, 0.06])


def test_a_chosen_controls_gate_is_needed_and_lets_through_those_who_have_learned(several):
    several.write_lineage()
    path = several.layout.control("second", "picked").gate
    path.write_text(path.read_text().replace("m01", "m09"))
    with pytest.raises(GateError, match=r"picked/gate\.json: expected survivors that have learned, got m09; type: dvc"):
        stored_evidence(several.plan(), several.layout)
    path.unlink()
    with pytest.raises(GateError, match=r"picked/gate\.json: expected what gate writes, got no such file"):
        stored_evidence(several.plan(), several.layout)
