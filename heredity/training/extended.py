"""Whether the members of a generation were trained once more, because nobody passed its gate."""

from pydantic import TypeAdapter

from heredity.errors import HeredityError
from heredity.files import new_directory, write_json
from heredity.layout import Layout
from heredity.reading import Count, read_json

STEPS = TypeAdapter(Count)


def extension_steps(layout: Layout, generation: str) -> int:
    """Return how many steps a generation's members were given besides their budget, 0 where they were not extended."""
    path = layout.extension_steps(generation)
    expected = "what its stage writes"
    return read_json(path, STEPS, HeredityError, expected, "; type: dvc repro") if path.exists() else 0


def write_no_extension(layout: Layout, generation: str) -> None:
    """Write the extension of a generation whose members were not trained once more."""
    steps = layout.extension_steps(generation)
    with new_directory(steps.parent) as directory:
        write_json(directory / steps.name, 0)
