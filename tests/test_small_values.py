"""Seeds, files, curves: the small values that everything else stands on."""

import pytest

from heredity.curves import CurveRow, as_arrays, curve_row, read_curves, read_evaluation, write_curves
from heredity.errors import CurveError
from heredity.files import new_directory, write_bytes, write_json
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


def test_a_curve_survives_its_file(tmp_path):
    curves = {"m00": [curve_row(0, [1.0, 3.0], [5, 7], [1.0, 0.0]), CurveRow(64, None, None, None, None, 0)]}
    assert curves["m00"][0] == CurveRow(0, 2.0, 1.0, 6.0, 0.5, 2)
    write_curves(tmp_path / "curves.csv", curves)
    header = "member,env_steps,return_mean,return_std,length_mean,success_rate,episodes\n"
    assert (tmp_path / "curves.csv").read_text() == header + "m00,0,2.0,1.0,6.0,0.5,2\nm00,64,,,,,0\n"
    assert read_curves(tmp_path / "curves.csv") == curves
    steps, returns = as_arrays(curves["m00"])
    assert (steps.tolist(), returns.tolist()) == ([0], [2.0])


def test_only_full_windows_count_between_the_first_and_the_last_row():
    rows = [CurveRow(steps, float(steps), 0.0, 1.0, None, n) for steps, n in ((0, 5), (8, 40), (16, 100), (24, 99))]
    assert as_arrays(rows)[0].tolist() == [0, 16, 24]


@pytest.mark.parametrize("text", ["member,env_steps\nm00,0\n", "member,env_steps,return_mean\nm00,zero,1\n"])
def test_a_curve_file_that_is_not_one_is_refused_by_line(tmp_path, text):
    (tmp_path / "curves.csv").write_text(text)
    with pytest.raises(CurveError, match=r"curves\.csv: line 2: expected the columns of a learning curve"):
        read_curves(tmp_path / "curves.csv")


@pytest.mark.parametrize("second", [0, 64, 32])
def test_steps_of_a_stored_curve_that_are_doubled_or_out_of_order_are_refused_by_line(tmp_path, second):
    path = tmp_path / "curves.csv"
    write_curves(path, {"m00": [CurveRow(steps, 1.0, 0.0, 1.0, None, 5) for steps in (0, 64, second)]})
    with pytest.raises(CurveError, match=rf"curves\.csv: line 4: expected env_steps above 64, got {second}"):
        read_curves(path)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_stored_numbers_that_are_not_finite_are_refused_by_line(tmp_path, value):
    curve, played = tmp_path / "curves.csv", tmp_path / "evaluation.csv"
    curve.write_text(f"member,env_steps,return_mean,return_std,length_mean,success_rate,episodes\nm00,0,{value},,,,1\n")
    with pytest.raises(CurveError, match=rf"line 2: .* got {value}, which is not finite"):
        read_curves(curve)
    played.write_text(f"member,split,return\nm00,report,{value}\n")
    with pytest.raises(CurveError, match=rf"line 2: .* got {value}, which is not finite"):
        read_evaluation(played, "report")


def test_an_evaluation_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CurveError, match=r"evaluation\.csv: cannot be read"):
        read_evaluation(tmp_path / "evaluation.csv", "report")


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    write_json(tmp_path / "a.json", {"x": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"x": float("nan")})
    with pytest.raises(TypeError, match="bytes"):
        write_bytes(tmp_path / "a.json", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").read_text() == '{\n  "x": 1\n}\n'


def test_a_directory_appears_whole_or_not_at_all(tmp_path):
    with new_directory(tmp_path / "models") as directory:
        (directory / "old").touch()
    with pytest.raises(RuntimeError, match="half-way"), new_directory(tmp_path / "models") as directory:
        (directory / "new").touch()
        raise RuntimeError("half-way")
    assert [path.name for path in tmp_path.rglob("*")] == ["models", "old"]
    with new_directory(tmp_path / "models") as directory:
        (directory / "new").touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["models", "new"]
