"""Who descends from whom, by which operator, with which content hashes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import AliasChoices, Field, TypeAdapter

from heredity.errors import AgentError
from heredity.files import write_json
from heredity.inheritance.glance import pedigree_html, pedigree_line
from heredity.inheritance.ranking import Ranking
from heredity.layout import Layout
from heredity.reading import Address, Count, Name, Word, is_there, read_json
from heredity.study.lineages import lineage_of, member_place

AGAIN = "; type: dvc repro"

FOUNDER = "founder"
"""The operator of a founder that is a member of another study."""

Place = tuple[str, str]
"""A member: (generation, name)."""


@dataclass(frozen=True)
class WarmStartRecord:
    """What of a member's inheritance goes on while it trains, as a pedigree keeps it; by default nothing does.

    kickstart: the weight of the divergence from a parent. update_share: the share of the weights that every update
    leaves; the rest is drawn anew. explores_anew: whether a schedule of exploration (DQN's epsilon) begins at its start
    rather than its end. replay_hash: of the replay buffer that the member begins with. plays_first: whether an
    off-policy member plays the steps before learning starts by its policy, rather than at random.
    """

    kickstart: Annotated[float, Field(ge=0)] = 0.0
    update_share: Annotated[float, Field(ge=0, le=1)] = 1.0
    explores_anew: bool = True
    replay_hash: Word | None = None
    plays_first: bool = False

    @property
    def guides(self) -> str | None:
        """The name of what goes on while the member trains on-policy, None where nothing does."""
        return "kickstart" if self.kickstart else "update_share" if self.update_share < 1 else None


@dataclass(frozen=True)
class Birth:
    """One member's birth: `parents` are members of the generation `after`, empty for fresh random weights.

    parts: what became of each part of an agent. outcomes: tensor names by what became of them. hyperparameters: those
    that the member learns with other than its generation's. inherited_fraction: the share of its parameters that are a
    parent's numbers. zero_shot, parents_zero_shot: what was inherited, measured by what it does: the mean return of the
    heir and of its parents on the heir's task, on the same episodes, before any training; None where they were not
    played. A generation of another study is named `<its lineage>:<generation>`.
    """

    child: Address
    parents: tuple[Address, ...]
    operator: Word
    parts: Mapping[Word, Word]
    parent_hashes: tuple[Word, ...]
    child_hash: Word
    seed: Count
    inherited_fraction: Annotated[float, Field(ge=0, le=1)]
    zero_shot: float | None = None
    parents_zero_shot: float | None = None
    outcomes: Mapping[Word, tuple[str, ...]] = field(default_factory=dict)
    hyperparameters: Mapping[Word, float | str] = field(default_factory=dict)
    warm_start: Annotated[
        WarmStartRecord, Field(validation_alias=AliasChoices("warm_start", "upbringing"))  # its name until 0.1
    ] = field(default_factory=WarmStartRecord)
    generation: str = ""
    after: str = ""


@dataclass(frozen=True)
class Births:
    """The births of one generation.

    ended: why there are none, where the study ended before it. lost: why there are none of some lineages, by these.
    rankings: how donors were ranked on the heirs' task, where they were.
    """

    generation: Name
    after: Name
    heirs: tuple[Birth, ...]
    ended: str | None = None
    lost: Mapping[Name, str] = field(default_factory=dict)
    rankings: tuple[Ranking, ...] = ()


BIRTHS = TypeAdapter(Births)
SOURCES = TypeAdapter(dict[Name, str])


@dataclass(frozen=True)
class Pedigree:
    """Every birth of a study by (generation, member), and of the studies that its founders come from."""

    births: Mapping[Place, Birth]

    def __repr__(self) -> str:
        """Say how many births there are, and in which generations."""
        return pedigree_line(self.births)

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        return pedigree_html(self.births)

    def of(self, generation: str) -> dict[str, Birth]:
        """Return the births of one generation by member."""
        return {member: birth for (name, member), birth in self.births.items() if name == generation}

    def ancestors(self, generation: str, member: str) -> list[Place]:
        """Return every ancestor of a member as (generation, member), nearest first, each once."""
        ancestors: dict[Place, None] = {}
        waiting = [(generation, member)]
        while waiting:
            birth = self.births.get(waiting.pop(0))
            parents = [(birth.after, parent) for parent in birth.parents] if birth else []
            waiting += [parent for parent in parents if parent not in ancestors]
            ancestors.update(dict.fromkeys(parents))
        return list(ancestors)


def write_births(path: str | Path, births: Births) -> None:
    """Write heirs/pedigree.json; what all of its births share stands in it once."""
    heirs = [_record(birth) for birth in births.heirs]
    ends = {key: value for key in ("ended", "lost") if (value := getattr(births, key))}
    rankings = {"rankings": [asdict(each) for each in births.rankings]} if births.rankings else {}
    write_json(path, {"generation": births.generation, "after": births.after, "heirs": heirs, **ends, **rankings})


def _record(birth: Birth) -> dict[str, Any]:
    record = {key: value for key, value in asdict(birth).items() if key not in ("generation", "after")}
    if not birth.warm_start.plays_first:  # which most algorithms have nothing to do with
        del record["warm_start"]["plays_first"]
    return record


def read_births(path: Path) -> Births:
    """Return what `write_births` wrote. Raises AgentError naming a file that is not a generation's pedigree."""
    births = read_json(path, BIRTHS, AgentError, "a pedigree as inherit writes it")
    children = [birth.child for birth in births.heirs]
    for birth in births.heirs:
        if children.count(birth.child) > 1:
            raise AgentError(f"{path}: expected every heir once, got {birth.child} twice")
        if len(birth.parents) != (hashes := len(birth.parent_hashes)):
            raise AgentError(f"{path}: {birth.child}: expected a hash for each parent, got {hashes}")
        if (birth.warm_start.kickstart or birth.warm_start.replay_hash) and not birth.parents:
            raise AgentError(f"{path}: {birth.child}: expected a parent that its warm start is from, got none")
    if births.heirs and births.ended is not None:
        raise AgentError(f"{path}: expected no heirs of a generation that never came, got {len(births.heirs)}")
    if lost := births.lost.keys() & map(lineage_of, children):
        raise AgentError(f"{path}: expected no heirs of {min(lost)}, which is lost, got some")
    lineages = [each.lineage for each in births.rankings]
    for ranking in births.rankings:
        if trouble := ranking.trouble:
            raise AgentError(f"{path}: rankings of {ranking.lineage or 'donors'}: {trouble}")
        if lineages.count(ranking.lineage) > 1 or ranking.lineage not in map(lineage_of, children):
            raise AgentError(f"{path}: expected one ranking of a lineage with heirs, got {ranking.lineage or 'donors'}")
    placed = (replace(birth, generation=births.generation, after=births.after) for birth in births.heirs)
    return replace(births, heirs=tuple(placed))


def stored_births(layout: Layout, generation: str) -> Births:
    """Return the births of one generation. Raises AgentError as `read_births` does, and for those of another one."""
    path = layout.pedigree(generation)
    births = read_births(path)
    if births.generation != generation:
        raise AgentError(f"{path}: expected the births of {generation}, got those of {births.generation}")
    return births


def why_ended(layout: Layout, generation: str) -> str | None:
    """Return why a generation never came, which is where and why its study ended before it; None for one that came."""
    return stored_births(layout, generation).ended if is_there(layout.pedigree(generation)) else None


def refuse_other_parents(pedigree: Pedigree, after: Mapping[str, str]) -> None:
    """Refuse births that are not of this study, or whose parents are no members of the generation before.

    after: by generation of the study, the one that it comes after. Raises AgentError.
    """
    for (generation, child), birth in pedigree.births.items():
        if generation not in after:
            continue
        if birth.after != (before := after[generation]):
            raise AgentError(f"{generation}: expected heirs of {before}, got heirs of {birth.after}{AGAIN}")
        for parent in birth.parents if before in after else ():
            if (before, parent) not in pedigree.births:
                raise AgentError(
                    f"{member_place(generation, child)}: expected a parent in {before}, got {parent}{AGAIN}"
                )


def read_pedigree(root: str | Path = "lineage") -> Pedigree:
    """Read every heirs/pedigree.json below `root`, and below the lineages that its founders are members of.

    Raises AgentError naming a file that is not a pedigree.
    """
    return Pedigree(_read(Layout(Path(root)), "", set()))


def _read(layout: Layout, prefix: str, visited: set[Path]) -> dict[Place, Birth]:
    """Return the births of one study, its generations' names behind `prefix`, and of those before it."""
    visited.add(layout.lineage.resolve())  # two studies may be each other's founders
    births = {}
    for name in generations_born(layout):
        for birth in stored_births(layout, name).heirs:
            named = replace(birth, generation=prefix + birth.generation, after=prefix + birth.after)
            births[named.generation, birth.child] = named
    for founder, source in read_sources(layout).items():
        if (origin := _origin(source)) is None:
            continue
        earlier, generation, member = origin
        if earlier.lineage.resolve() not in visited:
            births |= _read(earlier, f"{earlier.lineage}:", visited)
        births[f"{prefix}founders", founder] = Birth(
            child=founder, parents=(member,), operator=FOUNDER, parts={}, parent_hashes=(), child_hash="", seed=0,
            inherited_fraction=1.0, generation=f"{prefix}founders", after=f"{earlier.lineage}:{generation}",
        )  # fmt: skip
    return births


def generations_born(layout: Layout) -> list[str]:
    """Return the generations whose pedigrees are there."""
    return [path.parents[1].name for path in layout.pedigrees()]


def _origin(model: Path) -> tuple[Layout, str, str] | None:
    """Return the study, the generation and the member that a model is; None for a model from elsewhere."""
    for generation in model.parents[1:4]:  # a member that was extended, or has a lineage, lies deeper
        layout = Layout(generation.parent)
        arms = (layout.arm(generation.name, arm).models for arm in ("inherited", "extension"))
        folder = next((models for models in arms if model.is_relative_to(models)), None)
        if folder and is_there(layout.pedigree(generation.name)):
            return layout, generation.name, model.relative_to(folder).with_suffix("").as_posix()
    return None


def read_sources(layout: Layout) -> dict[str, Path]:
    """Return the files that founders were read from; a study names them from the directory that its lineage is in."""
    path = layout.sources
    named = read_json(path, SOURCES, AgentError, "founders and their files") if is_there(path) else {}
    return {founder: layout.project / source for founder, source in named.items()}
