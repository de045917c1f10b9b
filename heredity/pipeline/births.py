"""The heirs of one generation, made where their task's environments may do what they like."""

from collections.abc import Mapping
from dataclasses import dataclass

from heredity.errors import within
from heredity.inheritance.fresh import Heir
from heredity.inheritance.heirs import Donor, inherit
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.worker import acting


@dataclass(frozen=True)
class HeirsWanted:
    """Picklable work: the donors of a generation, and all else that its heirs are made by."""

    given: InheritInput
    donors: Mapping[str, Donor]


def born(births: HeirsWanted) -> list[Heir]:
    """Return the heirs. Raises AgentError or TaskError naming the generation where one cannot be made."""
    given = births.given
    acting(f"{given.generation}: {given.task.id}")
    with within(given.generation):
        return inherit(
            births.donors, given.task, given.rule, population=given.population, seed=given.seeds.integer("heirs"),
            algorithm=given.algorithm,
        )  # fmt: skip
