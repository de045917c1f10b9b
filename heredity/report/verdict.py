"""What the numbers of one comparison say, in a sentence."""

from typing import Literal

from heredity.report.wording import INHERITING, Wording
from heredity.study.sections import PrimaryOutcome
from heredity.transfer.comparison import FEW
from heredity.transfer.estimates import Estimate, SpeedUp, TimeToThreshold, Transfer
from heredity.transfer.permutation import ALPHA

MEASURED: dict[PrimaryOutcome, str] = {
    "area": "mean return over the budget",
    "jumpstart": "return before training",
    "asymptote": "mean return over the last tenth of the budget",
}


def verdict(place: str, transfer: Transfer | None, words: Wording = INHERITING) -> str:
    """Say what inheriting was worth on one task: by the test of the primary outcome, and what else is known beside it.

    place: the generation as a reader knows it, "medium (MiniGrid-DoorKey-6x6-v0)".
    transfer: the generation's part of transfer.json; None where it has no control. words: of two branches, theirs.
    """
    if transfer is None:
        return f"{place} has no control, so nothing can be said about what the inheritance was worth."
    weak, units = transfer.time_to_threshold, fewest_units(transfer)
    if transfer.unit == "parents":
        described = f"{_described(transfer, words)}; {_charged(transfer, words)}"
        said = [f"On {place} {described}.", _shares(weak, words), _at_once(weak, words), _one_lineage(transfer)]
        return " ".join(filter(None, said))
    if units < FEW:
        return f"On {place} {few_ran(transfer, words, 'only')}; fewer than {FEW} cannot say {words.worth}."
    if within := unreached(transfer):
        return f"On {place} nobody reached the threshold {within}, so {words.undecided()}; {gain_text(transfer)}."
    decided = f"{_decided_by_test(transfer, words)}; {_charged(transfer, words)}"
    said = [f"On {place} {decided}.", _shares(weak, words), _at_once(weak, words), _crossing(transfer, words)]
    return " ".join(filter(None, said))


def finding(transfer: Transfer) -> Literal["helped", "did harm", "undecided"]:
    """Return what the test of the primary outcome found, adjusted for the comparisons of the study."""
    p, gain = p_value(transfer), transfer.primary.value
    if p is None or p >= ALPHA or not gain:
        return "undecided"
    return "helped" if (gain > 0) == transfer.larger_is_better else "did harm"


def place(generation: str, task: str) -> str:
    """Name a generation with its task."""
    return f"{generation} ({task})"


def fewest_units(transfer: Transfer) -> int:
    """Return the independent units of the smaller arm; below FEW, nothing is claimed of them."""
    steps = transfer.time_to_threshold.restricted_mean
    return min(steps.inherited.n, steps.control.n)


def few_ran(transfer: Transfer, words: Wording, only: str = "Only") -> str:
    """Say how few independent units of each arm there are."""
    units, noun = fewest_units(transfer), "lineage" if transfer.unit == "lineages" else "run"
    return f"{only} {f'one {noun}' if units == 1 else f'{units} {noun}s'} per {words.arm} ran"


def unreached(transfer: Transfer) -> str:
    """Say within which steps nobody reached the threshold, where these are to decide; nothing where somebody did."""
    strong = transfer.outcome == "steps_strong"
    times = transfer.time_to_threshold_strong if strong else transfer.time_to_threshold
    if not transfer.outcome.startswith("steps") or not nobody_within(times):
        return ""
    return f"within {number(times.restricted_to, 0)} steps{' with all steps charged' if strong else ''}"


def nobody_within(times: TimeToThreshold) -> bool:
    """Say whether no arm reached the threshold by these steps, so that a difference of 0 says nothing."""
    return not times.inherited.reached and not times.control.reached


def is_known(times: TimeToThreshold) -> bool:
    """Say whether a speed-up means anything: half of an arm reached the threshold, and not before its first step."""
    return bool(times.speed_up.nearest)


def interval_text(low: float | None, high: float | None, digits: int = 1) -> str:
    """Write an interval: [1.9, 5.2]; an end that is None is infinite, unless both are."""
    if low is None and high is None:
        return "[no interval]"
    return ("(−∞, " if low is None else f"[{number(low, digits)}, ") + (
        "∞)" if high is None else f"{number(high, digits)}]"
    )


def number(value: float, digits: int = 1) -> str:
    """Write a number with a true minus sign and commas, with two more digits where it would otherwise read as zero."""
    text = f"{value:,.{digits}f}"
    if value and not _nonzero(text):
        text = f"{value:,.{digits + 2}f}"
    return text.replace("-", "−") if _nonzero(text) else text.lstrip("-")


def _nonzero(text: str) -> bool:
    return text.strip("-0.,") != ""


def _decided_by_test(transfer: Transfer, words: Wording) -> str:
    """Say whether inheriting helped, by how much, and how clearly."""
    found, p, models = finding(transfer), p_value(transfer), from_models(transfer.parents)
    verb = words.verbs[found == "did harm"]
    decided = f"{words.action}{models} {verb}{words.beyond}"
    opening = words.undecided(models) if found == "undecided" else decided
    units = fewest_units(transfer)
    clarity = f"no test of so few {transfer.unit}" if p is None else f"p = {p:.2g}"
    lineages = f", {units} lineages" if transfer.unit == "lineages" else ""
    return f"{opening}: {primary_text(transfer, words)} ({clarity}{lineages}){_rate(transfer, words)}"


def _described(transfer: Transfer, words: Wording) -> str:
    """Say how the heirs of one lineage's parents fared, which is no evidence on others."""
    parents = transfer.parents or 0
    whose = f" of {'this one parent' if parents == 1 else f'these {parents} parents'}" if parents else ""
    primary = primary_text(transfer, words).replace("the inherited members", f"the inherited members{whose}", 1)
    return primary + _rate(transfer, words)


def _one_lineage(transfer: Transfer) -> str:
    return f"No verdict: {transfer.test.statement.removeprefix('not tested: ')}."


def primary_text(transfer: Transfer, words: Wording) -> str:
    """Say what the primary outcome came to."""
    if transfer.outcome == "steps":
        return f"{words.members} reached the threshold {delay_text(transfer.time_to_threshold)}{words.than}"
    if transfer.outcome == "steps_strong":
        delay = delay_text(transfer.time_to_threshold_strong)
        return f"with their ancestors' steps charged {words.members} reached the threshold {delay}{words.than}"
    gain, measured = transfer.primary, words.measured.format(MEASURED[transfer.outcome])
    if gain.value is None:
        return f"{measured} is not known"
    side = "below" if gain.value < 0 else "above"
    return f"{measured} was {_with_interval(_turned(gain) if gain.value < 0 else gain)} {side} {words.above}"


def p_value(transfer: Transfer) -> float | None:
    """Return the p-value, adjusted where it has been."""
    return transfer.test.p if transfer.test.p_holm is None else transfer.test.p_holm


def of_models(transfer: Transfer) -> bool:
    """Whether it is of the heirs of imported models, and of no others."""
    return transfer.unit != "parents" and transfer.parents is not None


def from_models(founders: int | None) -> str:
    """Say from whom, where the heirs are those of imported models, and nothing is known of others."""
    if founders is None:
        return ""
    return " from this model" if founders == 1 else f" from these {founders} models"


def delay_text(times: TimeToThreshold) -> str:
    """Say how many steps sooner or later the inherited members reached the threshold, on average."""
    delay = times.restricted_mean.difference
    later = delay if delay.value > 0 else _turned(delay)
    bounds = interval_text(later.low, later.high, 0)
    return f"{number(abs(delay.value), 0)} steps {'later' if delay.value > 0 else 'sooner'} {bounds}"


def _turned(gain: Estimate) -> Estimate:
    """Return the same as seen from the other arm."""
    value, low, high = (None if each is None else 0.0 - each for each in (gain.value, gain.low, gain.high))
    return Estimate(value, high, low, gain.n)


def _rate(transfer: Transfer, words: Wording) -> str:
    """Say how many times as fast the inherited members learned, where that means anything."""
    times = transfer.time_to_threshold
    if transfer.outcome != "steps" or not is_known(times):
        return ""
    rate, bounds = ratio(times.speed_up)
    nearest, later = times.speed_up.nearest or 0.0, times.restricted_mean.difference.value > 0
    opposed = "but by medians " if (nearest > 1) == later and rate != "1.0" else ""
    return f", {opposed}{rate} times as fast{words.versus} {bounds}"


def _charged(transfer: Transfer, words: Wording) -> str:
    """Say the same with the steps of the ancestors counted, or without, and where that disagrees.

    Heirs of imported models have no ancestors here whose steps could be.
    """
    if of_models(transfer):
        return f"what the model{'s were' if (transfer.parents or 0) > 1 else ' was'} trained with before is not counted"
    strong = transfer.outcome != "steps_strong"
    times = transfer.time_to_threshold_strong if strong else transfer.time_to_threshold
    found, delay = finding(transfer), times.restricted_mean.difference
    sides = {"helped": delay.high is not None and delay.high < 0, "did harm": delay.low is not None and delay.low > 0}
    lies = next((side for side, holds in sides.items() if holds), "undecided")
    helped, harmed = words.verbs
    disagrees = {
        "helped": f"by which it {helped}",
        "did harm": f"by which it {harmed}",
        "undecided": "which is undecided",
    }
    ending = "" if lies == found or transfer.unit == "parents" else f", {disagrees[lies]}"
    counted = "with their ancestors' steps charged" if strong else "steps counted on the task alone"
    weak, charged = transfer.time_to_threshold.restricted_to, transfer.time_to_threshold_strong.restricted_to
    within = "" if weak == charged else f" within {number(times.restricted_to, 0)} steps"
    if nobody_within(times):
        return f"{counted}, nobody reached it within {number(times.restricted_to, 0)} steps"
    return f"{counted}, {delay_text(times)}{within}{ending}"


def _shares(times: TimeToThreshold, words: Wording) -> str:
    """Say how many reached the threshold, where somebody did not."""
    inherited, control = times.inherited, times.control
    if inherited.reached == inherited.of and control.reached == control.of:
        return ""
    (first, second), steps = words.counted, number(times.restricted_to, 0)
    reached = f"{inherited.reached:,} of {inherited.of:,} {first} reached it within {steps} steps"
    return f"{reached}, {control.reached:,} of {control.of:,} {second}."


def _at_once(times: TimeToThreshold, words: Wording) -> str:
    """Say of which arms half stood at the threshold before their first step, after which no rate is known."""
    arms = (words.members, times.inherited), (f"those {words.counted[1]}", times.control)
    at_once = " and of ".join(who for who, arm in arms if arm.median == 0)
    told = "were above the threshold before their first step, so no speed-up is told"
    return f"At least half of {at_once} {told}." if at_once else ""


def _crossing(transfer: Transfer, words: Wording) -> str:
    """Say where the mean return over the budget lies on the other side than the steps to the threshold."""
    area, delay = transfer.area_difference, transfer.time_to_threshold.restricted_mean.difference.value
    if delay > 0 and area.low is not None and area.low > 0:
        return f"The curves cross: over the whole budget {words.members} earned more{words.than}."
    if delay < 0 and area.high is not None and area.high < 0:
        return f"The curves cross: over the whole budget {words.members} earned less{words.than}."
    return ""


def ratio(speed_up: SpeedUp, digits: int = 1) -> tuple[str, str]:
    """Return a speed-up that is known, or what it is more or less than, and its interval as text.

    From 20 on there are no decimals.
    """
    nearest = speed_up.nearest or 0.0
    digits = 0 if nearest >= 20 else digits
    side = "more than " if speed_up.above is not None else "less than " if speed_up.below is not None else ""
    return f"{side}{number(nearest, digits)}", interval_text(speed_up.low, speed_up.high, digits)


def gain_text(transfer: Transfer) -> str:
    """Describe what needs nobody to reach the threshold, and is not tested."""
    weak = transfer.forward_transfer
    if weak.value is None:
        return f"the gain in mean return over the budget was {_with_interval(transfer.area_difference)}"
    return f"forward transfer was {_with_interval(weak)}"


def _with_interval(gain: Estimate) -> str:
    return f"{number(gain.value or 0.0, 2)} {interval_text(gain.low, gain.high, 2)}"
