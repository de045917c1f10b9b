"""confirmation.csv read back: what is published of every survivor that was confirmed."""

from heredity.errors import within
from heredity.evaluation.returns import read_evaluation
from heredity.gate.confirmation import Confirmation, confirmed_mean
from heredity.layout import Layout
from heredity.reading import is_there


def read_confirmations(layout: Layout, generation: str) -> dict[str, Confirmation]:
    """Return the confirmations of a generation, in the gate's order; none where nobody survived or was confirmed.

    Raises CurveError naming file and line for a damaged file, GateError naming file and member for too few episodes.
    """
    path = layout.confirmation(generation)
    if not is_there(path):
        return {}
    confirmations = {}
    for member, returns in read_evaluation(path, "confirm").items():
        with within(f"{path}: {member}"):
            confirmations[member] = confirmed_mean(returns)
    return confirmations
