"""What does not fit together is refused by file, generation and member."""

import json
from dataclasses import replace

import pytest

from heredity.errors import HeredityError
from heredity.files import write_json


def test_a_transfer_file_without_a_generation_is_refused(written):
    written.transfers = {}
    with pytest.raises(HeredityError, match="expected the generation second, which has a control; type: dvc repro"):
        written.write()


def test_a_broken_gate_file_is_refused(written):
    written.write()
    gate = written.root / "lineage" / "first" / "gate.json"
    gate.write_text("{", encoding="utf-8")
    with pytest.raises(HeredityError, match=r"gate\.json: expected what gate writes"):
        written.read()


def test_the_report_reads_what_compare_stored_and_computes_none_of_it(written):
    results = written.compared()
    assert results.spending == written.evidence().spending
    assert results.outcomes[1].heritability == results.outcomes[1].transfer.heritability
    assert results.outcomes[0].heritability is None


def test_heritability_without_a_control_comes_from_beside_the_survival_curves(written):
    written.study["control"] = {"generations": []}
    written.parents = {"m00": ("m00",), "m01": ("m01",), "m02": ("m00",)}
    results = written.compared()
    assert results.outcomes[1].transfer is None
    assert results.outcomes[1].heritability.selection.value == pytest.approx(305 / 3 - 80)


def test_what_was_confirmed_of_nobody_who_survived_is_refused(written):
    written.write()
    path = written.layout.confirmation("first")
    path.write_text(path.read_text().replace("m01,", "m02,"))
    with pytest.raises(
        HeredityError, match=r"confirmation\.csv: expected survivors of first, got m02; type: dvc repro"
    ):
        written.read()


@pytest.mark.parametrize(
    ("name", "path", "message"),
    [
        ("survival", "second", r"survival\.json: expected the generation second, got none; type: dvc repro"),
        (
            "survival",
            "second.times.control/scratch.m01",
            r"survival\.json: expected when second/m01 \(control/scratch\) learned",
        ),
        ("spending", "generations.first.inherited.members.m00", r"spending\.json: expected the steps of first/m00"),
        (
            "spending",
            "generations.second.control/scratch",
            r"spending\.json: expected the steps of second/m00 \(control/scratch\)",
        ),
    ],
)
def test_a_file_of_another_comparison_is_refused(written, name, path, message):
    written.write()
    file = getattr(written.layout, name)
    content = json.loads(file.read_text())
    *above, last = path.split(".")
    inside = content
    for part in above:
        inside = inside[part]
    del inside[last]
    write_json(file, content)
    with pytest.raises(HeredityError, match=message):
        written.read()


def test_controls_are_known_by_their_names_where_there_are_several(several):
    results = several.compared()
    outcome = results.outcomes[1]
    assert [arm.label for arm in outcome.arms] == ["inherited", "scratch", "longer", "picked"]
    assert [comparison.title for comparison in results.compared] == [
        "second against scratch", "second against longer", "second against picked",
    ]  # fmt: skip
    assert results.compared[2].transfer.control == "picked"
    assert results.compared[2].place == "second (CartPole-v1) against picked,"
    assert (list(outcome.controls[2].curves), list(outcome.controls[2].compared)) == (
        ["m00", "m01", "m02"], ["m00", "m01"],
    )  # fmt: skip


def test_a_comparison_with_other_controls_than_the_studys_is_refused(several):
    several.compared()
    file = several.layout.transfer
    told = json.loads(file.read_text())
    del told["second"]["beside"]["longer"]
    file.write_text(json.dumps(told))
    message = r"transfer\.json: expected second against scratch, longer, picked, got scratch, picked; type: dvc repro"
    with pytest.raises(HeredityError, match=message):
        several.read()


def test_what_a_control_stands_beside_is_told_before_branches_without_one_and_the_last_first(written):
    results = written.write()
    first, second = results.outcomes
    branch = replace(second, name="branch", transfer=None, controls=())
    told = replace(results, outcomes=(first, second, branch)).latest
    assert [outcome.name for outcome in told] == ["second", "branch", "first"]
