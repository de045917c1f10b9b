"""What a reader has to know before the verdict: how generations ended otherwise than by members that pass a gate."""

from collections.abc import Collection, Iterable
from textwrap import shorten

from heredity.gate.record import GateRecord
from heredity.layout import CONTROL, control_name
from heredity.report.arms import ArmResults
from heredity.report.results import Outcome, Results
from heredity.report.tables import return_text
from heredity.study.lineages import address, lineage_of

RANDOM = "random"
"""The null policy whose every action is as likely as the others."""

NAMED = 3
"""How many members a sentence names; of more it says how many they are."""

SHORT = 120
"""Characters of a failure's reason, which the gate's section has whole."""

THAN_CHANCE = "than the random policy on the gate's episodes"


def endings(results: Results) -> list[str]:
    """Return a sentence for whatever did not go as a study hopes it does, generation by generation."""
    outcomes, said = {outcome.name: outcome for outcome in results.outcomes}, list[str]()
    for name in results.study.order():
        if name in outcomes:
            said += [*gate_endings(name, outcomes[name].gate), *_failed(results, outcomes[name])]
            said += [_at_once(name, arm) for arm in outcomes[name].arms]
        if name in results.ended:
            said.append(f"{name} never came: {results.ended[name]}.")
    return [sentence for sentence in said if sentence]


def gate_endings(name: str, gate: GateRecord) -> list[str]:
    """Say of one gate what is not plain passing: an extension, a fallback, survivors worse than chance.

    name: of its generation. Lineages that nobody may go on are said as well.
    """
    said = (_extended(name, gate), _fell_back(name, gate), _worse(name, gate), _lost(name, gate))
    return [sentence for sentence in said if sentence]


def fallen_back(gate: GateRecord) -> list[str]:
    """Return the members that survive though nobody of their lineage passed, by `when_none: best`."""
    passed = {lineage_of(member) for member in gate.passed}
    return [member for member in gate.survivors if gate.candidates and lineage_of(member) not in passed]


def chance_beaten(gate: GateRecord) -> dict[str, tuple[float, float]]:
    """Return by survivor that did worse than the random policy both their means; none where that did not play."""
    nulls = {member: gate.nulls.get(address(lineage_of(member), RANDOM)) for member in gate.survivors}
    return {
        member: (gate.candidates[member].mean, null.mean)
        for member, null in nulls.items()
        if null and member in gate.candidates and gate.candidates[member].mean < null.mean
    }


def _extended(name: str, gate: GateRecord) -> str:
    if (extension := gate.extension) is None:
        return ""
    judged, passed = (_of_lineages(names, extension.lineages) for names in (gate.candidates, gate.passed))
    where = f" in {len(extension.lineages)} of {len(gate.lineages)} lineages" if extension.lineages else ""
    whose = "their" if extension.lineages else "its"
    more = f"{whose} members were trained {extension.budget_steps:,} steps more, and then {passed} of {judged} passed"
    return f"Nobody passed the gate of {name} before an extension{where}: {more}."


def _of_lineages(members: Collection[str], lineages: Collection[str]) -> int:
    """Return how many members are of these lineages, all of them where none is named."""
    return sum(not lineages or lineage_of(member) in lineages for member in members)


def _fell_back(name: str, gate: GateRecord) -> str:
    if not (kept := fallen_back(gate)):
        return ""
    if gate.lineages:
        where = f"In {len(kept)} of {len(gate.lineages)} lineages nobody passed the gate of {name}"
        return f"{where}: the best member of each counts as its survivor all the same."
    return f"Nobody passed the gate of {name}: its best member, {kept[0]}, counts as its survivor all the same."


def _worse(name: str, gate: GateRecord) -> str:
    if not (worse := chance_beaten(gate)):
        return ""
    if len(worse) > 1:
        return f"{len(worse):,} of {len(gate.survivors):,} survivors of {name} did worse {THAN_CHANCE}."
    ((member, (mean, null)),) = worse.items()
    means = f"{return_text(mean)} against {return_text(null)}"
    return f"{member}, a survivor of {name}, did worse {THAN_CHANCE}: {means}."


def _lost(name: str, gate: GateRecord) -> str:
    lost = {lineage: each.ended for lineage, each in gate.lineages.items() if each.ended}
    reasons = _listed(f"{lineage}: {why}" for lineage, why in lost.items())
    return f"{len(lost)} of {len(gate.lineages)} lineages ended at {name} or before: {reasons}." if lost else ""


def _failed(results: Results, outcome: Outcome) -> list[str]:
    if not (failed := outcome.gate.failed):
        return []
    born = len(results.pedigree.of(outcome.name))
    reasons = _listed(f"{member}: {shorten(reason, SHORT, placeholder=' …')}" for member, reason in failed.items())
    return [f"{len(failed):,} of {born:,} members of {outcome.name} failed: {reasons}."]


def _at_once(name: str, arm: ArmResults) -> str:
    """Say who stood at the threshold before its first step, which no training and no speed-up can tell of."""
    at_once = [
        member
        for member in arm.compared
        if arm.times[member].reached and arm.times[member].steps <= arm.ranking.get(member, 0)
    ]
    if not at_once:
        return ""
    control = control_name(arm.name)
    of = name if control is None else f"{name}'s {CONTROL}{'' if arm.label == CONTROL else f' {arm.label}'}"
    return (
        f"{len(at_once):,} of {len(arm.compared):,} members of {of} were above the threshold before their first step."
    )


def _listed(words: Iterable[str]) -> str:
    first = list(words)
    more = f"; and {len(first) - NAMED} more" if len(first) > NAMED else ""
    return "; ".join(first[:NAMED]) + more
