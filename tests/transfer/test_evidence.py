"""What a stored study shows, from the files that its stages write."""

import json

import pytest

from heredity.errors import HeredityError
from heredity.evidence import stored_evidence
from heredity.heritability import stored_heritability
from heredity.params import load_study
from heredity.pedigree import read_pedigree
from heredity.spending import total
from tests.report.conftest import Written

CHILDREN = {"m00": ("m00",), "m01": ("m01",), "m02": ("m00",)}


@pytest.fixture
def written(tmp_path):
    return Written(tmp_path, parents=dict(CHILDREN))


def evidence(written):
    return stored_evidence(written.write().study, written.root / "lineage")


def stored(written, generation="second"):
    study = written.write().study
    pedigree = read_pedigree(written.root / "lineage")
    return stored_heritability(study, generation, pedigree, written.root / "lineage")


def test_members_are_charged_their_own_ancestors_and_the_arm_all_that_was_spent_before(written):
    spent = evidence(written).spent
    assert spent["second"]["inherited"].ancestors == {"m00": 1000, "m01": 600, "m02": 1000}
    assert spent["second"]["inherited"].before == 2600  # the failed m02 of the first generation among them
    assert spent["second"]["control"].own == 2800
    assert total(spent) == 2600 + 1400 + 2800
    assert spent["first"]["inherited"].to_dict() == {
        "steps": 2600,
        "members": {"m00": 1000, "m01": 600, "m02": 1000},
        "ancestors": {"m00": 0, "m01": 0, "m02": 0},
        "before": 0,
    }


def test_the_comparison_of_few_members_says_what_it_cannot_resolve(written):
    second = evidence(written).transfers["second"]
    json.dumps(second, allow_nan=False)
    assert second["source_steps"] == {"m00": 1000, "m01": 600, "m02": 1000}
    assert second["test"]["p"] is None
    assert second["test"]["p_holm"] is None
    assert second["test"]["statement"].startswith("too few runs to test: the clearest possible result of 3 pairs")
    assert second["time_to_threshold_study"]["inherited"]["reached"] == 0  # 867 steps each: m00 at 1067
    assert any(note.startswith("3 inherited members descend from 2 parents") for note in second["notes"])


def test_a_study_without_a_control_compares_nothing_and_still_counts(written):
    written.study["control"] = {"generations": []}
    found = evidence(written)
    assert found.transfers == {}
    assert list(found.spent["second"]) == ["inherited"]


def test_without_children_of_random_members_fresh_weights_are_the_baseline(written):
    told = stored(written)
    # parents 120, 100, 120 against members of mean 80, fresh weights of mean 10 before training
    assert told.baseline == "fresh weights"
    assert told.selection.value == pytest.approx(340 / 3 - 80)
    assert told.superiority.value == pytest.approx(340 / 3 - 10)
    assert told.zero_shot.response.value == pytest.approx((50 + 40 + 9) / 3 - 10)  # control 10, 11, 9
    assert told.zero_shot.regression.slope.value == pytest.approx(((50 + 9) / 2 - 40) / 20)
    assert "selection's luck" in told.notes[0]


def test_children_of_random_members_are_the_baseline_where_the_study_has_them(written):
    written.study["generations"]["third"] = dict(written.study["generations"]["second"])
    study = written.write().study
    lineage = written.root / "lineage"
    pedigree = json.loads((lineage / "third" / "heirs" / "pedigree.json").read_text())
    pedigree["heirs"][2]["parents"] = ["m02"]  # who did not survive
    (lineage / "third" / "heirs" / "pedigree.json").write_text(json.dumps(pedigree))
    told = stored_heritability(study, "second", read_pedigree(lineage), lineage)
    assert told.baseline == "children of random members"
    assert told.superiority == told.selection
    assert told.zero_shot.response.value == 0  # the same curves were written for both


def test_immigrants_are_nobodys_children(written):
    written.parents = {"m00": ("m00",), "m01": ("m01",), "m02": ()}
    assert stored(written).zero_shot.response.value == pytest.approx(45 - 10)
    written.parents = {"m00": ("m00",), "m01": (), "m02": ()}
    assert stored(written) is None


def test_a_root_generation_has_no_heritability(written):
    assert stored(written, "first") is None


def test_a_lineage_whose_files_do_not_fit_together_is_refused_by_generation_and_member(written):
    written.write()
    path = written.root / "lineage" / "second" / "heirs" / "pedigree.json"
    pedigree = json.loads(path.read_text())
    study = load_study(written.root / "params.yaml", check=False)

    def refused(message, read, **changes):
        path.write_text(json.dumps({**pedigree, **changes}))
        with pytest.raises(HeredityError, match=message):
            read()

    stranger = {"heirs": [{**pedigree["heirs"][0], "parents": ["m07"]}]}
    refused("second: expected heirs of first, got heirs of founders; type: dvc repro", written.read, after="founders")
    refused("second m00: expected a parent in first, got m07; type: dvc repro", written.read, **stranger)
    message = "first: expected the curve of m07, an ancestor of second m00, got none; type: dvc repro"
    refused(message, lambda: stored_evidence(study, written.root / "lineage"), **stranger)
