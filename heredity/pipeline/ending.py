"""Why a study, or one of its lineages, ends before a generation: nobody of the one before may have heirs."""

from heredity.gate.record import GateRecord
from heredity.layout import FOUNDERS


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
