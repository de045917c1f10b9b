"""Returns as a file: what nobody played is refused by line."""

import pytest

from heredity.errors import CurveError
from heredity.evaluation.returns import read_evaluation

EVALUATION = "member,split,episode,seed,return,length,success\n"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            "m00,final,0,7,1.0,5,",
            "expected a split out of report, select, null, champion, reference, confirm, twin, got 'final'",
        ),
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
