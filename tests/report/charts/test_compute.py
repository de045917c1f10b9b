from heredity.report.charts.compute import compute_rows


def test_the_bars_count_an_ancestor_once_and_those_who_have_no_descendants_apart(written):
    written.parents = {"m00": ("m00",), "m01": ("m00",), "m02": ("m00",)}
    rows = {(row["label"], row["kind"]): row["steps"] for row in compute_rows(written.write())}
    assert rows == {
        ("first, members", "itself"): 2600,
        ("second, inherited", "itself"): 1400,
        ("second, inherited", "ancestors"): 1000,
        ("second, inherited", "others"): 1600,
        ("second, control", "itself"): 2800,
    }
