import pytest

from heredity.report.arms import ArmResults
from heredity.report.charts.equal_compute import POINTS, equal_compute, equal_compute_rows
from heredity.training.curves import CurveRow
from heredity.transfer.spending import Spent


def arm(**curves):
    rows = {name: [CurveRow(*point, 0.0, 1.0, None, 100) for point in points] for name, points in curves.items()}
    return ArmResults("inherited", "inherited", rows, {}, {})


def at(rows, whom):
    return [(row["steps"], row["return"]) for row in rows if row["of"] == whom]


def test_members_train_side_by_side_and_who_stopped_takes_no_more_steps():
    learned = arm(a=[(0, 0.0), (100, 1.0)], b=[(0, 0.0), (300, 0.6)])
    rows = equal_compute_rows(learned, Spent({"a": 100, "b": 300}, {}, 1000))
    mean, best = at(rows, "mean"), at(rows, "best")
    assert len(mean) == POINTS
    assert (mean[0], mean[-1]) == ((1000, 0.0), (1400, 0.8))
    assert (best[0], best[-1]) == ((1000, 0.0), (1400, 1.0))
    third = POINTS // 3  # 100 steps each: 200 together, where a has stopped
    assert mean[third] == (1200, pytest.approx((1.0 + 0.2) / 2))


def test_a_failed_members_steps_are_charged_and_its_return_is_not_known():
    rows = equal_compute_rows(arm(a=[(0, 0.0), (100, 1.0)]), Spent({"a": 100, "lost": 50}, {}, 0))
    assert at(rows, "mean")[-1] == (150, 1.0)


def test_an_arm_of_which_nobody_finished_an_episode_draws_nothing():
    assert equal_compute_rows(arm(), Spent({"lost": 50}, {}, 0)) == []


def test_every_arm_is_drawn_from_where_its_ancestors_ended(several):
    results = several.compared()
    spec = equal_compute(results.outcomes[1], results.spending.generations["second"]).to_dict()
    rows = [row for each in spec["datasets"].values() for row in each if "of" in row]
    first = {arm: min(row["steps"] for row in rows if row["arm"] == arm) for arm in {row["arm"] for row in rows}}
    assert first == {"inherited": 2600, "scratch": 0, "longer": 0, "picked": 0}
    assert max(row["steps"] for row in rows if row["arm"] == "picked") == 9800  # of those as well who are not compared
