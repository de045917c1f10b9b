"""Every way in which a study ends, and what the first screen and the Methods say of it, held against its numbers."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from heredity.gate.approval import Approval
from heredity.gate.record import Candidate, Decision, Extended, GateRecord, LineageGate
from heredity.report.endings import chance_beaten, endings, fallen_back
from heredity.report.headline import WORDS, first_sentence, foremost, verdicts
from heredity.report.methods import methods
from heredity.report.page import figures, page
from heredity.report.results import Results
from heredity.report.verdict import finding, interval_text, number
from heredity.transfer.contrasts import BranchContrast
from heredity.transfer.estimates import Estimate, Transfer

from .conftest import Written, defined, estimate, found_by_test, times, transfer

LATER = defined(estimate(630.0, 500.0, 800.0))
UNSURE = estimate(-40.0, -200.0, 100.0)


@dataclass(frozen=True)
class Ending:
    """One of them. of: what makes it of a study that went well. heeded: what stands before the verdict.

    methods, never: what the Methods say, and what nothing on the page says.
    """

    name: str
    of: Callable[[Results], Results]
    headline: str
    heeded: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


def lineages(**changes: Any) -> Transfer:
    """Return the comparison of a study of five lineages, in which inheriting helped."""
    return transfer(unit="lineages", **changes)


def compared(**changes: Any) -> Callable[[Results], Results]:
    return lambda results: with_transfer(results, lineages(**changes))


def with_transfer(results: Results, compared: Transfer | None) -> Results:
    first, second = results.outcomes
    return replace(results, outcomes=(first, replace(second, transfer=compared)))


def gated(**changes: Any) -> Callable[[Results], Results]:
    """Change what the first generation's gate has on record."""

    def of(results: Results) -> Results:
        first, second = with_transfer(results, lineages()).outcomes
        return replace(results, outcomes=(replace(first, gate=replace(first.gate, **changes)), second))

    return of


def ended(why: str, **changes: Any) -> Callable[[Results], Results]:
    """End a study after the first generation."""

    def of(results: Results) -> Results:
        (first, _) = gated(survivors=(), **changes)(results).outcomes
        return replace(results, outcomes=(replace(first, confirmations={}),), ended={"second": why})

    return of


def without_control(results: Results) -> Results:
    first, second = with_transfer(results, None).outcomes
    study = results.study
    nodes = {name: node.model_copy(update={"controls": {}}) for name, node in study.generations.items()}
    second = replace(second, controls=(), node=nodes["second"])
    return replace(results, study=study.model_copy(update={"generations": nodes}), outcomes=(first, second))


def selecting(found: Transfer) -> Callable[[Results], Results]:
    """Compare the second generation with a branch whose parents were drawn."""

    def of(results: Results) -> Results:
        alone = without_control(results)
        node = alone.study.generations["second"]
        drawn = node.model_copy(update={"inherit": node.inherit.model_copy(update={"donors": "random"})})
        nodes = {**alone.study.generations, "random": drawn}
        contrast = BranchContrast("second", "random", found, (5000, 5000))
        study = alone.study.model_copy(update={"generations": nodes, "compare": (("second", "random"),)})
        return replace(alone, study=study, contrasts=(contrast,))

    return of


def at_once(results: Results) -> Results:
    """Let every heir stand above the threshold before its first step."""
    known = times((5, 0.0), (5, 800.0), None)
    first, second = with_transfer(results, lineages(time_to_threshold=known)).outcomes
    reached = {member: replace(time, steps=0.0, reached=True) for member, time in second.members.times.items()}
    (control,) = second.controls
    control = replace(control, times={**control.times, "m01": replace(control.times["m01"], steps=0.0, reached=True)})
    members = replace(second.members, times=reached)
    return replace(results, outcomes=(first, replace(second, members=members, controls=(control,))))


def several(**gates: Any) -> Callable[[Results], Results]:
    """Let the first generation's gate be that of three lineages of one member each."""
    candidates = {
        f"l0{index}/m00": Candidate(4, mean, mean, mean > 100, "") for index, mean in enumerate((120, 20, 30))
    }
    kept = {"passed": ("l00/m00",), "survivors": tuple(candidates), "candidates": candidates, "fallback": None}
    lineage_gates = {"l00": LineageGate(), "l01": LineageGate(fallback="best"), "l02": LineageGate(fallback="best")}
    return gated(**{**kept, "lineages": lineage_gates, **gates})


NOBODY = {"passed": (), "survivors": ("m00",), "fallback": "best"}
RANDOM = {"random": Candidate(4, 150.0, 140.0, False, "")}
HELPED = (
    "Inheriting helped on second: heirs reached the threshold 630 steps sooner [500, 800] within 1,000 steps "
    "(p = 0.0079, 5 lineages)."
)
NEVER = "Nothing can be said about what the inheritance was worth: second, which has a control, never came."
STOPPED = "the study ended at first, where none of 3 members passed the gate"
EXTENDED = (
    "Nobody passed the gate of first before an extension: its members were trained 500 steps more, and then 1 of 3 "
    "passed."
)
WORSE = "m00, a survivor of first, did worse than the random policy on the gate's episodes: 120.0 against 150.0."
ALONE = "The study has no control, so nothing can be said about what the inheritance was worth."
LOST = "none of its 1 members passed"
REFUSED = "the study ended at first, whose survivors Ada refused: falls over"
FELL_BACK = "Nobody passed the gate of first: its best member, m00, counts as its survivor all the same."

ENDINGS = [
    Ending("passed", compared(), HELPED, (), ("descend from at most the best 2 of those that passed",), ("Nobody",)),
    Ending(
        "fell back", gated(**NOBODY), HELPED, (FELL_BACK,),
        ("descend from the best member, since nobody passed, by the gate's episodes", FELL_BACK),
        ("those that passed, by",),
    ),
    Ending(
        "worse than random", gated(**NOBODY, nulls=RANDOM), HELPED,
        (FELL_BACK, WORSE),
        ("did worse than the random policy",),
    ),
    Ending(
        "extended", gated(extension=Extended(500, Decision(fallback="extend"))), HELPED,
        (EXTENDED,), ("trained 500 steps more",),
    ),
    Ending(
        "refused", ended(REFUSED, approval=Approval(answer="refuse", by="Ada", note="falls over", evaluation="x")),
        NEVER, (f"second never came: {REFUSED}.",),
        ("Ada refused to let the survivors of first have heirs (falls over)", "The control of second learned alone"),
        ("no control", "There was no control"),
    ),
    Ending(
        "stopped", ended(STOPPED, passed=(), fallback="stop"), NEVER, (f"second never came: {STOPPED}.",),
        ("The control of second learned alone, so that nothing was compared with it",), ("no control", "had heirs"),
    ),
    Ending(
        "approved", gated(approval=Approval(answer="promote", by="Ada", note="walks well", evaluation="x")), HELPED, (),
        ("Ada let the survivors of first have heirs (walks well)",),
    ),
    Ending(
        "failed members", gated(failed={"m02": "killed at step 12"}), HELPED,
        ("1 of 3 members of first failed: m02: killed at step 12.",),
    ),
    Ending(
        "some lineages extended",
        several(extension=Extended(500, Decision(fallback="extend"), ("l01",)), survivors=("l00/m00",)), HELPED,
        ("Nobody passed the gate of first before an extension in 1 of 3 lineages: their members were trained 500 steps "
         "more, and then 0 of 1 passed.",),
    ),
    Ending(
        "no control", without_control, ALONE, (), ("There was no control.",), ("helped", "from scratch"),
    ),
    Ending(
        "one lineage",
        lambda results: with_transfer(results, transfer(unit="parents", parents=3, test=found_by_test(None))),
        "One lineage gives no verdict on second: heirs of these 3 parents reached the threshold 630 steps sooner "
        "[500, 800] within 1,000 steps.",
        (), ("nothing was tested, because one lineage tells of its own parents alone",), ("helped",),
    ),
    Ending(
        "too few runs", compared(time_to_threshold=times((2, 1.0), (2, 2.0), None, of=2)),
        "Only 2 lineages per arm ran on second: fewer than 5 cannot say what the inheritance was worth.",
        (), (), ("helped", "did harm"),
    ),
    Ending(
        "imported models", lambda results: with_transfer(results, transfer(parents=3)),
        "Inheriting from these 3 models helped on second: heirs reached the threshold 630 steps sooner [500, 800] "
        "within 1,000 steps (p = 0.0079, 5 runs).",
    ),
    Ending(
        "immediate success", at_once, HELPED,
        ("3 of 3 members of second were above the threshold before their first step.",
         "1 of 3 members of second's control were above the threshold before their first step."),
        (), ("times as fast",),
    ),
    Ending(
        "harm", compared(time_to_threshold=times((5, 50.0), (5, 280.0), estimate(5.6, 2.0, 9.0), delay=LATER)),
        "Inheriting did harm on second: heirs reached the threshold 630 steps later [500, 800] within 1,000 steps "
        "(p = 0.0079, 5 lineages).",
        (), (), ("Inheriting helped", "inheriting helped", "5.6×", ", 5.6 times"),
    ),
    Ending(
        "undecided",
        compared(time_to_threshold=times((3, 300.0), (3, 300.0), None, delay=UNSURE), test=found_by_test(0.4)),
        "Undecided whether inheriting helped on second: heirs reached the threshold 40 steps sooner [−100, 200] within "
        "1,000 steps (p = 0.4, 5 lineages).",
        (), (), ("Inheriting helped",),
    ),
    Ending(
        "nobody learned", compared(time_to_threshold=times((0, None), (0, None), None), test=found_by_test(None)),
        "Nobody reached the threshold on second within 1,000 steps, so it is undecided whether inheriting helped; "
        "forward transfer was 0.41 [0.22, 0.60].",
        (), (), ("inheriting helped:", "times as fast"),
    ),
    Ending(
        "ancestors charged", compared(outcome="steps_strong", test=found_by_test(0.3)),
        "Undecided whether inheriting helped on second: ancestors' steps charged, heirs reached the threshold "
        "40 steps sooner [−100, 200] within 1,000 steps (5 lineages).",
        (), ("ancestors' steps charged",), ("Inheriting helped",),
    ),
    Ending(
        "returns", compared(outcome="asymptote", asymptotic_gain=estimate(-10.0, -20.0, -1.0)),
        "Inheriting did harm on second: heirs' final mean return was 10.00 [1.00, 20.00] below the "
        "control's (p = 0.0079, 5 lineages).",
    ),
    Ending(
        "selecting undecided", selecting(lineages(arms=("second", "random"), test=found_by_test(0.3))),
        "Undecided whether selecting helped on second: heirs reached the threshold 630 steps sooner [500, 800] within "
        "1,000 steps (p = 0.3, 5 lineages).",
        (), ("second against random",), ("Selecting helped",),
    ),
    Ending(
        "some lineages fell back", several(nulls={"l01/random": Candidate(4, 22.0, 21.0, False, "")}), HELPED,
        ("In 2 of 3 lineages nobody passed the gate of first: the best member of each counts as its survivor all the "
         "same.",
         "l01/m00, a survivor of first, did worse than the random policy on the gate's episodes: 20.0 against 22.0."),
        ("(in 2 of 3 lineages, where nobody passed, from the best member)",),
    ),
    Ending(
        "a lineage was lost",
        several(survivors=("l00/m00",), lineages={name: LineageGate(ended=why) for name, why in
                                                  (("l00", None), ("l01", LOST), ("l02", None))}),
        HELPED, (f"1 of 3 lineages ended at first or before: l01: {LOST}.",),
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Return a study that went well, of which the others are made."""
    return Written(tmp_path_factory.mktemp("endings")).write()


@pytest.fixture(params=ENDINGS, ids=lambda each: each.name)
def ending(request: pytest.FixtureRequest) -> Ending:
    told: Ending = request.param
    return told


def first_screen(results: Results) -> str:
    text = re.sub(r"<(script|style).*?</\1>", "", page(results, {}), flags=re.DOTALL).partition("<nav")[0]
    return html.unescape(text).replace("\u00a0", " ")


def test_the_first_screen_and_the_methods_say_what_happened(well, ending):
    results = ending.of(well)
    assert first_sentence(results) == ending.headline
    assert tuple(endings(results)) == ending.heeded
    screen, paragraph = first_screen(results), methods(results)
    assert all(sentence in screen for sentence in (ending.headline, *ending.heeded, *verdicts(results)))
    assert [words for words in ending.methods if words not in paragraph] == []
    assert [words for words in ending.never if words in f"{screen} {paragraph}"] == []


def test_no_headline_is_longer_than_it_may_be_or_says_what_no_number_does(well, ending):
    results = ending.of(well)
    sentence = first_sentence(results)
    assert len(sentence.split()) <= WORDS
    told = [transfer for transfer in (shown_transfer(results),) if transfer]
    known = {text for transfer in told for text in numbers_of(transfer)} | {"5", f"{results.study.population}"}
    assert [word for word in re.findall(r"−?\d[\d,.]*\d|\d", sentence) if word.lstrip("−") not in known] == []


def test_headline_verdict_and_figures_agree(well, ending):
    results = ending.of(well)
    transfer, sentence = shown_transfer(results), first_sentence(results)
    if transfer is None or transfer.unit == "parents" or sentence.startswith("Only"):
        assert not re.search("[Ii]nheriting (helped|did harm)", sentence)
        return
    found = {"helped": " helped on", "did harm": "did harm on", "undecided": "ndecided whether"}[finding(transfer)]
    assert found in sentence
    assert any(finding(transfer) in said for said in verdicts(results))
    if foremost(results) is None:
        return
    numbers = figures(transfer)
    assert len(numbers) <= 3
    reached = transfer.time_to_threshold
    assert numbers[-1].value == (
        f"{reached.inherited.reached}/{reached.inherited.of} · {reached.control.reached}/{reached.control.of}"
    )
    assert f"within {number(reached.restricted_to, 0)} steps" in numbers[-1].meaning
    if "×" in numbers[0].value:  # as fast as the means are, or slower as they are
        assert (reached.speed_up.nearest > 1) == (reached.restricted_mean.difference.value < 0)


def test_a_study_that_has_a_control_is_never_said_to_have_none(well, ending):
    results = ending.of(well)
    said = " ".join([first_sentence(results), *verdicts(results), methods(results)])
    assert ("no control" in said) == (not results.study.controlled)


def test_whoever_survives_without_passing_or_below_chance_is_said_in_front(well, ending):
    results = ending.of(well)
    said = " ".join(endings(results))
    for outcome in results.outcomes:
        if outcome.name == "first":
            assert ("nobody passed" in said.lower()) >= bool(fallen_back(outcome.gate))
            assert ("worse than the random policy" in said) == bool(chance_beaten(outcome.gate))


def shown_transfer(results: Results) -> Transfer | None:
    """Return the comparison that the headline is of."""
    comparison = foremost(results)
    return comparison.transfer if comparison else results.contrasts[0].transfer if results.contrasts else None


def numbers_of(transfer: Transfer) -> set[str]:
    """Return every number of a comparison as a headline may write it."""
    times_of = transfer.time_to_threshold, transfer.time_to_threshold_strong
    estimates: list[tuple[Estimate, int]] = [(each.restricted_mean.difference, 0) for each in times_of]
    estimates += [(each, 2) for each in (transfer.jumpstart, transfer.asymptotic_gain, transfer.area_difference,
                                         transfer.forward_transfer)]  # fmt: skip
    texts = {part.lstrip("−") for estimate, digits in estimates for end in (estimate.value, estimate.low, estimate.high)
             if end is not None for part in (number(end, digits),)}  # fmt: skip
    texts |= {number(each.restricted_to, 0) for each in times_of}
    texts |= {f"{each.restricted_mean.inherited.n}" for each in times_of} | {f"{transfer.parents}"}
    return texts | ({f"{transfer.test.p:.2g}"} if transfer.test.p is not None else set())


def test_a_gate_that_decided_nothing_says_nothing():
    assert fallen_back(GateRecord(survivors=("a",))) == []  # founders, whom no gate has seen
    assert interval_text(None, None) == "[no interval]"
