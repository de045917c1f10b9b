"""Of whom members are heirs, and how, in words that hold whatever the gate before them said."""

from heredity.gate.record import GateRecord
from heredity.layout import FOUNDERS
from heredity.report.endings import fallen_back
from heredity.report.learning_words import named_together
from heredity.report.results import Results
from heredity.study.study import Generation


def birth_sentences(results: Results) -> list[str]:
    """Say of whom members are heirs, and how; of generations of which the same is true in one sentence."""
    gates = {outcome.name: outcome.gate for outcome in results.outcomes}
    told = {
        outcome.name: _descent(outcome.node, gates.get(outcome.node.after, GateRecord()))
        for outcome in results.outcomes
        if outcome.node.after != FOUNDERS or results.study.founders
    }
    return [f"Members of {names} descend from {descent}" for descent, names in named_together(told)]


def _descent(node: Generation, gate: GateRecord) -> str:
    rule = node.inherit
    count = f"{rule.immigrants or 'no'} immigrant{'' if rule.immigrants == 1 else 's'}"
    immigrants = count + ", each where it played better than a parent there" * rule.compete
    operator = f"by the operator {rule.operator.replace('_', ' ')} (optimizer {rule.optimizer}, {immigrants})"
    return f"{_donors(node, gate)}, {operator}"


def _donors(node: Generation, gate: GateRecord) -> str:
    """Say who has heirs, and by what they were ranked; gate: of the generation before, which may have passed nobody."""
    rule, founded = node.inherit, node.after == FOUNDERS
    own = "" if founded else ", by the gate's episodes"
    by = f", by {rule.rank_episodes} untrained episodes on the next task" if rule.rank == "next" else own
    first = "first" if founded and rule.rank == "own" else "best"
    several = f"the {first} {rule.at_most} of " if rule.at_most else "" if founded else "all "
    passed = several + ("the founders" if founded else f"{'those ' * bool(rule.at_most)}that passed")
    most = "at most " if (rule.at_most or 1) > 1 else ""  # fewer may have passed
    if rule.donors == "failed":
        return f"{most}{passed.replace('passed', 'did not pass')}{by}"
    kept = fallen_back(gate)
    if kept and not gate.passed:
        each = " of every lineage" if gate.lineages else ""
        most, passed, by = "", f"the best member{each}, since nobody passed", ", by the gate's episodes"
    elif kept:
        by += f" (in {len(kept)} of {len(gate.lineages)} lineages, where nobody passed, from the best member)"
    return {
        "survivors": f"{most}{passed}{by}",
        "random": f"{'founders' if founded else 'members'} drawn at random, as many as {passed}",
        "worst": f"the worst of all members, as many as {passed}{by}",
    }[rule.donors]
