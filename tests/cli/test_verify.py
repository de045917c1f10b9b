"""What `heredity verify` prints of few members and of many; what it finds is tested in tests/stages/test_verify.py."""

import pytest

from heredity.cli.verify import MOST_LINES, _told
from heredity.layout import Layout
from heredity.pipeline.verify import TrainedMember, Verdict


@pytest.mark.parametrize(
    ("members", "other", "said"),
    [
        (2, (), ["small/m000: the same bytes (aaaa)", "small/m001: the same bytes (aaaa)"]),
        (2, (1,), ["small/m000: the same bytes (aaaa)", "small/m001: OTHER BYTES (aaaa)"]),
        (
            MOST_LINES + 2,
            (),
            [
                f"{MOST_LINES} of {MOST_LINES + 2} members trained again, all with the same bytes",
                f"{MOST_LINES + 2} of {MOST_LINES + 2} members trained again, all with the same bytes",
            ],
        ),
        (
            2 * MOST_LINES,
            (3,),
            [
                "small/m003: OTHER BYTES (aaaa)",
                f"{MOST_LINES} of {2 * MOST_LINES} members trained again, 1 of them with other bytes",
                f"{2 * MOST_LINES} of {2 * MOST_LINES} members trained again, 1 of them with other bytes",
            ],
        ),
    ],
)
def test_of_many_members_those_that_come_out_otherwise_have_a_line_and_the_others_are_counted(
    members, other, said, monkeypatch, capsys
):
    trainees = [TrainedMember("small", "inherited", f"m{each:03}") for each in range(members)]
    batches = []

    def verify(layout, batch):
        batches.append(batch)
        return [Verdict(each, "bbbb" if int(each.member[1:]) in other else "aaaa", "aaaa") for each in batch]

    monkeypatch.setattr("heredity.pipeline.verify.verify", verify)
    verdicts = list(_told(Layout(), trainees))
    assert [verdict.trainee for verdict in verdicts] == trainees
    assert sum(not verdict.holds for verdict in verdicts) == len(other)
    assert [each for batch in batches for each in batch] == trainees
    assert capsys.readouterr().out.splitlines() == said
