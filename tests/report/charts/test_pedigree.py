from dataclasses import replace

from heredity.inheritance.pedigree import Pedigree
from heredity.report.charts.pedigree import link_rows, pedigree_rows, positions, standing


def test_generations_stand_from_left_to_right_and_children_in_the_order_of_their_parents(written):
    written.parents = {"m00": ("m02",), "m01": (), "m02": ("m00",)}
    places = positions(written.write())
    assert [places["first", member] for member in ("m00", "m01", "m02")] == [(0, 0), (0, 1), (0, 2)]
    assert [places["second", member] for member in ("m02", "m00", "m01")] == [(1, 0), (1, 1), (1, 2)]


def test_imported_founders_get_a_column_of_their_own(written):
    results = written.write()
    births = results.pedigree.births
    imported = {**births, ("first", "m00"): replace(births["first", "m00"], parents=("f00",))}
    results = replace(results, pedigree=Pedigree(imported))
    places = positions(results)
    assert places["founders", "f00"] == (0, 0)
    assert {places["first", "m00"][0], places["second", "m00"][0]} == {1, 2}
    assert {
        row["member"]: row["birth"] for row in pedigree_rows(results, places) if row["generation"] == "founders"
    } == {"f00": "inherited"}


def test_two_generations_after_the_same_parent_do_not_overlap(written):
    generations = written.study["generations"]
    generations["third"] = {**generations["second"], "budget": 500}
    results = written.write()
    places = positions(results)
    assert places["second", "m00"][0] == places["third", "m00"][0] == 1
    assert len(set(places.values())) == len(places) == 9


def test_a_line_runs_from_the_parent_to_the_child(results):
    rows = [row for row in link_rows(results, positions(results)) if row["link"] == "second m01 m01"]
    assert [(row["x"], row["y"]) for row in (rows[0], rows[-1])] == [(0, 1), (1, 1)]
    assert len(link_rows(results, positions(results))) == 4 * 2


def test_hovering_shows_fitness_operator_hash_and_seed(results):
    rows = {(row["generation"], row["member"]): row for row in pedigree_rows(results, positions(results))}
    assert rows["second", "m02"]["birth"] == "fresh weights"
    assert rows["second", "m02"]["parents"] == "none"
    heir = rows["second", "m01"]
    assert (heir["fitness"], heir["operator"], heir["seed"], heir["survivor"]) == (103.0, "copy", "1", "yes")
    assert (heir["interval"], rows["second", "m02"]["interval"]) == ("[15.1, 441.7]", "")
    assert heir["hash"] == results.pedigree.births["second", "m01"].child_hash[:12]


def test_fitness_is_coloured_between_the_lowest_and_the_highest_of_its_generation(results):
    first = results.outcomes[0]
    assert [standing(first, member) for member in ("m02", "m00", "m01")] == [0.0, 81 / 83, 1.0]  # of 20, 101, 103
    assert standing(first, "m99") is None
    confirmed = {name: replace(each, mean=20.0) for name, each in first.confirmations.items()}
    assert standing(replace(first, confirmations=confirmed), "m01") == 1.0


def test_a_generation_that_the_study_no_longer_has_is_left_out(written):
    generations = written.study["generations"]
    generations["third"] = {**generations["second"]}
    written.write()
    del generations["third"]
    results = written.write()
    assert {generation for generation, _ in positions(results)} == {"first", "second"}
    assert len(link_rows(results, positions(results))) == 4 * 2
