"""Every draw has a path of names, and no draw depends on another's."""

from heredity.seeds import seed_integer, seed_integers


def test_a_seed_depends_on_every_part_of_its_path():
    seeds = {seed_integer(s, g, m, r) for s in (0, 1) for g in ("a", "b") for m in ("m00", "m01") for r in ("x", "y")}
    assert len(seeds) == 16
    assert seed_integer(0, "a", "m00") == seed_integer(0, "a", "m00")
    assert seed_integer(0, "am", "00") != seed_integer(0, "a", "m00")


def test_the_first_seeds_do_not_depend_on_how_many_are_asked_for():
    assert seed_integers(5, 20)[:3] == seed_integers(5, 3)
    assert seed_integers(5, 3) != seed_integers(6, 3)
    assert all(0 <= seed < 2**31 for seed in seed_integers(5, 100))
