"""Why a study ends before a generation: nobody of the one before may have heirs."""

from heredity.gate.record import GateRecord


def why_none_have_heirs(after: str, gate: GateRecord) -> str | None:
    """Return where and why the study ended, where the gate of `after` let nobody have heirs; else None."""
    if after == "founders" or gate.survivors:
        return None
    if gate.ended:
        return gate.ended
    if gate.approval and gate.approval.answer == "refuse":
        note = f": {gate.approval.note}" if gate.approval.note else ""
        return f"the study ended at {after}, whose survivors {gate.approval.by} refused{note}"
    return f"the study ended at {after}, where none of {len(gate.candidates)} members passed the gate"
