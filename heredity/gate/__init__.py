"""The gate: rules, the decision they make, and how much of it was luck."""

from heredity.gate.decision import Decision, GateRule, decide

__all__ = ["Decision", "GateRule", "decide"]
