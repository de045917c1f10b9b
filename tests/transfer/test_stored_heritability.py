"""Whose fitness is compared with whose, from the files that stages write."""

import json

import pytest

from heredity.inheritance.pedigree import read_pedigree
from heredity.transfer.stored_heritability import stored_heritability
from tests.report.conftest import Written

CHILDREN = {"m00": ("m00",), "m01": ("m01",), "m02": ("m00",)}


@pytest.fixture
def written(tmp_path):
    return Written(tmp_path, parents=dict(CHILDREN))


def stored(written, generation="second"):
    written.write_lineage()
    return stored_heritability(written.plan(), generation, read_pedigree(written.layout.lineage), written.layout)


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
    written.write_lineage()
    lineage = written.layout.lineage
    pedigree = json.loads((lineage / "third" / "heirs" / "pedigree.json").read_text())
    pedigree["heirs"][2]["parents"] = ["m02"]  # who did not survive
    (lineage / "third" / "heirs" / "pedigree.json").write_text(json.dumps(pedigree))
    told = stored_heritability(written.plan(), "second", read_pedigree(lineage), written.layout)
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
