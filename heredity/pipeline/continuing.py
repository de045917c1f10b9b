"""A study that goes on: the last survivors are the founders of what is trained next.

Their models are copied out of lineage/, which the next run writes over, each under a name that tells its content.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from heredity.agents.agent import Agent, write_agent
from heredity.agents.kept import is_kept
from heredity.agents.stored import read_agent
from heredity.errors import HeredityError
from heredity.files import write_text
from heredity.gate.extension import final_arm
from heredity.gate.record import read_gate
from heredity.layout import FOUNDERS, Layout, normalizer_path
from heredity.pipeline.checked import checked_study
from heredity.reading import is_there
from heredity.study.dialect import parse_alike
from heredity.study.lineages import by_lineage
from heredity.study.load import parse_study
from heredity.study.study import Study
from heredity.study.yaml_edit import edited
from heredity.workers import ParallelMap, map_in_processes

DIGITS = 8
"""Of a model's digest, which its name ends with."""


@dataclass(frozen=True)
class Continuation:
    """A params.yaml whose founders are the last survivors: its text, their generation and, by file, their models."""

    text: str
    generation: str
    founders: Mapping[str, Agent]


def continuation(
    text: str,
    path: str | Path,
    layout: Layout,
    *,
    generation: str | None = None,
    env: tuple[str, str] | None = None,
    at_most: int = 1,
) -> Continuation:
    """Return how a study goes on from the best `at_most` survivors of each lineage of a generation.

    generation: the last one that has a control, or the last, where that is None. env: what takes the place of its
    environment wherever that is played: what registers it, or nothing, and its id. Raises HeredityError where nobody
    survived, or what did is not here.
    """
    study = parse_study(text, path)
    name = study.known(generation) if generation else last_generation(study)
    founders = {
        f"{FOUNDERS}/{name}-{member.replace('/', '-')}-{agent.digest[:DIGITS]}.zip": agent
        for member, agent in _survivors(layout, name, at_most).items()
    }
    values = parse_alike(text)
    values["founders"] = list(founders)
    if env is not None:
        _play_on(*env, values, study, name)
    return Continuation(edited(text, values), name, founders)


def last_generation(study: Study) -> str:
    """Return the generation that a study goes on from: of those that none comes after the first that has a control."""
    leaves = [name for name in study.order() if not study.children(name)]
    return next((name for name in leaves if study.generations[name].controls), leaves[0])


def write_continuation(continuation: Continuation, params: Path, local_map: ParallelMap = map_in_processes) -> None:
    """Write the founders into the working directory, where a study looks for them, and its params.yaml; or nothing.

    Raises StudyError where the study cannot begin with them.
    """
    made: list[Path] = []
    try:
        for name, agent in continuation.founders.items():
            if not is_there(model := Path(name)):
                made += [model, normalizer_path(model)]
                write_agent(agent, model)
        checked_study(continuation.text, params, local_map)
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        with suppress(OSError):
            Path(FOUNDERS).rmdir()
        raise
    write_text(params.resolve(), continuation.text)  # which may be a link


def _survivors(layout: Layout, generation: str, at_most: int) -> dict[str, Agent]:
    """Return the best survivors of every lineage, in the gate's order."""
    if not is_there(layout.gate(generation)):
        raise HeredityError(f"{layout.gate(generation)}: expected what its gate decided, got none; type: dvc repro")
    survivors = read_gate(layout.gate(generation)).survivors
    if not survivors:
        raise HeredityError(f"{generation}: expected survivors to go on from, got none; name another with --generation")
    arm = final_arm(layout, generation)
    chosen = [name for names in by_lineage(dict.fromkeys(survivors)).values() for name in islice(names, at_most)]
    if absent := [name for name in chosen if not is_kept(arm.model(name))]:
        raise HeredityError(f"{arm.model(absent[0])}: expected the model of a survivor, got none; type: dvc pull")
    return {name: read_agent(arm.model(name)) for name in chosen}


def _play_on(module: str, id: str, values: dict[str, Any], study: Study, generation: str) -> None:
    """Let all generations that play the environment of one play another, which a module registers."""
    if module and module not in study.imports:
        values["import"] = [*study.imports, module]
    before = study.generations[generation].env.id
    for name, node in values["generations"].items():
        if study.generations[name].env.id == before:
            node["env"] = {**node["env"], "id": id} if isinstance(node["env"], dict) else id
