"""Why a study, a branch, or one of their lineages ends before a generation: nobody may have heirs there."""

from collections import Counter
from collections.abc import Collection, Mapping

from heredity.gate.record import GateRecord
from heredity.layout import FOUNDERS
from heredity.study.lineages import lineage_of


def why_none_have_heirs(after: str, gate: GateRecord) -> str | None:
    """Return where and why the study ended, where the gate of `after` let nobody have heirs; else None."""
    if after == FOUNDERS or gate.survivors:
        return None
    if gate.ended:
        return gate.ended
    if gate.approval and gate.approval.answer == "refuse":
        note = f": {gate.approval.note}" if gate.approval.note else ""
        return f"the study ended at {after}, whose survivors {gate.approval.by} refused{note}"
    lineages = f" in {len(gate.lineages)} lineages" if gate.lineages else ""
    return f"the study ended at {after}, where none of {len(gate.candidates)} members{lineages} passed the gate"


def lost_lineages(gate: GateRecord) -> dict[str, str]:
    """Return by lineage why it ended, of those that did."""
    return {lineage: each.ended for lineage, each in gate.lineages.items() if each.ended is not None}


def lost_without_failed(after: str, gate: GateRecord, failed: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Return by lineage why it has no heirs of members that failed their gate, of those of which none did.

    failed: by lineage, the members that the gate of `after` judged and did not let pass.
    """
    judged = Counter(map(lineage_of, gate.candidates))
    without = [lineage for lineage, names in failed.items() if not names]
    return {name: f"none of its {judged[name]} members failed the gate of {after}" for name in without}


def why_none_failed(after: str, gate: GateRecord, lineages: Collection[str]) -> str:
    """Return where and why a branch ended that descends from members that failed, where none did in its lineages."""
    members = sum(lineage_of(name) in lineages for name in gate.candidates)
    several = f" in {len(lineages)} lineage{'s' if len(lineages) > 1 else ''}" if gate.lineages else ""
    return f"the branch ended at {after}, where none of {members} members{several} failed the gate"
