"""Who of a generation lived: what files tell of its members, held against its births and its failures."""

from collections.abc import Collection
from itertools import chain
from pathlib import Path

from heredity.errors import GateError, TrainingError, named
from heredity.evaluation.failures import read_failures
from heredity.gate.extension import final_arm
from heredity.gate.record import GateRecord, read_gate
from heredity.inheritance.pedigree import stored_births
from heredity.layout import ArmFolder, Layout
from heredity.reading import is_there
from heredity.training.curves import CurveRow, read_curves


def living_curves(layout: Layout, generation: str) -> dict[str, list[CurveRow]]:
    """Return the learning curves of a generation's members as they ended up.

    Raises TrainingError as `refuse_others` does, CurveError for a damaged file.
    """
    arm = final_arm(layout, generation)
    curves = read_curves(arm.curves)
    refuse_others(arm.curves, curves, layout, generation)
    return curves


def stored_gate(layout: Layout, generation: str) -> GateRecord:
    """Return what a gate decided. Raises GateError as `read_gate` does, and for members that were never born."""
    record = read_gate(path := layout.gate(generation))
    born = _born(layout, generation)
    if born and (strangers := [name for name in (*record.candidates, *record.survivors) if name not in born]):
        raise GateError(f"{path}: expected members that were born, got {strangers[0]}; type: dvc repro")
    return record


def refuse_others(path: Path, told: Collection[str], layout: Layout, generation: str) -> None:
    """Refuse what tells of members that were never born, or lacks some that lived, where births are on record.

    Raises TrainingError naming the file and the first such member.
    """
    if not is_there(layout.pedigree(generation)):
        return
    born = _born(layout, generation)
    arms = (layout.arm(generation, name) for name in ("inherited", "extension"))
    failed = {failure.member for arm in arms for failure in chain.from_iterable(map(read_failures, _records(arm)))}
    if strangers := [name for name in told if name not in born]:
        raise TrainingError(f"{path}: expected members that were born, got {strangers[0]}; type: dvc repro")
    if missing := [name for name in born if name not in told and name not in failed]:
        raise TrainingError(f"{path}: expected {missing[0]}, which lived, got {named(told)}; type: dvc repro")


def _born(layout: Layout, generation: str) -> list[str]:
    there = is_there(layout.pedigree(generation))
    return [birth.child for birth in stored_births(layout, generation).heirs] if there else []


def _records(arm: ArmFolder) -> tuple[Path, Path]:
    return arm.training_failures, arm.failures
