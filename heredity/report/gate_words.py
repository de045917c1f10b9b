"""What a gate's decision is worth, in words: its error over the population, its floor, whether its members differ."""

from heredity.gate.record import Decision, GateRecord, LineageGate
from heredity.gate.return_limits import LOWEST_SEEN
from heredity.report.verdict import number

DIFFERENT = 0.05
"""Below this p members are said to differ."""

ALMOST = 0.995
"""A chance above this says nothing: then it is said how many it may be."""


def gate_sentence(decision: Decision) -> str:
    """Return all that is known of it in one line, nothing for a decision of no gate."""
    return "; ".join(gate_notes(decision))


def gate_notes(decision: Decision) -> list[str]:
    """Return the same, a line each."""
    if decision.rule is None:
        return []
    return list(filter(None, (_error(decision), _untold(decision), _alike(decision))))


def floor_text(decision: Decision) -> str:
    """Say which floor the bound is from, and how it is known."""
    if decision.floor is None:
        return "each lineage's floor" if isinstance(decision, GateRecord) and decision.lineages else "no floor"
    return f"the floor {decision.floor.value:g} ({decision.floor.source})"


def _error(decision: Decision) -> str:
    several, count = decision.population_error, len(decision.candidates)
    who = f"that one of {count:,} members passes who is not above the bar" if count > 1 else "of a false pass"
    floor = f", by {floor_text(decision)}" if decision.rule == "lower_bound" else ""
    if several is None:
        seen = decision.rule == "lower_bound" and (decision.floor is None or decision.floor.source == LOWEST_SEEN)
        why = f"{floor_text(decision)}: write evaluate.floor" if seen and decision.floor else "its rule states none"
        return f"the chance {who} is not known, by {why}" if seen else f"the chance {who} is not known: {why}"
    if several.separate > ALMOST and decision.alpha:
        one = f"a member who is not above the bar passes with a chance of at most {decision.alpha:.2g}{floor}"
        return f"{one}, so {decision.alpha * count:,.0f} of {count:,} may"
    if several.separate == several.always:
        return f"the chance {who} is at most {several.always:.2g}{floor}"
    return f"the chance {who} is at most {several.separate:.2g} with separate seeds, {several.always:.2g} always{floor}"


def _untold(decision: Decision) -> str:
    if not decision.cannot_tell:
        return ""
    would = f"{decision.episodes_needed:,} would do" if decision.episodes_needed else "none would do"
    return f"its episodes cannot tell: {would}"


def _alike(decision: Decision) -> str:
    """Say that members do not differ, of several lineages in how many; nothing where they do."""
    lineages = decision.lineages if isinstance(decision, GateRecord) else {}
    tested = [p for p in map(_equality_p, lineages.values()) if p is not None]
    reliability = "" if decision.reliability is None else f", reliability {decision.reliability:.2g}"
    if tested:
        alike = sum(p >= DIFFERENT for p in tested)
        return f"in {alike} of {len(tested)} lineages its members do not differ (F test{reliability})" if alike else ""
    if (p := _equality_p(decision)) is None or p < DIFFERENT:
        return ""
    test = "no return does" if decision.f_test_p is None else f"F test p = {number(p, 2)}"
    return f"its members do not differ ({test}{reliability})"


def _equality_p(decision: Decision | LineageGate) -> float | None:
    """Return the F test's p; where no member's returns differ, so that it has none, 1 for equal members and else 0."""
    if decision.f_test_p is not None or decision.reliability is None:
        return decision.f_test_p
    return float(decision.reliability == 0)
