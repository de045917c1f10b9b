"""At most 25 words, whatever was found of whom, by which outcome, and of which branches."""

from itertools import product

import pytest

from heredity.report.branches import OTHERS
from heredity.report.headline import WORDS, sentence_of
from heredity.report.wording import INHERITING, Wording

from .conftest import estimate, found_by_test, times, transfer

LONGEST = Wording(
    action=f"taking {OTHERS['failed']} as parents",
    members=f"heirs of {OTHERS['failed']}",
    than=" than those of the best by their own task",
    above="that of heirs of the best by their own task",
    worth=f"what taking {OTHERS['failed']} as parents was worth",
    arm="branch",
)
NOBODY = {"time_to_threshold": times((0, None), (0, None), None), "forward_transfer": estimate(None, None, None)}
OF_WHOM = (
    {"unit": "lineages"},
    {"unit": "members", "parents": 3},
    {"unit": "parents", "parents": 3, "test": found_by_test(None)},
)
FOUND = ({}, {"test": found_by_test(0.3)}, {"test": found_by_test(None)}, NOBODY)


@pytest.mark.parametrize("outcome", ["steps", "steps_strong", "area", "jumpstart", "asymptote"])
def test_no_sentence_is_longer_than_it_may_be(outcome):
    for whom, found in product(OF_WHOM, FOUND):
        compared = transfer(**{"outcome": outcome, **found, **whom})
        of_one_lineage = whom["unit"] == "parents"
        for words, where in ((INHERITING, "second against scratch"), (INHERITING, "second"), (LONGEST, "second")):
            if words is LONGEST and compared.parents is not None:
                continue  # two branches of imported models differ in their parents and not in whom these are
            sentence = sentence_of(compared, where, words)
            assert len(sentence.split()) <= WORDS, sentence
            assert of_one_lineage or "One lineage" not in sentence


def test_what_has_no_room_is_dropped_from_the_least_important_on():
    whole = sentence_of(transfer(unit="lineages"), "second")
    assert whole.endswith("630 steps sooner [500, 800] within 1,000 steps (p = 0.0079, 5 lineages).")
    longer = sentence_of(transfer(unit="lineages", test=found_by_test(0.3)), "second against scratch")
    assert longer.endswith("630 steps sooner [500, 800] within 1,000 steps (p = 0.3, 5 lineages).")
    without_p = sentence_of(transfer(unit="lineages", outcome="steps_strong", test=found_by_test(0.3)), "second")
    assert without_p.endswith("40 steps sooner [−100, 200] within 1,000 steps (5 lineages).")
    without_end = sentence_of(transfer(unit="lineages", test=found_by_test(0.3)), "second", LONGEST)
    assert without_end.endswith("heirs reached the threshold 630 steps sooner [500, 800] (5 lineages).")


def test_a_branch_that_is_named_keeps_its_name_as_it_is_written():
    words = Wording(action="second", verbs=("did better", "did worse"), beyond=" than random", briefly="members")
    assert sentence_of(transfer(unit="lineages"), "", words) == (
        "second did better than random: members reached the threshold 630 steps sooner [500, 800] within 1,000 steps "
        "(p = 0.0079, 5 lineages)."
    )
