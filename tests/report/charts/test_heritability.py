from dataclasses import replace

import pytest

from heredity.report.charts.heritability import family_rows, family_scatter, lines, of_families
from heredity.study.inherit_rule import InheritRule


def test_the_fitted_lines_are_the_stored_heritability(written):
    written.parents = {"m00": ("m00",), "m01": ("m01",), "m02": ("m00", "m02")}
    results = written.compared()
    second = results.outcomes[1]
    rows = family_rows(results, second)
    # parents 120, 100, (120 + 20) / 2 = 70; children trained 120, 100, 20, zero-shot 50, 40, 9
    assert sorted({row["parent"] for row in rows}) == [70.0, 100.0, 120.0]
    # parents less their mean 290/3: 70/3, 10/3, -80/3, whose squares add up to 11400/9
    fitted = lines(second)
    assert fitted["trained"].slope.value == pytest.approx((70 * 120 + 10 * 100 - 80 * 20) / 3 / (11400 / 9))
    assert fitted["zero-shot"].slope.value == pytest.approx((70 * 50 + 10 * 40 - 80 * 9) / 3 / (11400 / 9))
    drawn = family_scatter(second, rows).to_dict()["datasets"].values()
    ends = next(data for data in drawn if len(data) == 4)
    line = fitted["trained"]
    assert [row["fitness"] for row in ends if row["measure"] == "trained"] == pytest.approx(
        [line.intercept + line.slope.value * parent for parent in (70, 120)]
    )
    assert lines(results.outcomes[0]) == {}


def test_parents_stand_where_their_children_are_fitted_on_them(written):
    """On the episodes that confirmed them, where all of them were."""
    written.parents = {"m00": ("m00",), "m01": ("m01",), "m02": ("m01",)}
    results = written.compared()
    second = results.outcomes[1]
    assert sorted({row["parent"] for row in family_rows(results, second)}) == [101.0, 103.0]  # of the gate 120, 100
    of_random = replace(second, node=second.node.model_copy(update={"inherit": InheritRule(donors="random")}))
    assert sorted({row["parent"] for row in family_rows(results, of_random)}) == [100.0, 120.0]


def test_children_of_one_parent_have_no_slope(written):
    written.parents = dict.fromkeys(("m00", "m01", "m02"), ("m00",))
    results = written.write()
    assert family_rows(results, results.outcomes[1]) == []


def test_two_children_have_no_slope(results):
    assert family_rows(results, results.outcomes[1]) == []


def test_of_many_children_every_family_is_one_dot(wide):
    second = wide.outcomes[1]
    rows = family_rows(wide, second)
    families = of_families(rows)
    assert len(rows) == 2 * 120
    assert len(families) == 2 * 6
    assert {row["children"] for row in families} == {20}
    one = next(row for row in families if (row["parents"], row["measure"]) == ("l01/m01", "trained"))
    of_it = [row["fitness"] for row in rows if (row["parents"], row["measure"]) == ("l01/m01", "trained")]
    assert one["fitness"] == pytest.approx(sum(of_it) / len(of_it))
    drawn = family_scatter(second, rows).to_dict()["datasets"].values()
    assert max(map(len, drawn)) == len(families)
