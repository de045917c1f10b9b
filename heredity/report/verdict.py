"""What the numbers of one comparison say, in a sentence."""

from heredity.transfer.comparison import FEW
from heredity.transfer.estimates import Estimate, Reached, SpeedUp, TimeToThreshold, Transfer


def verdict(place: str, transfer: Transfer | None) -> str:
    """Say what inheriting was worth on one task.

    place: the generation as a reader knows it, "medium (MiniGrid-DoorKey-6x6-v0)".
    transfer: the generation's part of transfer.json; None where it has no control.
    """
    if transfer is None:
        return f"{place} has no control, so nothing can be said about what the inheritance was worth."
    weak = transfer.time_to_threshold
    if (runs := fewest_runs(transfer)) < FEW:
        return f"On {place} only {_runs(runs)} per arm ran; fewer than {FEW} cannot say what the inheritance was worth."
    negative = " Over the whole budget they earned less than the control." if transfer.negative_transfer else ""
    shares = f"{_share(weak.inherited)} inherited members and by {_share(weak.control)} from scratch"
    if is_known(weak):
        counts = "" if weak.speed_up.value is not None else f" (the threshold was reached by {shares})"
        return f"On {place} {_speed(weak.speed_up)}{counts}; {_charged(transfer.time_to_threshold_strong)}.{negative}"
    return f"On {place} the threshold was reached by {shares}, {_unreached(weak)}; {_gain(transfer)}."


def place(generation: str, task: str) -> str:
    """Name a generation with its task."""
    return f"{generation} ({task})"


def fewest_runs(transfer: Transfer) -> int:
    """Return the runs of the smaller arm; below FEW, nothing is claimed of them."""
    return min(transfer.time_to_threshold.inherited.of, transfer.time_to_threshold.control.of)


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


def _speed(speed_up: SpeedUp) -> str:
    """Say how fast the inherited members learned; a ratio is undecided where its interval holds 1."""
    times, bounds = ratio(speed_up)
    if not _decided(speed_up, 1.0):
        return (
            "it is undecided whether inheriting helped: "
            f"the inherited members learned {times} times as fast as from scratch {bounds}"
        )
    if (speed_up.nearest or 0.0) < 1:
        only = "only " if speed_up.below is None else ""
        return (
            f"inheriting did harm: the inherited members learned {only}{times} times as fast as from scratch {bounds}"
        )
    return f"the inherited members learned {times} times faster than from scratch {bounds}"


def _charged(strong: TimeToThreshold) -> str:
    """Say the same with the steps of the ancestors counted."""
    before = "with their ancestors' steps charged"
    if not is_known(strong):
        return f"{before}, no speed-up can be given"
    times, bounds = ratio(strong.speed_up)
    if not _decided(strong.speed_up, 1.0):
        return f"{before}, {times} times {bounds}, which is undecided"
    return f"{before}, {times} times {bounds}" + ("" if (strong.speed_up.nearest or 0.0) > 1 else ", which is slower")


def ratio(speed_up: SpeedUp, digits: int = 1) -> tuple[str, str]:
    """Return a speed-up that is known, or what it is more or less than, and its interval as text.

    From 20 on there are no decimals.
    """
    nearest = speed_up.nearest or 0.0
    digits = 0 if nearest >= 20 else digits
    side = "more than " if speed_up.above is not None else "less than " if speed_up.below is not None else ""
    return f"{side}{number(nearest, digits)}", interval_text(speed_up.low, speed_up.high, digits)


def _unreached(times: TimeToThreshold) -> str:
    """Say which arm has no median; where both have one, the inherited members needed no step at all."""
    missing = (times.inherited.median is None, times.control.median is None)
    why = {
        (True, True): "neither arm has a median time and ",
        (True, False): "the inherited members have no median time and ",
        (False, True): "the control has no median time and ",
        (False, False): "",
    }
    return f"so {why[missing]}no speed-up can be given"


def _gain(transfer: Transfer) -> str:
    """Fall back on the area between the curves, which needs nobody to reach the threshold."""
    weak, strong = transfer.forward_transfer, transfer.forward_transfer_strong
    if weak.value is None:
        return f"the gain in mean return over the budget was {_judged(transfer.area_difference)}"
    charged = f"; with their ancestors' steps charged, {_judged(strong)}" if strong.value is not None else ""
    return f"forward transfer was {_judged(weak)}{charged}"


def _judged(gain: Estimate) -> str:
    """Write a gain that is known, where 0 is nothing, with its interval and what that says."""
    value = gain.value or 0.0
    stated = f"{number(value, 2)} {interval_text(gain.low, gain.high, 2)}"
    if not _decided(gain, 0.0):
        return f"{stated}, so it is undecided whether inheriting helped"
    return f"{stated}, so inheriting {'helped' if value > 0 else 'did harm'}"


def _decided(estimate: Estimate, nothing: float) -> bool:
    """Say whether the interval lies on one side of `nothing`; without an interval nothing is decided."""
    low, high = estimate.low, estimate.high
    return (low is not None and low > nothing) or (high is not None and high < nothing)


def _share(arm: Reached) -> str:
    return f"{arm.reached} of {arm.of}"


def _runs(count: int) -> str:
    return "one run" if count == 1 else f"{count} runs"
