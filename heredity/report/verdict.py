"""What the numbers of one comparison say, in a sentence."""

from collections.abc import Mapping
from typing import Any

from heredity.transfer.comparison import FEW

Transfer = Mapping[str, Any]


def verdict(place: str, transfer: Transfer | None) -> str:
    """Say what inheriting was worth on one task.

    place: the generation as a reader knows it, "medium (MiniGrid-DoorKey-6x6-v0)".
    transfer: the generation's part of transfer.json; None where it has no control.
    """
    if transfer is None:
        return f"{place} has no control, so nothing can be said about what the inheritance was worth."
    weak = transfer["time_to_threshold"]
    inherited, control = weak["inherited"], weak["control"]
    if (runs := fewest_runs(transfer)) < FEW:
        return f"On {place} only {_runs(runs)} per arm ran; fewer than {FEW} cannot say what the inheritance was worth."
    negative = " Over the whole budget they earned less than the control." if transfer["negative_transfer"] else ""
    if is_known(weak):
        return f"On {place} {_speed(weak['speed_up'])}; {_charged(transfer['time_to_threshold_strong'])}.{negative}"
    reached = (
        f"the threshold was reached by {_share(inherited)} inherited members and by {_share(control)} from scratch"
    )
    return f"On {place} {reached}, {_unreached(inherited, control)}; {_gain(transfer)}."


def fewest_runs(transfer: Transfer) -> int:
    """Return the runs of the smaller arm; below FEW, nothing is claimed of them."""
    return int(min(transfer["time_to_threshold"][arm]["of"] for arm in ("inherited", "control")))


def is_known(times: Mapping[str, Any]) -> bool:
    """Say whether a speed-up means anything: half of each arm reached the threshold, and not before its first step."""
    medians = [times[arm]["median"] for arm in ("inherited", "control")]
    return None not in medians and times["speed_up"]["value"] is not None


def interval(low: float | None, high: float | None, digits: int = 1) -> str:
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


def _speed(estimate: Mapping[str, Any]) -> str:
    """Say how fast the inherited members learned; a ratio is undecided where its interval holds 1."""
    times, bounds = ratio(estimate)
    if not _decided(estimate, 1.0):
        return (
            "it is undecided whether inheriting helped: "
            f"the inherited members learned {times} times as fast as from scratch {bounds}"
        )
    if estimate["value"] < 1:
        slower = f"the inherited members learned only {times} times as fast as from scratch"
        return f"inheriting did harm: {slower} {bounds}"
    return f"the inherited members learned {times} times faster than from scratch {bounds}"


def _charged(strong: Mapping[str, Any]) -> str:
    """Say the same with the steps of the ancestors counted."""
    before = "with their ancestors' steps charged"
    if not is_known(strong):
        return f"{before}, no speed-up can be given"
    estimate = strong["speed_up"]
    times, bounds = ratio(estimate)
    if not _decided(estimate, 1.0):
        return f"{before}, {times} times {bounds}, which is undecided"
    return f"{before}, {times} times {bounds}" + ("" if estimate["value"] > 1 else ", which is slower")


def ratio(estimate: Mapping[str, Any]) -> tuple[str, str]:
    """Return a speed-up and its interval as text, without decimals from 20 on."""
    digits = 0 if estimate["value"] >= 20 else 1
    return number(estimate["value"], digits), interval(estimate["low"], estimate["high"], digits)


def _unreached(inherited: Mapping[str, Any], control: Mapping[str, Any]) -> str:
    """Say which arm has no median; where both have one, the inherited members needed no step at all."""
    missing = (inherited["median"] is None, control["median"] is None)
    why = {
        (True, True): "neither arm has a median time and ",
        (True, False): "the inherited members have no median time and ",
        (False, True): "the control has no median time and ",
        (False, False): "",
    }
    return f"so {why[missing]}no speed-up can be given"


def _gain(transfer: Transfer) -> str:
    """Fall back on the area between the curves, which needs nobody to reach the threshold."""
    weak, strong = transfer["forward_transfer"], transfer["forward_transfer_strong"]
    if weak["value"] is None:
        return f"the gain in mean return over the budget was {_judged(transfer['area_difference'])}"
    charged = f"; with their ancestors' steps charged, {_judged(strong)}" if strong["value"] is not None else ""
    return f"forward transfer was {_judged(weak)}{charged}"


def _judged(gain: Mapping[str, Any]) -> str:
    """Write a gain, where 0 is nothing, with its interval and what that says."""
    stated = f"{number(gain['value'], 2)} {interval(gain['low'], gain['high'], 2)}"
    if not _decided(gain, 0.0):
        return f"{stated}, so it is undecided whether inheriting helped"
    return f"{stated}, so inheriting {'helped' if gain['value'] > 0 else 'did harm'}"


def _decided(estimate: Mapping[str, Any], nothing: float) -> bool:
    """Say whether the interval lies on one side of `nothing`; without an interval nothing is decided."""
    low, high = estimate["low"], estimate["high"]
    return (low is not None and low > nothing) or (high is not None and high < nothing)


def _share(times: Mapping[str, Any]) -> str:
    return f"{times['reached']} of {times['of']}"


def _runs(count: int) -> str:
    return "one run" if count == 1 else f"{count} runs"
