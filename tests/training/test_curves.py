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


CURVES = "member,env_steps,return_mean,return_std,length_mean,success_rate,episodes\n"
EVALUATION = "member,split,episode,seed,return,length,success\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected the columns of a learning curve, got nothing"),
        ("member,env_steps\nm00,0\n", "line 1: expected the columns of a learning curve .*, got"),
        (f"{CURVES}m00,0,1.0\n", "line 2: expected the columns of a learning curve .*, got"),
        (f"{CURVES}\n", r"line 2: expected the columns of a learning curve .*, got \[\]"),
        (f"{CURVES}m00,0,{'1' * 200_000},0.0,1.0,,1\n", "line 1: expected the columns of .*, field larger than"),
        (f'{CURVES}"m00"x,0,1.0,0.0,1.0,,1\n', "line 1: expected the columns of .*, ',' expected after '\"'"),
        (f"{CURVES}../m,0,1.0,0.0,1.0,,1\n", r"line 2: expected the name of a member, got '\.\./m'"),
        (f"{CURVES}m00,zero,1.0,0.0,1.0,,1\n", "line 2: expected env_steps as a whole number from 0, got 'zero'"),
        (f"{CURVES}m00,1_0,1.0,0.0,1.0,,1\n", "line 2: expected env_steps as a whole number from 0, got '1_0'"),
        (f"{CURVES}m00,0,nan,0.0,1.0,,1\n", "line 2: expected return_mean as a number .*, got 'nan'"),
        (f"{CURVES}m00,0,1e101,0.0,1.0,,1\n", r"line 2: expected return_mean as a number from -1e\+100 to 1e\+100"),
        (f"{CURVES}m00,0,1.0,-1.0,1.0,,1\n", "line 2: expected return_std as a number from 0 to .*, got '-1.0'"),
        (f"{CURVES}m00,0,1.0,0.0,1.0,1.5,1\n", "line 2: expected success_rate as a number from 0 to 1, got '1.5'"),
        (f"{CURVES}m00,0,1.0,0.0,1.0,,-1\n", "line 2: expected episodes as a whole number from 0, got '-1'"),
        (f"{CURVES}m00,0,1.0,0.0,1.0,,0\n", "line 2: expected return_mean, return_std and length_mean of 0 episodes"),
        (f"{CURVES}m00,5,,,,,0\nm00,5,,,,,0\n", "line 3: expected env_steps of m00 above 5, got 5"),
    ],
)
def test_a_curve_file_that_is_not_one_is_refused_by_line(tmp_path, text, message):
    (tmp_path / "curves.csv").write_text(text)
    with pytest.raises(CurveError, match=rf"curves\.csv: {message}"):
        read_curves(tmp_path / "curves.csv")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("m00,final,0,7,1.0,5,", "expected a split out of report, select, null, champion, reference, got 'final'"),
        ("m00,report,1,7,1.0,5,", "expected episode 0 of m00, got 1"),
        ("m00,report,0,-7,1.0,5,", "expected seed as a whole number from 0, got '-7'"),
        ("m00,report,0,7,inf,5,", "expected return as a number from .*, got 'inf'"),
        ("m00,report,0,7,1.0,0,", "expected a length from 1 and a success of 0, 1 or nothing, got 0 and "),
        ("m00,report,0,7,1.0,5,yes", "expected a length from 1 and a success of 0, 1 or nothing, got 5 and yes"),
    ],
)
def test_an_episode_that_nobody_played_is_refused_by_line(tmp_path, row, message):
    (tmp_path / "evaluation.csv").write_text(f"{EVALUATION}{row}\n")
    with pytest.raises(CurveError, match=rf"evaluation\.csv: line 2: {message}"):
        read_evaluation(tmp_path / "evaluation.csv", "null")  # whatever split is asked for, the whole file must do


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
