"""Whether the members of a generation were trained once more, and so which of its populations is the last word."""

from pydantic import TypeAdapter

from heredity.errors import GateError, HeredityError
from heredity.gate.record import Extended
from heredity.layout import ArmFolder, Layout
from heredity.reading import Count, is_there, read_json

STEPS = TypeAdapter(Count)
EXTENSION = TypeAdapter(Extended | None)

AGAIN = "; type: dvc repro"


def extension_steps(layout: Layout, generation: str) -> int:
    """Return how many steps a generation's members were given besides their budget, 0 where they were not extended."""
    path = layout.extension_steps(generation)
    return read_json(path, STEPS, HeredityError, "what its stage writes", AGAIN) if is_there(path) else 0


def read_extended(layout: Layout, generation: str) -> Extended | None:
    """Return that the members of a generation were trained once more, and why; None where they were not."""
    path = layout.extension_record(generation)
    return read_json(path, EXTENSION, GateError, "what extend writes", AGAIN) if is_there(path) else None


def final_arm(layout: Layout, generation: str) -> ArmFolder:
    """Return where the members lie as they ended up: after their extension, where the gate asked for one.

    Raises GateError for an extension of which a part is missing: its steps, its models, or the decision that asked.
    """
    extension, asked = layout.arm(generation, "extension"), read_extended(layout, generation)
    steps = extension_steps(layout, generation)
    expected = f"an extension of {steps:,} steps" if steps else "no extension, as steps.json says"
    if is_there(extension.models) != (steps > 0):
        raise GateError(f"{extension.models}: expected {expected}, got {'none' if steps else 'one'}{AGAIN}")
    if (asked_steps := asked.budget_steps if asked else 0) != steps:
        got = f"one of {asked_steps:,}" if asked else "none"
        raise GateError(f"{layout.extension_record(generation)}: expected {expected}, got {got}{AGAIN}")
    return extension if steps else layout.arm(generation, "inherited")
