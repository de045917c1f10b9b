"""What the numbers of one comparison say, in a sentence."""

from collections.abc import Mapping
from typing import Any

FEWEST = 3
"""Runs per arm below which no sentence claims anything: two runs per arm cannot be told apart by any rank test."""

Transfer = Mapping[str, Any]


def verdict(place: str, transfer: Transfer | None) -> str:
    """Say what inheriting was worth on one task.

    place: the generation as a reader knows it, "medium (MiniGrid-DoorKey-6x6-v0)".
    transfer: the generation's part of transfer.json; None where it has no control.
    """
    if transfer is None:
        return f"{place} has no control, so nothing can be said about what the inheritance was worth."
    weak, strong = transfer["time_to_threshold"], transfer["time_to_threshold_strong"]
    inherited, control = weak["inherited"], weak["control"]
    if (runs := min(inherited["of"], control["of"])) < FEWEST:
        return f"On {place} only {_runs(runs)} per arm ran, too few to say what the inheritance was worth."
    speed_up = weak["speed_up"]
    if speed_up is not None and speed_up["value"] is not None:
        return f"On {place} {_speed(speed_up)}; {_charged(strong['speed_up'])}."
    reached = (
        f"the threshold was reached by {_share(inherited)} inherited members and by {_share(control)} from scratch"
    )
    return f"On {place} {reached}, {_unreached(inherited, control)}; {_gain(transfer)}."


def interval(low: float | None, high: float | None, digits: int = 1) -> str:
    """Write an interval: [1.9, 5.2]."""
    if low is None or high is None:
        return "[no interval]"
    return f"[{number(low, digits)}, {number(high, digits)}]"


def number(value: float, digits: int = 1) -> str:
    """Write a number with a true minus sign, with two more digits where it would otherwise read as zero."""
    text = f"{value:.{digits}f}"
    if value and not float(text):
        text = f"{value:.{digits + 2}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


def _speed(estimate: Mapping[str, Any]) -> str:
    """Say how fast the inherited members learned; a ratio is undecided where its interval holds 1."""
    value, bounds = estimate["value"], interval(estimate["low"], estimate["high"])
    if not _decided(estimate, 1.0):
        return (
            "it is undecided whether inheriting helped: "
            f"the inherited members learned {number(value)} times as fast as from scratch {bounds}"
        )
    if value < 1:
        slower = f"the inherited members learned only {number(value)} times as fast as from scratch"
        return f"inheriting did harm: {slower} {bounds}"
    return f"the inherited members learned {number(value)} times faster than from scratch {bounds}"


def _charged(estimate: Mapping[str, Any] | None) -> str:
    """Say the same with the steps of the ancestors counted."""
    before = "with their ancestors' steps charged"
    if estimate is None or estimate["value"] is None:
        return f"{before}, no speed-up can be given"
    value, bounds = estimate["value"], interval(estimate["low"], estimate["high"])
    if not _decided(estimate, 1.0):
        return f"{before}, {number(value)} times {bounds}, which is undecided"
    return f"{before}, {number(value)} times {bounds}" + ("" if value > 1 else ", which is slower")


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
    gain = transfer["forward_transfer"]
    if gain is None or gain["value"] is None:
        return "the area between the curves is undefined too"
    stated = f"forward transfer was {number(gain['value'], 2)} {interval(gain['low'], gain['high'], 2)}"
    if not _decided(gain, 0.0):
        return f"{stated}, so it is undecided whether inheriting helped"
    return f"{stated}, so inheriting {'helped' if gain['value'] > 0 else 'did harm'}"


def _decided(estimate: Mapping[str, Any], nothing: float) -> bool:
    """Say whether the interval lies on one side of `nothing`; without an interval nothing is decided."""
    low, high = estimate["low"], estimate["high"]
    return low is not None and high is not None and not low <= nothing <= high


def _share(times: Mapping[str, Any]) -> str:
    return f"{times['reached']} of {times['of']}"


def _runs(count: int) -> str:
    return "one run" if count == 1 else f"{count} runs"
