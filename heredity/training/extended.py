"""The extension of a generation whose members were not trained once more."""

from heredity.files import new_directory, write_json
from heredity.layout import Layout


def write_no_extension(layout: Layout, generation: str) -> None:
    """Write the extension of a generation whose members were not trained once more."""
    steps = layout.extension_steps(generation)
    with new_directory(steps.parent) as directory:
        write_json(directory / steps.name, 0)
