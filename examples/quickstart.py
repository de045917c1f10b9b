"""A gate on plain numbers: which of three members' returns clear a threshold, beyond the luck of their episodes."""

from heredity import GateRule, decide

returns = {  # of ten episodes each, however they were played
    "anna": [242, 225, 250, 248, 237, 239, 253, 231, 246, 245],
    "bert": [390, 120, 395, 140, 380, 110, 385, 150, 405, 160],
    "carl": [181, 176, 190, 185, 179, 188, 174, 183, 192, 177],
}
decision = decide(returns, GateRule(confidence=0.95, when_none="stop"), threshold=200)

for name, candidate in decision.ranked():
    print(f"{name}: mean {candidate.mean:.1f}, {'passed' if candidate.passed else 'refused'}: {candidate.reason}")
print("Who may have heirs:", ", ".join(decision.survivors))
