"""Two branches on one task: pairs of lineages, each charged its own steps, tested with all else that a study tests."""

import json
from dataclasses import replace

import pytest

from heredity.transfer.alignment import Arm
from heredity.transfer.contrasts import Branch, contrasts
from heredity.transfer.estimates import ARMS
from heredity.transfer.evidence import stored_evidence
from heredity.transfer.inference import Design
from heredity.transfer.kinship import Kinship
from heredity.transfer.record import read_contrasts, write_comparison
from tests.report.conftest import STUDY, Written
from tests.transfer.branches import LINEAGES, SIBLING, Branched, reached_after


@pytest.fixture
def written(tmp_path):
    return Branched(tmp_path)


def only(evidence):
    (contrast,) = evidence.contrasts
    return contrast


def test_lineages_of_two_branches_are_pairs_and_their_test_is_adjusted_with_those_of_controls(written):
    evidence = written.evidence()
    contrast, test = only(evidence), only(evidence).transfer.test
    assert (contrast.generation, contrast.against, contrast.title) == ("second", "random", "second against random")
    assert (contrast.transfer.arms, contrast.transfer.unit) == (("second", "random"), "lineages")
    assert (test.method, test.n, test.p) == ("paired, exact", LINEAGES, 2 ** (1 - LINEAGES))
    assert contrast.transfer.primary.value == -100
    assert test.p_holm == 2 ** (1 - LINEAGES)  # the larger of two, 2 / C(14, 7) being the smaller one
    controlled = evidence.transfers["second"]
    assert controlled.arms == ARMS
    assert controlled.test.p_holm == pytest.approx(2 * controlled.test.p)


def test_a_contrast_is_written_and_read_as_it_was(written):
    evidence = written.evidence()
    write_comparison(evidence, written.plan(), written.layout)
    assert read_contrasts(written.layout.contrasts) == evidence.contrasts
    metrics = json.loads((written.layout.metrics / "second against random.json").read_text())
    assert metrics == {"steps_saved": 100.0, "p_holm": 2 ** (1 - LINEAGES)}
    written.study["compare"] = []
    write_comparison(written.evidence(), written.plan(), written.layout)
    assert json.loads(written.layout.contrasts.read_text()) == []


def test_what_both_branches_spent_is_said_where_it_differs(written):
    contrast = only(written.evidence())
    before = sum(curve[-1][0] for curve in written.curves["first"].values())
    spent = [before + sum(curve[-1][0] for curve in written.curves[name].values()) for name in ("second", "random")]
    assert contrast.steps == tuple(spent)
    assert contrast.spending == (
        f"second spent {spent[0]:,} environment steps in all and random {spent[1]:,}, generations before them included"
    )
    written.curves["random"] = written.curves["second"]
    assert only(written.evidence()).spending == ""


def test_a_lineage_that_one_branch_lost_has_not_reached_the_threshold_there_and_stays_a_pair(written):
    written.lost["second"] = {"l06": "nobody passed"}
    written.curves["second"] = reached_after(200, range(LINEAGES - 1))
    contrast = only(written.evidence()).transfer
    steps = contrast.time_to_threshold
    assert (steps.inherited.reached, steps.inherited.of, steps.control.of) == (12, 14, 14)
    assert steps.restricted_mean.difference.n == LINEAGES
    assert steps.restricted_mean.difference.value == pytest.approx((-100 * 6 + (1000 - 360)) / 7)
    assert contrast.test.n == LINEAGES
    assert contrast.area_difference.n == LINEAGES - 1
    assert (
        "1 of 7 second lineages ended before this generation came: in times to the threshold they count as not having "
        "reached it, in returns and areas not at all" in contrast.notes
    )


def test_each_branch_is_charged_its_own_ancestors(written):
    """Another way to the same task: through a generation more."""
    written.study["generations"]["random"]["after"] = "between"
    written.study["generations"]["between"] = SIBLING
    written.curves["between"] = reached_after(400)
    transfer = only(written.evidence()).transfer
    weak, strong = transfer.time_to_threshold, transfer.time_to_threshold_strong
    assert weak.restricted_mean.difference.value == -100
    assert strong.restricted_mean.difference.value == pytest.approx(-100 - 430)  # 400 to 460 steps more, by lineage
    # the last one of `random` has 560 + 460 steps behind it and may take 1,000
    assert transfer.horizons == (1000, 2020)
    assert strong.inherited.reached == strong.control.reached == 14
    # all that was spent before, in equal shares: 530 steps of the first ones, and of `random` 430 more
    study = transfer.time_to_threshold_study
    assert study.restricted_mean.difference.value == pytest.approx(-100 - 430)
    assert study.inherited.median == 530 + 230
    assert study.control.median == 530 + 430 + 330


def test_an_heirs_clock_begins_with_its_share_of_what_ranking_took(written):
    plain = written.evidence()
    written.ranking["second"] = 2 * 150
    ranked = written.evidence()
    pairs = [tuple(each.transfers["second"] for each in (plain, ranked))]
    pairs += [tuple(only(each).transfer for each in (plain, ranked))]
    for before, after in pairs:
        for kind in ("time_to_threshold", "time_to_threshold_strong"):
            late = getattr(after, kind).restricted_mean.difference.value
            assert late == pytest.approx(getattr(before, kind).restricted_mean.difference.value + 150)
        assert after.jumpstart == before.jumpstart
        assert after.area_difference.value < before.area_difference.value
        assert after.horizons[0] == before.horizons[0]
    spent = ranked.spending.generations["second"]["inherited"]
    assert spent.ranking == dict.fromkeys(written.curves["second"], 150)
    assert spent.members["l03/m01"] == 230 + 150
    assert ranked.spending.steps == plain.spending.steps + LINEAGES * 300
    assert ranked.survival["second"].times["inherited"]["l00/m00"].steps == 350
    assert ranked.survival["second"].weak["inherited"].steps[1] == 350


def test_where_one_branch_alone_was_extended_both_are_followed_until_before_that(written):
    """The steps that it was given because nobody had learned are no advantage of its."""
    written.curves["random"] |= {"l00/m00": [(0, 10), (1500, 100)], "l00/m01": [(0, 10), (1500, 100)]}
    evidence, plan = written.evidence(), written.plan()
    kin = Kinship(Design("lineages"), sources=2)
    arms = {
        name: Arm(evidence.arms[name]["inherited"], budget, units={each: each[:3] for each in written.curves[name]})
        for name, budget in (("second", 1000), ("random", 2000))
    }
    for extension, horizon, reached in ((1000, 1000, 12), (0, 2000, 14)):
        branches = {"second": Branch(arms["second"], kin), "random": Branch(arms["random"], kin, extension)}
        transfer = contrasts(plan, branches, evidence.spending)[0].transfer
        assert (transfer.horizons[0], transfer.time_to_threshold.control.reached) == (horizon, reached)
        assert any(note.startswith("steps beyond the budget") for note in transfer.notes) == (extension > 0)


def test_one_lineage_describes_branches_and_tests_nothing(tmp_path):
    study = {**STUDY, "compare": [["second", "random"]]}
    study["generations"] = {**STUDY["generations"], "random": {**SIBLING, "inherit": {"donors": "random"}}}
    contrast = only(Written(tmp_path, study=study).evidence())
    assert (contrast.transfer.unit, contrast.transfer.test.p, contrast.transfer.parents) == ("parents", None, None)
    # a contrast and a control: seven pairs for two tests
    assert contrast.transfer.test.statement.endswith("its 2 comparisons need at least 7 (lineages: 7)")
    assert any(note.startswith("3 members of second descend from 2 parents") for note in contrast.transfer.notes)


def test_branches_that_begin_from_founders_compare_members_in_one_lineage(tmp_path):
    written = Branched(tmp_path)
    first = written.study["generations"]["first"]
    written.study["generations"] = {"first": first, "other": first}
    written.study |= {"compare": [["first", "other"]], "controls": {}, "lineages": 1, "population": 14}
    written.curves = {name: {each[1:3] + each[-1]: curve for each, curve in reached_after(steps).items()}
                      for name, steps in (("first", 200), ("other", 500))}  # fmt: skip
    transfer = only(written.evidence()).transfer
    assert (transfer.unit, transfer.test.n, transfer.test.method) == ("members", 28, "unpaired, exact")
    assert transfer.test.p < 0.001


def test_branches_of_imported_models_are_of_as_many_as_both_come_from(tmp_path):
    written = Written(tmp_path, study={**STUDY, "compare": [["second", "other"]], "founders": ["a.zip", "b.zip"]})
    arm = Arm({"m00": [], "m01": []}, 1000)
    written.study["generations"] = {**STUDY["generations"], "other": STUDY["generations"]["second"]}
    evidence, plan = written.evidence(), written.plan()
    runs = [replace(arm, curves=evidence.arms[name]["inherited"]) for name in ("second", "other")]
    for both, parents in (((2, 2), 2), ((2, 1), None), ((None, None), None)):
        kin = [Kinship(Design("members"), parents=each) for each in both]
        branches = dict(zip(("second", "other"), map(Branch, runs, kin), strict=True))
        assert contrasts(plan, branches, evidence.spending)[0].transfer.parents == parents


def test_a_branch_that_never_came_is_compared_with_nothing(written):
    written.curves["random"]["l00/m00"] = [(0, 10), (50, 99), (300, 100)]  # which has learned it at 100
    evidence = written.evidence()
    assert only(evidence).transfer.time_to_threshold.restricted_mean.difference.value == -100
    path = written.layout.pedigree("random")
    path.write_text(json.dumps({"generation": "random", "after": "first", "heirs": [], "ended": "nobody passed"}))
    assert stored_evidence(written.plan(), written.layout).contrasts == ()


def test_swapped_branches_find_the_same_turned_round(written):
    there = only(written.evidence()).transfer
    written.study["compare"] = [["random", "second"]]
    back = only(written.evidence()).transfer
    assert back.primary.value == -there.primary.value
    assert replace(back.test, p_holm=None) == replace(there.test, p_holm=None)
