"""Whose fitness is compared with whose, from the files that stages write."""

import json

import pytest

from heredity.evaluation.returns import read_played, write_evaluation
from heredity.inheritance.pedigree import read_pedigree
from heredity.transfer.stored_heritability import stored_heritability
from tests.report.conftest import Written

CHILDREN = {"m00": ("m00",), "m01": ("m01",), "m02": ("m00",)}
NO_RANDOM = (
    "no heritability, because there are no children of random members; "
    "a generation after first like second, with inherit.donors: random, has them"
)


@pytest.fixture
def written(tmp_path):
    return Written(tmp_path, parents=dict(CHILDREN))


def of_stored(written, generation="second"):
    lineage = written.layout.lineage
    return stored_heritability(written.plan(), generation, read_pedigree(lineage), written.layout)


def stored(written, generation="second"):
    written.write_lineage()
    return of_stored(written, generation)


def beside(written, name="third", **inherit):
    """Give the study a generation beside the second one, whose parents are members at random."""
    node = dict(written.study["generations"]["second"])
    written.study["generations"][name] = node | {"inherit": {"donors": "random", **inherit}}


def reborn(written, generation, member, parents):
    """Give a member of a generation that is written other parents."""
    path = written.layout.pedigree(generation)
    pedigree = json.loads(path.read_text())
    birth = next(heir for heir in pedigree["heirs"] if heir["child"] == member)
    birth["parents"], birth["parent_hashes"] = parents, ["0" * 64] * len(parents)
    path.write_text(json.dumps(pedigree))


def confirm_alone(written, *members):
    """Leave these of the confirmed alone."""
    path = written.layout.confirmation("first")
    played = read_played(path)["confirm"]
    write_evaluation(path, {"confirm": {name: played[name] for name in members}})


def test_without_children_of_random_members_there_is_the_share_of_the_lead_over_fresh_weights(written):
    one = stored(written)
    # confirmed parents 101, 103, 101 against members of mean 80, fresh weights of mean 10 before training
    assert one.baseline == "fresh weights"
    assert one.selection.value == pytest.approx(305 / 3 - 80)
    assert one.lead.value == pytest.approx(305 / 3 - 10)
    assert one.zero_shot.response.value == pytest.approx((50 + 40 + 9) / 3 - 10)  # control 10, 11, 9
    assert one.zero_shot.realised is None
    assert one.zero_shot.lead_kept.value == pytest.approx(23 / (305 / 3 - 10))
    assert one.notes[0] == NO_RANDOM


def test_a_control_that_learns_by_another_algorithm_is_no_baseline(written):
    del written.study["control"]
    other = {"generations": ["second"], "algorithm": {"hyperparameters": {"n_steps": 64}}}
    written.study["controls"] = {"scratch": other}
    one = stored(written)
    assert (one.baseline, one.lead) == (None, None)


def test_children_of_random_members_are_the_baseline_where_the_study_has_them(written):
    beside(written)
    written.write_lineage()
    reborn(written, "third", "m02", [])  # an immigrant, who is nobody's child
    one = of_stored(written)
    assert one.baseline == "children of random members"
    assert one.lead is None
    assert one.selection.value == pytest.approx(305 / 3 - 80)
    assert one.zero_shot.response.value == pytest.approx(33 - 45)  # 50, 40, 9 against 50, 40
    assert NO_RANDOM not in one.notes


def test_the_sibling_that_differs_in_its_parents_alone_is_the_baseline(written):
    beside(written, "third", operator="actor")
    beside(written, "fourth", immigrants=1)
    beside(written, "fifth", optimizer="keep")
    written.write_lineage()
    reborn(written, "fourth", "m02", [])
    assert of_stored(written).zero_shot.response.value == pytest.approx(33 - 45)
    assert not [note for note in of_stored(written).notes if "differs" in note]


def test_a_sibling_that_differs_in_more_than_its_parents_is_said(written):
    beside(written, "third", optimizer="keep")
    one = stored(written)
    assert one.baseline == "children of random members"
    assert one.notes[0] == "third differs from second in inherit.optimizer as well"


def test_branches_of_the_failed_or_the_worst_are_no_baseline(written):
    for name in ("failed", "worst"):
        beside(written, name, donors=name)
    written.write_lineage()
    reborn(written, "failed", "m02", ["m02"])
    assert of_stored(written).baseline == "fresh weights"


def test_a_branch_on_another_task_or_budget_is_no_baseline(written):
    beside(written)
    written.study["generations"]["third"]["budget"] = 2000
    assert stored(written).baseline == "fresh weights"
    written.study["generations"]["third"] |= {"budget": 1000, "env": "Acrobot-v1"}
    assert stored(written).baseline == "fresh weights"


def test_a_random_branch_that_has_no_children_is_no_baseline(written):
    beside(written)
    written.write_lineage()
    for member in CHILDREN:
        reborn(written, "third", member, [])
    one = of_stored(written)
    assert one.baseline == "fresh weights"
    assert one.notes[0] == "no heritability, because third has no children of random members"


def test_random_parents_are_measured_by_the_gates_episodes_which_chose_nobody(written):
    beside(written)
    written.study["control"]["generations"] = ["second", "third"]
    written.write_lineage()
    reborn(written, "third", "m02", ["m02"])  # whom nobody confirms
    one = of_stored(written, "third")
    assert one.baseline == "fresh weights"
    assert one.selection.value == pytest.approx(0)  # 120, 100 and 20 are all members
    assert one.lead.value == pytest.approx(80 - 10)
    assert not [note for note in one.notes if "confirm" in note or "no S" in note or "no heritability" in note]


def test_a_parent_that_is_no_survivor_leaves_no_s(written):
    written.parents["m02"] = ("m02",)
    one = stored(written)
    assert (one.selection, one.lead, one.zero_shot.lead_kept) == (None, None, None)
    assert one.zero_shot.response.value == pytest.approx(23)
    assert "m02 not confirmed: only survivors of first are confirmed" in one.notes
    assert "slopes are of the gate's episodes, which chose the parents, and hold that luck" in one.notes


def test_a_parent_beyond_those_that_are_confirmed_leaves_no_s_and_what_to_write_is_said(written):
    written.study["evaluate"] = {"confirm": 1}
    written.write_lineage()
    confirm_alone(written, "m00")
    one = of_stored(written)
    assert one.selection is None
    assert "m01 not confirmed: evaluate.confirm of first: expected at least 2, got 1; write 2" in one.notes
    assert not [note for note in one.notes if "only survivors" in note]


def test_a_parent_whose_environment_misbehaved_leaves_no_s(written):
    written.write_lineage()
    confirm_alone(written, "m01")
    one = of_stored(written)
    assert one.selection is None
    assert "m00 not confirmed: its environment misbehaved" in one.notes


def test_between_tasks_of_different_scales_there_is_no_share(written):
    written.study["generations"]["second"]["env"] = "Acrobot-v1"
    one = stored(written)
    assert (one.zero_shot.realised, one.zero_shot.lead_kept) == (None, None)
    assert one.selection is not None
    assert "parents and children play different tasks, so slopes and shares are from one to the other" in one.notes


def test_children_of_parents_that_nobody_evaluated_are_left_out(written):
    written.parents["m02"] = ("m02",)
    written.write_lineage()
    path = written.layout.arm("first", "inherited").evaluation
    played = read_played(path)["report"]
    del played["m02"]
    write_evaluation(path, {"report": played})
    one = of_stored(written)
    assert one.zero_shot.response.value == pytest.approx(45 - 10)
    assert "m02 left out: not all of their parents were evaluated" in one.notes


def test_immigrants_are_nobodys_children(written):
    written.parents = {"m00": ("m00",), "m01": ("m01",), "m02": ()}
    assert stored(written).zero_shot.response.value == pytest.approx(45 - 10)
    written.parents = {"m00": ("m00",), "m01": (), "m02": ()}
    assert stored(written) is None


def test_a_root_generation_has_no_heritability(written):
    assert stored(written, "first") is None
