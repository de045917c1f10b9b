"""One population on one task, as the report tells of it, read from its files."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from heredity.errors import HeredityError
from heredity.evaluation.returns import read_evaluation
from heredity.gate.extension import final_arm
from heredity.gate.record import read_gate
from heredity.layout import CONTROL, Layout, control_name
from heredity.reading import is_there
from heredity.study.lineages import member_place
from heredity.study.sections import WINDOW
from heredity.study.study import Study
from heredity.training.curves import CurveRow, read_curves
from heredity.training.living import living_curves
from heredity.transfer.evidence import Survival
from heredity.transfer.survival import Time

AGAIN = "type: dvc repro"


@dataclass(frozen=True)
class ArmResults:
    """One population on one task.

    name: "inherited" or a control's (`control_arm`), under which its files and its spending are kept. label: what a
    reader knows it as: "inherited", "members" where nobody inherited anything, and of a control its name, or "control"
    where a study has one. curves: the learning curve of every member. evaluated: the mean return of every member over
    the episodes of its evaluation, which a gate may have chosen it by. times: when every member reached the threshold.
    window: the episodes behind each point of a curve. chosen: of a control from which the gate chooses, those whom it
    let through; else None. ranking: by member, its share of what ranking its possible parents on this task took, with
    which its clock begins.
    """

    name: str
    label: str
    curves: Mapping[str, list[CurveRow]]
    evaluated: Mapping[str, float]
    times: Mapping[str, Time]
    window: int = WINDOW
    chosen: tuple[str, ...] | None = None
    ranking: Mapping[str, int] = field(default_factory=dict)

    @property
    def compared(self) -> Mapping[str, list[CurveRow]]:
        """The curves of the members that are compared."""
        return {member: curve for member, curve in self.curves.items() if self.chosen is None or member in self.chosen}


def control_label(study: Study, control: str) -> str:
    """Return what a reader knows a control as: by its name, where there are several."""
    return control if len(study.control_names) > 1 else CONTROL


def read_arm(layout: Layout, generation: str, name: str, label: str, survival: Survival, window: int) -> ArmResults:
    """Read one arm of a generation. Raises HeredityError where survival.json does not say when its members learned."""
    control = control_name(name)
    stored = layout.arm(generation, name) if control else final_arm(layout, generation)
    returns = read_evaluation(stored.evaluation, "report")
    curves = read_curves(stored.curves) if control else living_curves(layout, generation)
    times = survival.times.get(name, {})
    missing = [member for member in curves if member not in times]
    if missing or name not in survival.weak:
        who = member_place(generation, missing[0]) if missing else f"members of {generation}"
        raise HeredityError(f"{layout.survival}: expected when {who} ({name}) learned, got none; {AGAIN}")
    evaluated = {member: float(np.mean(episodes)) for member, episodes in returns.items()}
    chosen = read_gate(stored.gate).survivors if control and is_there(stored.gate) else None
    return ArmResults(name, label, curves, evaluated, times, window, chosen)
