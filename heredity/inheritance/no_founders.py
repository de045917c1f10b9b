"""A study that begins with random weights, as files: nobody to read, so nothing is loaded that reads models."""

from heredity.files import new_directory, write_json
from heredity.inheritance.pedigree import Births, write_births
from heredity.layout import FOUNDERS, Layout


def write_no_founders(layout: Layout) -> None:
    """Replace the models and heirs of the founders by none, as `write_founders` and `write_heirs` would."""
    with new_directory(layout.arm(FOUNDERS, "inherited").models) as draft:
        write_json(draft / layout.sources.name, {})
    with new_directory(layout.heirs(FOUNDERS)) as draft:
        write_births(draft / layout.pedigree(FOUNDERS).name, Births(FOUNDERS, FOUNDERS, ()))
