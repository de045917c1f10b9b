"""Of a control from which the generation's gate chooses, only those are compared whom it let through."""

from collections.abc import Collection

from heredity.errors import GateError
from heredity.gate.record import read_gate
from heredity.layout import Layout, control_arm
from heredity.transfer.plan import Compared
from heredity.transfer.spending import Arms


def compared_arms(node: Compared, generation: str, arms: Arms, layout: Layout) -> Arms:
    """Return the curves of a generation's arms that are compared.

    Raises GateError where a gate is missing, or let others through than have a curve.
    """
    chosen = dict(arms)
    for name, control in node.controls.items():
        if not control.selected:
            continue
        path, curves = layout.control(generation, name).gate, arms[control_arm(name)]
        survivors = read_gate(path).survivors
        if not survivors or (strangers := [member for member in survivors if member not in curves]):
            got = strangers[0] if survivors else "nobody"
            raise GateError(f"{path}: expected survivors that have learned, got {got}; type: dvc repro")
        chosen[control_arm(name)] = {member: curve for member, curve in curves.items() if member in survivors}
    return chosen


def selection_note(control: str, members: Collection[str], compared: Collection[str]) -> list[str]:
    """Say how many of a control are compared, where those are not all."""
    if len(compared) == len(members):
        return []
    return [
        f"of the control {control}, {len(compared)} of {len(members)} members are compared: those whom the gate chose"
    ]
