"""The heirs of a generation, and the founders of a study, as files."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from heredity.agents.agent import Agent, write_agent
from heredity.agents.stored import keep_agents
from heredity.files import new_directory, write_bytes, write_json
from heredity.inheritance.fresh import Heir
from heredity.inheritance.pedigree import Births, write_births
from heredity.inheritance.ranking import Ranking
from heredity.layout import Layout, replay_path


def write_heirs(
    layout: Layout,
    generation: str,
    after: str,
    heirs: Sequence[Heir],
    ended: str | None = None,
    lost: Mapping[str, str] | None = None,
    rankings: Sequence[Ranking] = (),
) -> None:
    """Replace the heirs of a generation and its pedigree, as a whole.

    ended: why there are none. lost: why there are none of some lineages, by these. rankings: of their donors.
    """
    born = Births(generation, after, tuple(heir.birth for heir in heirs), ended, lost or {}, tuple(rankings))
    write_born(layout, born, heirs)


def write_born(layout: Layout, births: Births, heirs: Sequence[Heir], *, as_arrays: bool = False) -> None:
    """Replace the heirs of a generation and its pedigree, as a whole; as_arrays: whether they are one file."""
    home, generation = layout.heirs(births.generation), births.generation
    with new_directory(home) as draft:

        def drafted(path: Path) -> Path:
            return draft / path.relative_to(home)

        keep_agents(draft, {heir.name: heir.agent for heir in heirs}, as_arrays=as_arrays)
        teachers = {heir.name: heir.warm_start.parent for heir in heirs if heir.warm_start.parent}
        if teachers:
            keep_agents(drafted(layout.teachers(generation)), teachers, as_arrays=as_arrays)
        for heir in heirs:
            if heir.warm_start.replay is not None:
                write_bytes(replay_path(drafted(layout.heir(generation, heir.name))), heir.warm_start.replay)
        write_births(drafted(layout.pedigree(generation)), births)


def write_founders(layout: Layout, founders: Mapping[str, Agent], sources: Sequence[str]) -> None:
    """Replace the models of the founders, and the files that they were read from."""
    home = layout.arm("founders", "inherited")
    with new_directory(home.models) as draft:
        for name, agent in founders.items():
            write_agent(agent, draft / home.model(name).name)
        write_json(draft / layout.sources.name, dict(zip(founders, sources, strict=True)))
