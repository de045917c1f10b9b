"""Learning curves survive their file, and a file that is none is refused by line."""

import pytest

from heredity.errors import CurveError
from heredity.study.sections import Train
from heredity.training.curves import CurveRow, as_arrays, curve_row, no_better, read_curves, write_curves

CURVES = "member,env_steps,return_mean,return_std,length_mean,success_rate,episodes\n"


def test_a_curve_survives_its_file(tmp_path):
    told = {"policy_loss": -1e-05, "learning_rate": 0.0003}
    curves = {"m00": [curve_row(0, [1.0, 3.0], [5, 7], [1.0, 0.0]), CurveRow(64, None, None, None, None, 0, **told)]}
    assert curves["m00"][0] == CurveRow(0, 2.0, 1.0, 6.0, 0.5, 2)
    write_curves(tmp_path / "curves.csv", curves)
    update = "policy_loss,value_loss,entropy_loss,approx_kl,clip_fraction,explained_variance,learning_rate"
    header = CURVES.replace("\n", f",{update}\n")
    told = "m00,0,2.0,1.0,6.0,0.5,2,,,,,,,\nm00,64,,,,,0,-1e-05,,,,,,0.0003\n"
    assert (tmp_path / "curves.csv").read_text() == header + told
    assert read_curves(tmp_path / "curves.csv") == curves
    steps, returns = as_arrays(curves["m00"])
    assert (steps.tolist(), returns.tolist()) == ([0], [2.0])


def test_a_curve_without_what_updates_say_is_read(tmp_path):
    (tmp_path / "curves.csv").write_text(f"{CURVES}m00,0,2.0,1.0,6.0,0.5,2\nm00,64,,,,,0\n")
    assert read_curves(tmp_path / "curves.csv")["m00"][1] == CurveRow(64, None, None, None, None, 0)


def test_only_full_windows_count_between_the_first_and_the_last_row():
    rows = [CurveRow(steps, float(steps), 0.0, 1.0, None, n) for steps, n in ((0, 5), (8, 40), (16, 100), (24, 99))]
    assert as_arrays(rows)[0].tolist() == [0, 16, 24]
    assert as_arrays(rows, window=40)[0].tolist() == [0, 8, 16, 24]


@pytest.mark.parametrize(
    ("means", "patience_steps", "given_up"),
    [
        ([1, 2, 3, 4], 20, False),
        ([4, 3, 2, 1], 30, True),
        ([4, 3, 2, 1], 31, False),
        ([-4, -3, -3, -3], 20, True),  # the first of equal ones is the best
        ([-4, -3, -5, -2], 20, False),
        ([4, 3, 2, 1], None, False),
        ([], 1, False),
    ],
)
def test_a_curve_that_gets_no_better_for_long_enough_is_given_up(means, patience_steps, given_up):
    untrained = [CurveRow(0, 99.0, 0.0, 1.0, None, 5), CurveRow(5, 99.0, 0.0, 1.0, None, 4)]  # of less than a window
    rows = [CurveRow(10 * place, float(mean), 0.0, 1.0, None, 5) for place, mean in enumerate(means, 1)]
    assert no_better([*untrained, *rows], Train(window=5, patience_steps=patience_steps)) is given_up


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
