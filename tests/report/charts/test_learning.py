import pytest

from heredity.curves import CurveRow
from heredity.report.learning import (
    POINTS,
    learning_curves,
    median_rows,
    member_rows,
    reached_curves,
    reached_rows,
    time_to_threshold,
    waiting_rows,
)
from heredity.report.ledger import ledger_rows
from heredity.report.story import Arm


def curve(*points):
    return [CurveRow(steps, mean, 0.0, 1.0, None, 100) for steps, mean in points]


def arm(**curves):
    return Arm("inherited", curves, {})


def test_a_member_that_stopped_counts_with_its_last_return_in_the_median():
    rows = median_rows(
        arm(a=curve((0, 0.0), (10, 1.0)), b=curve((0, 0.0), (20, 0.5)), c=curve((0, 0.0), (20, 0.8))), {}
    )
    assert (rows[0]["steps"], rows[0]["median"]) == (0, 0.0)
    assert (rows[-1]["steps"], rows[-1]["median"]) == (20, 0.8)
    assert (rows[-1]["low"], rows[-1]["high"]) == (0.65, 0.9)


def test_strong_curves_begin_after_their_ancestors_steps_and_their_median_where_all_have_begun():
    both = arm(a=curve((0, 0.2), (10, 1.0)), b=curve((0, 0.4), (10, 1.0)))
    rows = member_rows(both, {"a": 100, "b": 40})
    assert [(row["line"], row["steps"], row["own"]) for row in rows] == [
        ("inherited a", 100, 0),
        ("inherited a", 110, 10),
        ("inherited b", 40, 0),
        ("inherited b", 50, 10),
    ]
    assert median_rows(both, {"a": 100, "b": 40})[0]["steps"] == 100


def test_only_members_with_ancestors_wait():
    rows = waiting_rows(arm(a=curve((0, 0.2), (10, 1.0)), b=curve((0, 0.4))), {"a": 100, "b": 0})
    assert [(row["steps"], row["return"]) for row in rows] == [(0, 0.2), (100, 0.2)]


def test_a_long_curve_is_drawn_with_few_points_and_keeps_its_ends():
    rows = member_rows(arm(a=curve(*((step, step / 5000) for step in range(5001)))), {})
    assert len(rows) == POINTS
    assert (rows[0]["steps"], rows[-1]["steps"]) == (0, 5000)
    assert [row["last"] for row in rows].count(True) == 1


def test_kaplan_meier_steps_over_a_censored_member():
    members = arm(
        a=curve((0, 0), (10, 1)), b=curve((0, 0), (20, 0.1)), c=curve((0, 0), (30, 1)), d=curve((0, 0), (40, 0))
    )
    rows = reached_rows(members, 1.0, {}, "on the task")
    # 1/4 at 10; b leaves at 20 unfinished; then one of the two left: 1 - 3/4 * 1/2 = 0.625
    assert [(row["steps"], row["share"]) for row in rows] == [(0, 0), (10, 0.25), (20, 0.25), (30, 0.625), (40, 0.625)]


def test_a_member_that_reached_the_threshold_untrained_counts_from_step_zero():
    assert reached_rows(arm(a=curve((0, 1.0), (5, 1.0))), 1.0, {}, "on the task")[0] == {
        "arm": "inherited",
        "counted": "on the task",
        "steps": 0,
        "share": 1.0,
    }


def test_the_threshold_is_reached_at_equality_and_rows_without_a_return_are_passed_over():
    empty = CurveRow(5, None, None, None, None, 0)
    assert time_to_threshold([empty, *curve((7, 0.5), (9, 0.4))], 0.5) == (7, True)
    assert time_to_threshold(curve((0, 0.1), (9, 0.4)), 0.5) == (9, False)
    assert time_to_threshold([empty], 0.5) == (0, False)


@pytest.mark.parametrize("strong", [False, True])
def test_every_member_of_both_arms_is_drawn(story, strong):
    spec = learning_curves(story.outcomes[1], strong=strong).to_dict()
    drawn = [rows for rows in spec["datasets"].values() if "own" in rows[0] and not all(row["last"] for row in rows)]
    lines = {row["line"] for rows in drawn for row in rows}
    assert lines == {f"{arm} m0{index}" for arm in ("inherited", "control") for index in range(3)}
    last = {row["line"]: row["steps"] for rows in drawn for row in rows if row["last"]}
    assert last["inherited m00"] == (1200 if strong else 200)
    assert last["control m00"] == 800


def test_the_strong_survival_curve_is_drawn_beside_the_weak_one(story):
    (rows,) = reached_curves(story.outcomes[1]).to_dict()["datasets"].values()
    weak = {row["steps"]: row["share"] for row in rows if (row["arm"], row["counted"]) == ("inherited", "on the task")}
    assert {200: weak[200], 300: weak[300], 900: weak[900]} == {200: 0.333333, 300: 0.666667, 900: 1.0}
    strong = {row["steps"] for row in rows if row["counted"] == "+ ancestors' steps" and row["share"]}
    assert strong == {900, 1200}


def test_a_generation_without_a_control_draws_its_members_alone(story):
    spec = learning_curves(story.outcomes[0], strong=False).to_dict()
    assert {row["arm"] for rows in spec["datasets"].values() for row in rows if "arm" in row} == {"members"}


def test_the_ledger_counts_an_ancestor_once_and_those_who_have_no_descendants_apart(written):
    written.parents = {"m00": ("m00",), "m01": ("m00",), "m02": ("m00",)}
    rows = {(row["label"], row["kind"]): row["steps"] for row in ledger_rows(written.write())}
    assert rows == {
        ("first, members", "itself"): 2600,
        ("second, inherited", "itself"): 1400,
        ("second, inherited", "ancestors"): 1000,
        ("second, inherited", "others"): 1600,
        ("second, control", "itself"): 2800,
    }
