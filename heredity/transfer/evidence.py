"""What a finished study shows: every comparison, its tests, its heritability, and what it spent."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heredity.curves import as_arrays, read_curves
from heredity.errors import HeredityError
from heredity.failures import read_failures
from heredity.heritability import stored_heritability
from heredity.params import Study
from heredity.pedigree import Pedigree, read_pedigree
from heredity.seeds import seed_integer
from heredity.settled import EXTENSION, ended, extension_steps, settled
from heredity.spending import Arms, Spent, spending
from heredity.task import make_task
from heredity.transfer import compare, holm


@dataclass(frozen=True)
class Evidence:
    """What was found by generation: the content of transfer.json, what every arm spent, and the curves behind both."""

    transfers: Mapping[str, Any]
    spent: Mapping[str, Mapping[str, Spent[int]]]
    arms: Mapping[str, Arms]


def stored_evidence(study: Study, lineage: Path) -> Evidence:
    """Compare both arms of every generation that came and has a control, from the stored curves, evaluations, pedigree.

    The p-values of the generations are adjusted for being several. Members of the same name share their seeds.
    """
    arms, pedigree = {name: stored_arms(study, name, lineage) for name in study.generations}, read_pedigree(lineage)
    failed, spent = stored_failures(arms, lineage), stored_spending(study, arms, pedigree, lineage)
    transfers = {
        name: _transfer(study, name, lineage, arms[name], spent[name]["inherited"])
        for name in study.control.generations
        if "inherited" in arms[name]
    }
    adjusted = holm({name: transfer["test"]["p"] for name, transfer in transfers.items()})
    for name, transfer in transfers.items():
        found = stored_heritability(study, name, pedigree, lineage)
        transfer["test"]["p_holm"] = adjusted[name]
        transfer["heritability"] = found.to_dict() if found else None
        dead = [note for arm in arms[name] for note in _dead_note(failed[name, arm], arm)]
        transfer["notes"] = [*transfer["notes"], *_kinship_note(name, pedigree), *dead]
    return Evidence(transfers, spent, arms)


def stored_spending(
    study: Study, arms: Mapping[str, Arms], pedigree: Pedigree, lineage: Path
) -> dict[str, dict[str, Spent[int]]]:
    """Return what every arm of every generation spent, members that failed in training included."""
    return spending(study, arms, pedigree, stored_failures(arms, lineage))


def stored_failures(arms: Mapping[str, Arms], lineage: Path) -> dict[tuple[str, str], dict[str, int]]:
    """Return by generation and arm the steps that members which failed in training had taken, by name."""
    found = {}
    for name, both in arms.items():
        for arm in both:
            directory = lineage / name / ("control" if arm == "control" else "")
            records = [path / "models" / "failures.json" for path in (directory, directory / EXTENSION)]
            failures = [failure for path in records for failure in read_failures(path)]
            found[name, arm] = {failure.member: failure.env_steps for failure in failures}
    return found


def stored_arms(study: Study, generation: str, lineage: Path) -> Arms:
    """Read the curves of a generation's members, if it came, and of its control where it has one."""
    directory = lineage / generation
    arms = {} if ended(directory) else {"inherited": read_curves(settled(directory) / "curves.csv")}
    if generation in study.control.generations:
        arms["control"] = read_curves(directory / "control" / "curves.csv")
    return arms


def _transfer(study: Study, generation: str, lineage: Path, arms: Arms, spent: Spent[int]) -> dict[str, Any]:
    threshold = make_task(study, generation).threshold
    if threshold is None:
        raise HeredityError(f"generations.{generation}.threshold: expected a number, got nothing")
    inherited, control = (
        {member: as_arrays(curve) for member, curve in arms[arm].items()} for arm in ("inherited", "control")
    )
    sources = {member: spent.ancestors[member] for member in inherited}
    transfer = compare(
        inherited, control,
        threshold=threshold,
        budget=study.generations[generation].budget + extension_steps(lineage / generation),
        source_steps=sources,
        control_budget=study.control_budget(generation),
        study_steps=spent.before,
        seed=seed_integer(study.seed, generation, "compare"),
        paired=inherited.keys() == control.keys(),  # not where a member of one arm failed
    )  # fmt: skip
    return {**transfer.to_dict(), "source_steps": sources}


def _dead_note(failed: Mapping[str, int], arm: str) -> list[str]:
    """Say who is missing from an arm, because an arm of those who did not fail is a selection."""
    told = "is" if len(failed) == 1 else "are"
    return [f"{', '.join(failed)} failed in training and {told} missing from the {arm} arm"] if failed else []


def _kinship_note(generation: str, pedigree: Pedigree) -> list[str]:
    """Say how many parents the inherited members descend from: children of one parent are no independent runs."""
    born = [link.parents for (name, _), link in pedigree.links.items() if name == generation and link.parents]
    if len(parents := {parent for parents in born for parent in parents}) >= len(born):
        return []
    few = "1 parent" if len(parents) == 1 else f"{len(parents)} parents"
    return [
        f"{len(born)} inherited members descend from {few}: they are more alike than independent runs, so their "
        "intervals hold for these parents and not for others"
    ]
