"""inherit: the initial models of one generation, made from the survivors of the one it comes after.

reads   lineage/study/<generation>/inherit.json, lineage/<after>/{models/,extension/,heirs/pedigree.json,gate.json}
writes  lineage/<generation>/heirs/
"""

from heredity.agent import read_agents, write_agent
from heredity.errors import HeredityError
from heredity.files import new_directory
from heredity.inheritance import Donor, Heir, draw_names, inherit
from heredity.params import Study
from heredity.pedigree import read_links, write_pedigree
from heredity.seeds import seed_integer
from heredity.settled import settled
from heredity.stored import read_gate
from heredity.task import make_task
from heredity.upbringing import read_replay, write_upbringing
from stages.common import LINEAGE, run_stage


def plan(study: Study, generation: str) -> dict[str, Donor]:
    """Return the donors, best first: the survivors, or as many of all members at random."""
    node = study.generations[generation]
    before = LINEAGE / node.after
    models, decision = settled(before) / "models", read_gate(before)
    names = decision["survivors"]
    if node.inherit.donors == "random":
        everyone = [path.stem for path in models.glob("*.zip")]
        names = draw_names(everyone, len(names), seed_integer(study.seed, generation, "donors"))
    fitness = {name: candidate["mean"] for name, candidate in decision["candidates"].items()}
    kin = {link.child: link.weight_hashes for link in read_links(before)}
    task = None if node.after == "founders" else make_task(study, node.after)
    keeps = node.inherit.replay_buffer == "keep"
    return {
        name: Donor(
            agent, fitness.get(name), kin.get(name, ()), task, read_replay(models / f"{name}.zip") if keeps else None
        )
        for name, agent in read_agents(models, names).items()
    }


def why_ended(study: Study, generation: str) -> str | None:
    """Return where and why the study ended, where the gate before let nobody have heirs; else None."""
    after = study.generations[generation].after
    decision = read_gate(LINEAGE / after)
    if after == "founders" or decision["survivors"]:
        return None
    if "ended" in decision:
        return str(decision["ended"])
    answer = decision.get("approval", {})
    if answer.get("answer") == "refuse":
        note = f": {answer['note']}" if answer["note"] else ""
        return f"the study ended at {after}, whose survivors {answer['by']} refused{note}"
    return f"the study ended at {after}, where none of {len(decision['candidates'])} members passed the gate"


def heirs(study: Study, generation: str, donors: dict[str, Donor]) -> list[Heir]:
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


def collect(study: Study, generation: str, made: list[Heir], ended: str | None = None) -> None:
    """Write heirs/ with its pedigree, as a whole; where the study has `ended`, the pedigree says why."""
    with new_directory(LINEAGE / generation / "heirs") as directory:
        for heir in made:
            write_agent(heir.agent, directory / f"{heir.name}.zip")
            write_upbringing(heir.upbringing, directory, heir.name)
        write_pedigree(directory / "pedigree.json", generation, study.generations[generation].after, made, ended)


def main(study: Study, generation: str) -> None:
    """Run the stage."""
    ended = why_ended(study, generation)
    collect(study, generation, [] if ended else heirs(study, generation, plan(study, generation)), ended)


if __name__ == "__main__":
    run_stage(main)
