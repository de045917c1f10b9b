"""The heirs of one generation, made where their task's environments may do what they like."""

from collections.abc import Mapping
from dataclasses import dataclass

from heredity.errors import within
from heredity.evaluation.population import map_of_plays
from heredity.inheritance.fresh import Heir, fresh_heirs_on
from heredity.inheritance.heirs import Donor, inherit
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.seeds import seed_integers
from heredity.study.lineages import address, member_name
from heredity.worker import acting
from heredity.workers import ParallelMap


@dataclass(frozen=True)
class HeirsWanted:
    """Picklable work: the donors of one lineage of a generation, and all else that its heirs are made by."""

    given: InheritInput
    lineage: str
    donors: Mapping[str, Donor]


@dataclass(frozen=True)
class Brood:
    """The heirs of one lineage; and the fresh members, where they compete, that may take the places of the last."""

    heirs: tuple[Heir, ...]
    fresh: tuple[Heir, ...] = ()


def map_of_births(given: InheritInput, parallel_map: ParallelMap) -> ParallelMap:
    """Return what maps the births of a generation and what is played for them: this process, where all is soon done."""
    if given.rule.operator != "copy":
        return parallel_map
    return map_of_plays(given.tasks(), given.population * given.lineages, parallel_map)


def born(births: HeirsWanted) -> Brood:
    """Return the heirs of one lineage. Raises AgentError or TaskError naming the generation where one cannot be."""
    given, lineage, rule = births.given, births.lineage, births.given.rule
    seed = given.seeds.in_lineage(lineage).integer("heirs")
    competing = rule.immigrants if rule.compete and births.donors else 0
    if rule.compete:
        rule = rule.model_copy(update={"immigrants": 0, "compete": False})
    acting(f"{given.generation}: {given.task.id}")
    with within(given.generation):
        heirs = inherit(
            births.donors, given.task, rule, population=given.population, algorithm=given.algorithm, seed=seed,
            lineage=lineage,
        )  # fmt: skip
        seeds = list(enumerate(seed_integers(seed, given.population)))[given.population - competing :]
        names = {address(lineage, member_name(index)): each for index, each in seeds}
        fresh = fresh_heirs_on(given.task, given.algorithm, names)
    return Brood(tuple(heirs), tuple(fresh))
