from dataclasses import replace

import numpy as np
import pytest

from heredity.report.arms import ArmResults
from heredity.report.charts.learning import (
    POINTS,
    drawn_lines,
    learning_curves,
    median_rows,
    member_rows,
    waiting_rows,
)
from heredity.training.curves import CurveRow
from tests.report.wide import FINAL


def curve(*points):
    return [CurveRow(steps, mean, 0.0, 1.0, None, 100) for steps, mean in points]


def arm(**curves):
    return ArmResults("inherited", "inherited", curves, {}, {})


def test_a_member_that_stopped_counts_with_its_last_return_in_the_median():
    rows = median_rows(
        arm(a=curve((0, 0.0), (10, 1.0)), b=curve((0, 0.0), (20, 0.5)), c=curve((0, 0.0), (20, 0.8))), {}
    )
    assert (rows[0]["steps"], rows[0]["median"]) == (0, 0.0)
    assert (rows[-1]["steps"], rows[-1]["median"]) == (20, 0.8)
    assert (rows[-1]["low"], rows[-1]["high"]) == (0.65, 0.9)


def test_strong_curves_begin_after_their_ancestors_steps_and_their_median_where_half_have_begun():
    both = arm(a=curve((0, 0.2), (10, 1.0)), b=curve((0, 0.4), (10, 1.0)))
    rows = member_rows(both, {"a": 100, "b": 40})
    assert [(row["line"], row["steps"], row["own"]) for row in rows] == [
        ("inherited a", 100, 0),
        ("inherited a", 110, 10),
        ("inherited b", 40, 0),
        ("inherited b", 50, 10),
    ]
    assert (median := median_rows(both, {"a": 100, "b": 40}))[0]["steps"] == 40
    assert [row["median"] for row in (median[0], median[-1])] == [pytest.approx(0.3), 1.0]  # a waits with its first
    three = arm(a=curve((0, 0.2), (10, 1.0)), b=curve((0, 0.4), (10, 1.0)), c=curve((0, 0.4), (10, 1.0)))
    assert median_rows(three, {"a": 100, "b": 40, "c": 60})[0]["steps"] == 60


def test_only_members_with_ancestors_wait():
    rows = waiting_rows(arm(a=curve((0, 0.2), (10, 1.0)), b=curve((0, 0.4))), {"a": 100, "b": 0})
    assert [(row["steps"], row["return"]) for row in rows] == [(0, 0.2), (100, 0.2)]


def test_a_long_curve_is_drawn_with_few_points_and_keeps_its_ends():
    rows = member_rows(arm(a=curve(*((step, step / 5000) for step in range(5001)))), {})
    assert len(rows) == POINTS
    assert (rows[0]["steps"], rows[-1]["steps"]) == (0, 5000)
    assert [row["last"] for row in rows].count(True) == 1


@pytest.mark.parametrize("strong", [False, True])
def test_every_member_of_both_arms_is_drawn(results, strong):
    spec = learning_curves(results.outcomes[1], strong=strong).to_dict()
    drawn = [rows for rows in spec["datasets"].values() if "own" in rows[0] and not all(row["last"] for row in rows)]
    lines = {row["line"] for rows in drawn for row in rows}
    assert lines == {f"{arm} m0{index}" for arm in ("inherited", "control") for index in range(3)}
    last = {row["line"]: row["steps"] for rows in drawn for row in rows if row["last"]}
    assert last["inherited m00"] == (1200 if strong else 200)
    assert last["control m00"] == 800


def test_several_controls_have_a_line_each_and_of_a_chosen_one_those_who_are_compared(several):
    outcome = several.compared().outcomes[1]
    spec = learning_curves(outcome, strong=False).to_dict()
    lines = {row["line"] for rows in spec["datasets"].values() for row in rows if "line" in row}
    assert {"scratch m02", "longer m02", "picked m01"} <= lines
    assert "picked m02" not in lines
    domain = spec["layer"][0]["encoding"]["color"]["scale"]["domain"]
    assert domain == ["inherited", "scratch", "members", "longer", "picked"]


def test_a_generation_without_a_control_draws_its_members_alone(results):
    spec = learning_curves(results.outcomes[0], strong=False).to_dict()
    assert {row["arm"] for rows in spec["datasets"].values() for row in rows if "arm" in row} == {"members"}


def test_of_several_lineages_the_mean_of_each_is_one_line():
    both = {
        f"l0{lineage}/m0{member}": curve((0, member), (100 + lineage, member))
        for lineage in (0, 1)
        for member in (0, 1)
    }
    first, second = drawn_lines(arm(**both), {"l00/m00": 10, "l00/m01": 20})
    assert (first.name, first.source, first.steps[-1], first.returns[-1]) == ("l00", 15, 100, 0.5)
    assert (second.name, second.source, second.steps[-1]) == ("l01", 0, 101)


def test_each_plot_ends_where_its_comparison_does_and_has_what_zooms_and_toggles(results):
    second = results.outcomes[1]
    told = replace(second, transfer=replace(second.transfer, horizons=(500, 900)))
    for strong, until in ((False, 500), (True, 900)):
        spec = learning_curves(told, strong=strong).to_dict()
        domains = [
            layer["encoding"]["x"].get("scale", {}).get("domain")
            for layer in spec["layer"]
            if "x" in layer.get("encoding", {})
        ]
        assert [0, until] in domains
        assert {each["name"] for each in spec["params"]} == {"hover", "zoom", "shown"}
    alone = learning_curves(results.outcomes[0], strong=False).to_dict()  # one arm, and no legend
    assert {each["name"] for each in alone["params"]} == {"hover", "zoom"}


def test_hovering_over_a_median_and_over_its_band_tells_median_and_quartiles(results):
    layers = learning_curves(results.outcomes[1], strong=False).to_dict()["layer"]
    told = [
        [field["field"] for field in layer["encoding"]["tooltip"]]
        for layer in layers
        if layer["mark"].get("opacity") == 0 and "y" in layer["encoding"]
    ]
    assert told.count(["arm", "steps", "median", "low", "high"]) == 2


def test_of_many_members_bands_are_drawn_and_no_lines(wide):
    for outcome, strong in ((wide.outcomes[0], False), (wide.outcomes[1], True)):
        spec = learning_curves(outcome, strong=strong).to_dict()
        datasets = [rows for rows in spec["datasets"].values() if "arm" in rows[0]]
        assert len(datasets) == 1
        assert len(datasets[0]) == POINTS * len(outcome.arms)
        assert {layer["encoding"]["y"].get("field") for layer in spec["layer"]} == {
            *("lowest", "low", "median", "threshold")
        }
    assert {each["name"] for each in spec["params"]} == {"zoom", "shown"}


def test_half_and_nine_tenths_of_many_members_are_of_members_and_not_of_lineages(wide):
    arm = wide.outcomes[0].members
    last = median_rows(arm, {}, many=True)[-1]
    found = [last[key] for key in ("lowest", "low", "median", "high", "highest")]
    assert found == pytest.approx(np.quantile([*FINAL.values()], [0.05, 0.25, 0.5, 0.75, 0.95]))
    assert median_rows(arm, {})[-1].keys() == {"arm", "steps", "low", "median", "high"}


def test_many_members_none_of_whom_finished_an_episode_have_an_empty_chart(wide):
    first = wide.outcomes[0]
    none = {name: [CurveRow(0, None, None, None, None, 0)] for name in first.members.curves}
    spec = learning_curves(replace(first, members=replace(first.members, curves=none)), strong=False).to_dict()
    assert not [row for rows in spec["datasets"].values() for row in rows if "arm" in row]
