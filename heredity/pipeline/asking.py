"""Whether a gate that nobody passes asks to have the members trained once more."""

from heredity.gate.record import Decision
from heredity.layout import Layout
from heredity.pipeline.deciding import decisions_of, stored_returns
from heredity.pipeline.inputs.extend import Extending


def asked_to_extend(extending: Extending | None, generation: str, layout: Layout) -> dict[str, Decision]:
    """Return by lineage the decisions that ask for an extension; none where somebody passes, or the gate never asks."""
    if extending is None:
        return {}
    decisions = decisions_of(extending.gate, stored_returns(layout.arm(generation, "inherited")))
    return {lineage: decision for lineage, decision in decisions.items() if decision.fallback == "extend"}
