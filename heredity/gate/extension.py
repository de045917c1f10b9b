"""Whether the members of a generation were trained once more, and so which of its populations is the last word."""

from pydantic import TypeAdapter

from heredity.errors import GateError, HeredityError
from heredity.layout import ArmFolder, Layout
from heredity.reading import Count, is_there, read_json

STEPS = TypeAdapter(Count)

AGAIN = "; type: dvc repro"


def extension_steps(layout: Layout, generation: str) -> int:
    """Return how many steps a generation's members were given besides their budget, 0 where they were not extended."""
    path = layout.extension_steps(generation)
    return read_json(path, STEPS, HeredityError, "what its stage writes", AGAIN) if is_there(path) else 0


def final_arm(layout: Layout, generation: str) -> ArmFolder:
    """Return where the members lie as they ended up: after their extension, where the gate asked for one.

    Raises GateError for an extension of which a part is missing: its steps, its models, or the decision that asked.
    """
    extension = layout.arm(generation, "extension")
    record = layout.extension_record(generation)
    steps = extension_steps(layout, generation)
    there = {extension.models: is_there(extension.models), record: is_there(record)}
    for path, is_here in there.items():
        if is_here != (steps > 0):
            expected = f"an extension of {steps:,} steps" if steps else "no extension, as steps.json says"
            raise GateError(f"{path}: expected {expected}, got {'one' if is_here else 'none'}{AGAIN}")
    return extension if steps else layout.arm(generation, "inherited")
