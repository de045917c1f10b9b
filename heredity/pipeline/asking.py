"""Whether a gate that nobody passes asks to have the members trained once more."""

from heredity.gate.record import Decision
from heredity.layout import Layout
from heredity.pipeline.deciding import decided, stored_returns
from heredity.pipeline.inputs.extend import Extending


def asked_to_extend(extending: Extending | None, generation: str, layout: Layout) -> Decision | None:
    """Return the decision that asks for an extension; None where somebody passes, or the gate never asks."""
    if extending is None:
        return None
    decision = decided(extending.gate, stored_returns(layout.arm(generation, "inherited")))
    return decision if decision.fallback == "extend" else None
