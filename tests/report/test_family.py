import pytest

from heredity.report.family import link_rows, member_rows, positions, standing
from heredity.report.gates import gate_rows
from heredity.report.kinship import kinship_rows, kinship_scatter, lines


def test_generations_stand_from_left_to_right_and_children_in_the_order_of_their_parents(written):
    written.parents = {"m00": ("m02",), "m01": (), "m02": ("m00",)}
    places = positions(written.write())
    assert [places["first", member] for member in ("m00", "m01", "m02")] == [(0, 0), (0, 1), (0, 2)]
    assert [places["second", member] for member in ("m02", "m00", "m01")] == [(1, 0), (1, 1), (1, 2)]


def test_imported_founders_get_a_column_of_their_own(written):
    story = written.write()
    link = story.pedigree.links["first", "m00"]
    story.pedigree.links["first", "m00"] = type(link)(**{**vars(link), "parents": ("f00",)})
    places = positions(story)
    assert places["founders", "f00"] == (0, 0)
    assert {places["first", "m00"][0], places["second", "m00"][0]} == {1, 2}
    assert {row["member"]: row["birth"] for row in member_rows(story, places) if row["generation"] == "founders"} == {
        "f00": "inherited"
    }


def test_two_generations_after_the_same_parent_do_not_overlap(written):
    generations = written.study["generations"]
    generations["third"] = {**generations["second"], "budget": 500}
    story = written.write()
    places = positions(story)
    assert places["second", "m00"][0] == places["third", "m00"][0] == 1
    assert len(set(places.values())) == len(places) == 9


def test_a_line_runs_from_the_parent_to_the_child(story):
    rows = [row for row in link_rows(story, positions(story)) if row["link"] == "second m01 m01"]
    assert [(row["x"], row["y"]) for row in (rows[0], rows[-1])] == [(0, 1), (1, 1)]
    assert len(link_rows(story, positions(story))) == 4 * 2


def test_hovering_shows_fitness_operator_hash_and_seed(story):
    rows = {(row["generation"], row["member"]): row for row in member_rows(story, positions(story))}
    assert rows["second", "m02"]["birth"] == "fresh weights"
    assert rows["second", "m02"]["parents"] == "none"
    heir = rows["second", "m01"]
    assert (heir["fitness"], heir["operator"], heir["seed"], heir["survivor"]) == (100.0, "copy", "1", "yes")
    assert heir["hash"] == story.pedigree.links["second", "m01"].child_hash[:12]


def test_fitness_is_coloured_between_the_lowest_and_the_highest_of_its_generation(story):
    first = story.outcomes[0]
    assert [standing(first, member) for member in ("m02", "m01", "m00")] == [0.0, 0.8, 1.0]  # of 20, 100, 120
    assert standing(first, "m99") is None
    first.members.fitness.update(dict.fromkeys(("m00", "m01", "m02"), 5.0))
    assert standing(first, "m01") == 1.0


def test_gate_rows_put_the_best_first_and_equal_means_by_name(story):
    story.outcomes[0].decision["candidates"]["m02"]["mean"] = 100.0
    assert [(row["member"], row["answer"]) for row in gate_rows(story.outcomes[0])] == [
        ("m00", "passed"),
        ("m01", "failed"),
        ("m02", "failed"),
    ]


def test_the_fitted_lines_are_the_stored_heritability(written):
    written.parents = {"m00": ("m00",), "m01": ("m01",), "m02": ("m00", "m02")}
    story = written.write()
    second = story.outcomes[1]
    rows = kinship_rows(story, second)
    # parents 120, 100, (120 + 20) / 2 = 70; children trained 120, 100, 20, zero-shot 50, 40, 9
    assert sorted({row["parent"] for row in rows}) == [70.0, 100.0, 120.0]
    # parents less their mean 290/3: 70/3, 10/3, -80/3, whose squares add up to 11400/9
    fitted = lines(second)
    assert fitted["trained"].slope.value == pytest.approx((70 * 120 + 10 * 100 - 80 * 20) / 3 / (11400 / 9))
    assert fitted["zero-shot"].slope.value == pytest.approx((70 * 50 + 10 * 40 - 80 * 9) / 3 / (11400 / 9))
    drawn = kinship_scatter(second, rows).to_dict()["datasets"].values()
    ends = next(data for data in drawn if len(data) == 4)
    line = fitted["trained"]
    assert [row["fitness"] for row in ends if row["measure"] == "trained"] == pytest.approx(
        [line.intercept + line.slope.value * parent for parent in (70, 120)]
    )
    assert lines(story.outcomes[0]) == {}


def test_children_of_one_parent_have_no_slope(written):
    written.parents = dict.fromkeys(("m00", "m01", "m02"), ("m00",))
    story = written.write()
    assert kinship_rows(story, story.outcomes[1]) == []


def test_two_children_have_no_slope(story):
    assert kinship_rows(story, story.outcomes[1]) == []


def test_a_generation_that_the_study_no_longer_has_is_left_out(written):
    generations = written.study["generations"]
    generations["third"] = {**generations["second"]}
    written.write()
    del generations["third"]
    story = written.write()
    assert {generation for generation, _ in positions(story)} == {"first", "second"}
    assert len(link_rows(story, positions(story))) == 4 * 2
