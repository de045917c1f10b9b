"""The heirs of one generation, made where their task's environments may do what they like."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from heredity.errors import within
from heredity.gate.record import GateRecord
from heredity.inheritance.donors import stored_donors
from heredity.inheritance.fresh import Heir
from heredity.inheritance.heirs import Donor, inherit
from heredity.layout import FOUNDERS, Layout
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.study.lineages import lineage_of
from heredity.worker import acting


@dataclass(frozen=True)
class HeirsWanted:
    """Picklable work: the donors of one lineage of a generation, and all else that its heirs are made by."""

    given: InheritInput
    lineage: str
    donors: Mapping[str, Donor]


def wanted(given: InheritInput, gate: GateRecord, lineages: Sequence[str], layout: Layout) -> list[HeirsWanted]:
    """Return what is to be made of some lineages' survivors, as the gate before left them; founders are everybody's."""
    fitness = {name: candidate.mean for name, candidate in gate.candidates.items()}

    def donors(lineage: str) -> dict[str, Donor]:
        survivors = [name for name in gate.survivors if given.after == FOUNDERS or lineage_of(name) == lineage]
        return stored_donors(
            layout, given.after, given.rule, survivors=survivors, fitness=fitness, task=given.donors_task,
            seed=given.seeds.in_lineage(lineage).integer("donors"),
        )  # fmt: skip

    return [HeirsWanted(given, lineage, donors(lineage)) for lineage in lineages]


def born(births: HeirsWanted) -> list[Heir]:
    """Return the heirs of one lineage. Raises AgentError or TaskError naming the generation where one cannot be."""
    given, lineage = births.given, births.lineage
    acting(f"{given.generation}: {given.task.id}")
    with within(given.generation):
        return inherit(
            births.donors, given.task, given.rule, population=given.population, algorithm=given.algorithm,
            seed=given.seeds.in_lineage(lineage).integer("heirs"), lineage=lineage,
        )  # fmt: skip
