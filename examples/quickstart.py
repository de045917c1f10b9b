"""A gate on plain numbers: which of three members' returns clear a threshold, beyond the luck of their episodes."""

from heredity import GateRule, decide

returns = {  # of ten episodes each, however they were played
    "anna": [212, 195, 240, 228, 207, 219, 233, 201, 226, 215],
    "bert": [310, 120, 295, 140, 330, 110, 280, 150, 305, 160],
    "carl": [181, 176, 190, 185, 179, 188, 174, 183, 192, 177],
}
decision = decide(returns, GateRule(rule="lower_bound", confidence=0.95), threshold=200)

for name, candidate in decision.ranked():
    print(f"{name}: mean {candidate.mean:.1f}, {'passed' if candidate.passed else 'refused'}: {candidate.reason}")
print("Who may have heirs:", ", ".join(decision.survivors))
