"""Was it worth selecting? What is said of two branches, and where."""

import html
import json
import re
from dataclasses import replace

import pytest

from heredity.errors import HeredityError
from heredity.report.branches import circumstances, contrast_verdict, differing, parents_of, wording
from heredity.report.methods import methods
from heredity.report.page import charts, page, verdicts
from heredity.report.results import read_results
from heredity.report.tables import member_table
from heredity.report.terminal import shown
from heredity.report.transfer_tables import transfer_table
from heredity.study.inherit_rule import InheritRule
from heredity.study.load import parse_study
from heredity.transfer.contrasts import BranchContrast
from heredity.transfer.record import write_comparison
from heredity.transfer.spending import stored_seconds
from tests.transfer.branches import SIBLING, Branched, branched

from .conftest import estimate, found_by_test, times, transfer
from .test_terminal import printed


def study_of(first=None, second=None, **others):
    """Return the branched study with sections of both branches."""
    content = branched()
    content["generations"]["second"] = {**SIBLING, **(first or {})}
    content["generations"]["random"] = {**SIBLING, **(second or {"inherit": {"donors": "random"}})}
    return parse_study(json.dumps(content | others))


def contrast(**changes):
    compared = transfer(unit="lineages", arms=("second", "random"), **changes)
    return BranchContrast("second", "random", compared, (5000, 4000), "second spent 5,000 steps and random 4,000")


def said(study, **changes):
    return contrast_verdict(study, contrast(**changes))


NEXT = {"inherit": {"rank": "next", "at_most": 2}}


def test_branches_that_differ_in_their_parents_say_whether_selecting_helped():
    assert said(study_of(NEXT), test=found_by_test(0.004, 0.016)) == (
        "On second (CartPole-v1) selecting helped: heirs of the best by the next task reached the threshold 630 steps "
        "sooner [500, 800] than those of random members (p = 0.016, 5 lineages), 3.1 times as fast [1.9, 5.2]; with "
        "their ancestors' steps charged, 40 steps sooner [−100, 200], which is undecided. 3 of 5 members of second "
        "reached it within 1,000 steps, 3 of 5 of random."
    )
    assert circumstances(study_of(NEXT), contrast()) == (
        "second and random differ in inherit.donors (survivors, random) and inherit.rank (next, own). second spent "
        "5,000 steps and random 4,000."
    )


def test_selecting_can_do_harm_and_be_undecided():
    worse = times((5, 900.0), (5, 500.0), None, delay=estimate(400.0, 100.0, 700.0))
    assert "selecting did harm: heirs of the best by the next task reached the threshold 400 steps later [100, 700] than" in said(study_of(NEXT), time_to_threshold=worse)  # fmt: skip  # noqa: E501
    undecided = said(study_of(NEXT), test=found_by_test(0.02, 0.06))
    assert "it is undecided whether selecting helped: heirs of the best" in undecided
    assert "(p = 0.06, 5 lineages)" in undecided


def test_of_few_lineages_and_of_nobody_who_learned_nothing_is_claimed():
    few = said(study_of(NEXT), time_to_threshold=times((3, 1.0), (3, 2.0), None, of=4))
    assert few.startswith("On second (CartPole-v1) only 4 lineages per branch ran; fewer than 5 cannot say what selecting was worth.")  # fmt: skip  # noqa: E501
    nobody = said(study_of(NEXT), time_to_threshold=times((0, None), (0, None), None))
    assert (
        "nobody reached the threshold within 1,000 steps, so it is undecided whether selecting helped; forward transfer"
        in nobody
    )
    alone = replace(contrast(test=found_by_test(None)), transfer=transfer(unit="parents", arms=("second", "random")))
    assert "helped" not in contrast_verdict(study_of(NEXT), alone)
    assert "inherited" not in contrast_verdict(study_of(NEXT), alone)


@pytest.mark.parametrize(
    ("first", "second", "action", "members", "than"),
    [
        ({"donors": "random"}, {}, "taking random members as parents", "random members",
         "members that passed the gate"),
        ({"at_most": 1}, {"donors": "failed"}, "selecting", "the best by their own task",
         "members that failed the gate"),
        ({"at_most": 1, "rank": "next"}, {"at_most": 1}, "selecting by the next task", "the best by the next task",
         "the best by their own task"),
        ({"donors": "worst"}, {"donors": "random"}, "taking the worst members as parents", "the worst members",
         "random members"),
    ],
)  # fmt: skip
def test_who_the_parents_are_is_said_in_the_order_of_the_pair(first, second, action, members, than):
    study = study_of({"inherit": {"at_most": 2, **first}} if "at_most" in first else {"inherit": first},
                     {"inherit": second}, gate={"rule": "lower_bound"})  # fmt: skip
    words = wording(study, "second", "random")
    assert (words.action, words.members, words.than) == (action, f"heirs of {members}", f" than those of {than}")


def test_branches_of_the_same_parents_are_called_by_their_names():
    study = study_of({"inherit": {"parents": "best"}}, {"inherit": {"parents": "tournament"}})
    words = wording(study, "second", "random")
    assert parents_of(InheritRule(parents="best")) == parents_of(InheritRule(parents="tournament"))
    assert (words.action, words.members) == ("choosing parents otherwise", "members of second")


def test_branches_that_differ_otherwise_are_compared_by_name_and_their_differences_named():
    study = study_of({}, {"inherit": {"operator": "permute"}})
    sentence = said(study, test=found_by_test(0.01))
    assert sentence.startswith(
        "On second (CartPole-v1) second did better than random: members of second reached the threshold 630 steps "
        "sooner [500, 800] than those of random (p = 0.01, 5 lineages)"
    )
    assert "second and random differ in inherit.operator (copy, permute)." in sentence
    learned = study_of({}, {"algorithm": {"hyperparameters": {"n_steps": 64}}})
    assert differing(learned, "second", "random") == (
        "second and random differ in algorithm.hyperparameters.n_steps (32, 64)."
    )
    deeper = branched()
    deeper["generations"] |= {"between": dict(SIBLING), "random": {**SIBLING, "after": "between"}}
    assert differing(parse_study(json.dumps(deeper)), "second", "random").startswith("second and random differ in after (first, between)")  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(("outcome", "words"), [
    ("area", "the mean return over the budget of heirs of the best by the next task was 12.00 [4.00, 20.00] above that "
             "of those of random members"),
    ("steps_strong", "with their ancestors' steps charged heirs of the best by the next task reached the threshold 40 "
                     "steps sooner"),
])  # fmt: skip
def test_another_primary_outcome_is_told_of_the_branches(outcome, words):
    sentence = said(study_of(NEXT), outcome=outcome)
    assert words in sentence
    assert not re.search(r"inherited|control|scratch", sentence)


@pytest.fixture
def written(tmp_path):
    return Branched(tmp_path)


def read(written):
    evidence = written.evidence()
    write_comparison(evidence, written.plan(), written.layout)
    return read_results(written.loaded(), (written.root / "params.yaml").read_text(), written.layout)


def test_both_answers_stand_on_the_page_inheritance_first(written):
    results = read(written)
    inheriting, selecting = verdicts(results)
    assert inheriting.startswith("On second (CartPole-v1) inheriting")
    assert selecting.startswith("On second (CartPole-v1) selecting helped: heirs of")
    text = html.unescape(re.sub(r"<script.*?</script>", "", page(results, charts(results)), flags=re.DOTALL))
    assert text.index("inheriting helped") < text.index("selecting helped") < text.index("<h2>Learning curves")
    assert "<h3>second against random <span>CartPole-v1</span></h3>" in text
    assert results.contrasts[0].spending in text
    assert '<th scope="col" class="">on the task, within 1,000</th>' in text
    assert '<td class="prose word">Mean, second less random</td>' in text
    assert "Branches were compared with one another (second against random; mean steps" in methods(results)


def test_both_answers_are_shown_on_the_terminal(written):
    results = read(written)
    text = " ".join(printed(shown(results, stored_seconds(written.plan(), written.layout, results.pedigree))).split())
    assert text.index("inheriting helped") < text.index("selecting helped") < text.index("Environment steps")


def test_a_study_without_a_control_still_says_whether_selecting_helped(written):
    written.study["controls"] = {}
    none, selecting = verdicts(read(written))
    assert none.startswith("The study has no control")
    assert "selecting helped" in selecting


def test_tables_call_the_arms_of_branches_by_their_names(written):
    rows = [row[0] for row in transfer_table(read(written).contrasts[0].transfer).rows]
    assert not [title for title in rows if re.search(r"inherited|control", title)]
    assert "Median steps to the threshold, strong, random" in rows


def test_both_branches_are_drawn_side_by_side_in_colours_of_their_own(written):
    results = read(written)
    chart = charts(results)["branches-second-against-random"]
    (rows,) = chart["datasets"].values()
    for outcome in results.outcomes[1:]:
        shares = outcome.survival.weak["inherited"]
        drawn = {row["steps"]: row["share"] for row in rows if row["arm"] == outcome.name}
        assert {step: drawn[step] for step in shares.steps} == pytest.approx(
            dict(zip(shares.steps, shares.reached, strict=True)), abs=1e-6
        )
    colour = chart["layer"][0]["encoding"]["color"]
    assert colour["legend"]["values"] == ["second", "random"]
    assert [colour["scale"]["domain"].index(name) for name in ("second", "random")] == [0, 3]


def test_contrasts_of_other_branches_than_the_study_compares_are_refused(written):
    read(written)
    written.layout.contrasts.write_text("[]")
    with pytest.raises(HeredityError, match=r"contrasts\.json: expected second against random, got none; type: dvc"):
        read_results(written.loaded(), "", written.layout)
    written.layout.contrasts.unlink()
    with pytest.raises(HeredityError, match=r"contrasts\.json: expected what compare writes, got no such file"):
        read_results(written.loaded(), "", written.layout)


def test_what_ranking_took_is_in_every_number_of_the_report(written):
    written.ranking["second"] = 2 * 150
    results = read(written)
    second = next(outcome for outcome in results.outcomes if outcome.name == "second")
    specs = charts(results)
    assert second.members.ranking["l00/m00"] == 150
    weak = [row for rows in specs["learning-second"]["datasets"].values() for row in rows if row.get("line") == "inherited l00"]  # fmt: skip  # noqa: E501
    assert {row["steps"] for row in weak if "own" not in row} == {0, 150}  # dotted before it learns
    assert max(row["steps"] for row in weak) == 350
    reached = [row for rows in specs["survival-second"]["datasets"].values() for row in rows]
    assert min(row["steps"] for row in reached if row["arm"] == "inherited" and row["share"] > 0) == 350
    compute = [row for rows in specs["equal-compute-second"]["datasets"].values() for row in rows if row.get("arm") == "inherited"]  # fmt: skip  # noqa: E501
    before = results.spending.generations["second"]["inherited"].before
    # who waits 150 steps returns what it did untrained until then: 14 members of 150 steps each
    waiting = [row["return"] for row in compute if row["steps"] <= before + 14 * 140]
    assert waiting == pytest.approx([10] * len(waiting))
    assert len(waiting) > 2
    member = next(row for row in _members(results) if row[:3] == ("second", "inherited", "l00/m00"))
    assert member[3:5] == ("350", "350")


def _members(results):
    return member_table(results).rows
