"""inherit: the initial models of one generation, made from the survivors of the one it comes after.

reads   lineage/study/<generation>/inherit.json, lineage/<after>/models/, lineage/<after>/gate.json
writes  lineage/<generation>/heirs/
"""

import json

from heredity.agent import Agent, write_agent
from heredity.errors import GateError, HeredityError
from heredity.files import new_directory
from heredity.inheritance import Heir, inherit
from heredity.params import Study
from heredity.pedigree import write_pedigree
from heredity.seeds import seed_integer
from heredity.task import make_task
from stages.common import LINEAGE, run_stage
from stages.models import read_models


def plan(study: Study, generation: str) -> dict[str, Agent]:
    """Return the donors, best first. Raises GateError where the gate before let nobody have heirs: the study ends."""
    after = study.generations[generation].after
    before = LINEAGE / after
    survivors = json.loads((before / "gate.json").read_text(encoding="utf-8"))["survivors"]
    if not survivors and after != "founders":
        raise GateError(
            f"{generation}: expected survivors of {after}, got none: its gate let nobody have heirs and "
            f"the study ends there; {before / 'gate.json'} says why"
        )
    return read_models(before / "models", survivors)


def heirs(study: Study, generation: str, donors: dict[str, Agent]) -> list[Heir]:
    """Make a generation's heirs; without donors, its members from scratch."""
    node = study.generations[generation]
    seed = seed_integer(study.seed, generation, "heirs")
    try:
        return inherit(
            donors, make_task(study, generation), node.inherit,
            population=study.population, seed=seed, algorithm=node.algorithm,
        )  # fmt: skip
    except HeredityError as error:
        raise type(error)(f"{generation}: {error}") from None


def collect(study: Study, generation: str, made: list[Heir]) -> None:
    """Write heirs/ with its pedigree, as a whole."""
    with new_directory(LINEAGE / generation / "heirs") as directory:
        for heir in made:
            write_agent(heir.agent, directory / f"{heir.name}.zip")
        write_pedigree(directory / "pedigree.json", generation, study.generations[generation].after, made)


def main(study: Study, generation: str) -> None:
    """Run the stage."""
    collect(study, generation, heirs(study, generation, plan(study, generation)))


if __name__ == "__main__":
    run_stage(main)
