"""confirmation.csv read back: what is published of every survivor that was confirmed."""

from collections.abc import Sequence

from heredity.errors import within
from heredity.evaluation.returns import read_evaluation, read_played
from heredity.evaluation.twin_difference import TwinDifference, twin_differences
from heredity.gate.confirmation import Confirmation, confirmed_means
from heredity.gate.record import GateRecord, read_gate
from heredity.gate.return_limits import ReturnLimit
from heredity.layout import Layout
from heredity.reading import is_there
from heredity.study.lineages import lineage_of


def read_confirmations(layout: Layout, generation: str) -> dict[str, Confirmation]:
    """Return the confirmations of a generation, in the gate's order; none where nobody survived or was confirmed.

    What returns lie between is what the gate says of the member's lineage. Raises CurveError naming file and line for a
    damaged file, GateError naming file and member for too few episodes, and for a return below the stated floor.
    """
    path = layout.confirmation(generation)
    if not is_there(path):
        return {}
    gate = read_gate(layout.gate(generation)) if is_there(layout.gate(generation)) else GateRecord()
    lineages: dict[str, dict[str, Sequence[float]]] = {}
    members = read_evaluation(path, "confirm")
    for member, returns in members.items():
        lineages.setdefault(lineage_of(member), {})[member] = returns
    confirmations: dict[str, Confirmation] = {}
    for lineage, played in lineages.items():
        with within(str(path)):
            confirmations |= confirmed_means(played, *_limits(gate, lineage))
    return {member: confirmations[member] for member in members}


def read_twin_differences(layout: Layout, generation: str) -> dict[str, TwinDifference]:
    """Return how survivors did on the original, less on its twin, those that played both; none where nobody did.

    Raises CurveError as `read_confirmations` does.
    """
    path = layout.confirmation(generation)
    if not is_there(path):
        return {}
    played = read_played(path)
    return twin_differences(played.get("confirm", {}), played.get("twin", {}))


def _limits(gate: GateRecord, lineage: str) -> tuple[ReturnLimit | None, ReturnLimit | None]:
    said = gate.lineages.get(lineage, gate)
    return said.floor, said.ceiling
