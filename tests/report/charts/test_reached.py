from dataclasses import replace

from heredity.report.charts.reached import MOST_STEPS, reached_curves, reached_rows
from heredity.transfer.survival import Shares


def test_the_strong_survival_curve_is_drawn_beside_the_weak_one(results):
    (rows,) = reached_curves(results.outcomes[1]).to_dict()["datasets"].values()
    weak = {row["steps"]: row["share"] for row in rows if (row["arm"], row["counted"]) == ("inherited", "on the task")}
    assert {200: weak[200], 300: weak[300], 900: weak[900]} == {200: 0.333333, 300: 0.666667, 900: 1.0}
    strong = {row["steps"] for row in rows if row["counted"] == "+ ancestors' steps" and row["share"]}
    assert strong == {900, 1200}


def test_of_very_many_steps_so_many_are_kept_with_the_first_and_the_last(results):
    first = results.outcomes[0]
    for count, kept in ((MOST_STEPS, MOST_STEPS), (2000, MOST_STEPS)):
        shares = Shares(tuple(map(float, range(count))), tuple(step / count for step in range(count)))
        rows = reached_rows(replace(first, survival=replace(first.survival, weak={"inherited": shares})))
        assert len({row["steps"] for row in rows}) == len(rows) == kept
        assert (rows[0]["steps"], rows[-1]["steps"]) == (0, count - 1)
