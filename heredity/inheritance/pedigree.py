"""Who descends from whom, by which operator, with which content hashes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heredity.files import file_digest, replay_path, write_json
from heredity.settled import EXTENSION, settled
from heredity.stored import read_births, read_sources

if TYPE_CHECKING:
    from heredity.inheritance import Heir

FOUNDER = "founder"
"""The operator of a founder that is a member of another study."""

UNRELATED = ("fresh", "permute", "crossover")
"""Operators whose heirs are no relatives of their parents, as far as averaging weights is concerned."""


@dataclass(frozen=True)
class Link:
    """One member's birth: `parents` are members of the generation `after`, empty for fresh random weights.

    A generation of another study is named `<its lineage>:<generation>`.
    """

    generation: str
    child: str
    after: str
    parents: tuple[str, ...]
    operator: str
    parts: Mapping[str, str]
    parent_hashes: tuple[str, ...]
    child_hash: str
    seed: int
    inherited_fraction: float
    outcomes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hyperparameters: Mapping[str, float | str] = field(default_factory=dict)
    upbringing: Mapping[str, Any] = field(default_factory=dict)

    @property
    def weight_hashes(self) -> tuple[str, ...]:
        """Content hashes of the parents whose weights the child began with; children that share one are siblings."""
        unrelated = self.operator in UNRELATED or self.parts.get("actor") == "reset"
        return () if unrelated else self.parent_hashes


_FIELDS = {each.name for each in fields(Link)}


@dataclass(frozen=True)
class Pedigree:
    """Every link of a study by (generation, member), and of the studies that its founders come from."""

    links: Mapping[tuple[str, str], Link]

    def ancestors(self, generation: str, member: str) -> list[tuple[str, str]]:
        """Return every ancestor of a member as (generation, member), nearest first, each once."""
        found: dict[tuple[str, str], None] = {}
        waiting = [(generation, member)]
        while waiting:
            link = self.links.get(waiting.pop(0))
            parents = [(link.after, parent) for parent in link.parents] if link else []
            waiting += [parent for parent in parents if parent not in found]
            found.update(dict.fromkeys(parents))
        return list(found)


def write_pedigree(
    path: str | Path, generation: str, after: str, heirs: Iterable["Heir"], ended: str | None = None
) -> None:
    """Write heirs/pedigree.json; `ended` says why there are no heirs, where the study ended before them."""
    rows = [
        {
            "child": heir.name,
            "parents": list(heir.parents),
            "operator": heir.operator,
            "parts": dict(heir.parts),
            "parent_hashes": list(heir.parent_hashes),
            "child_hash": heir.agent.digest,
            "seed": heir.seed,
            "inherited_fraction": heir.inherited_fraction,
            "outcomes": {outcome: list(names) for outcome, names in heir.outcomes.items()},
            "hyperparameters": dict(heir.hyperparameters),
            "upbringing": heir.upbringing.record(),
        }
        for heir in heirs
    ]
    why = {} if ended is None else {"ended": ended}
    write_json(path, {"generation": generation, "after": after, "heirs": rows, **why})


def read_pedigree(root: str | Path = "lineage") -> Pedigree:
    """Read every heirs/pedigree.json below `root`, and below the lineages that its founders are members of.

    Raises AgentError naming a file that is not a pedigree.
    """
    return Pedigree(_read(Path(root), "", set()))


def read_links(directory: Path) -> list[Link]:
    """Return the births of one generation. Raises AgentError naming a file that is not its pedigree."""
    content = read_births(directory / "heirs" / "pedigree.json")
    return [_link(content, birth) for birth in content["heirs"]]


def parent_path(heirs: Path, child: str) -> Path:
    """Return where the parent lies that a child learns from while it trains."""
    return heirs / "parents" / f"{child}.zip"


def broken_links(root: str | Path = "lineage") -> list[str]:
    """Return one line per heir, or parent of one, whose file is gone or is not the one that was hashed at birth."""
    broken = []
    for directory in sorted(path.parent.parent for path in Path(root).glob("*/heirs/pedigree.json")):
        for link in read_links(directory):
            parents = [
                (link.after, settled(Path(root) / link.after) / "models" / f"{parent}.zip", digest)
                for parent, digest in zip(link.parents, link.parent_hashes, strict=True)
            ]
            own = (link.generation, directory / "heirs" / f"{link.child}.zip", link.child_hash)
            if link.upbringing.get("kickstart"):
                parents.append((link.after, parent_path(directory / "heirs", link.child), link.parent_hashes[0]))
            if replay := link.upbringing.get("replay_hash"):
                parents.append((link.after, replay_path(own[1]), replay))
            for generation, path, recorded in (own, *parents):
                found = file_digest(path) if path.exists() else None
                if found != recorded:
                    got = "no file" if found is None else found[:8]
                    who = f"{link.generation} {link.child}: {'heir' if path == own[1] else 'parent'}"
                    broken.append(f"{who} {generation} {path.stem}: expected {recorded[:8]}, got {got} ({path})")
    return broken


def _read(root: Path, prefix: str, seen: set[Path]) -> dict[tuple[str, str], Link]:
    """Return the links of one lineage, its generations' names behind `prefix`, and of those before it."""
    seen.add(root.resolve())
    links = {}
    for path in sorted(root.glob("*/heirs/pedigree.json")):
        for link in read_links(path.parent.parent):
            named = replace(link, generation=prefix + link.generation, after=prefix + link.after)
            links[named.generation, link.child] = named
    for founder, source in _sources(root).items():
        before = source.parent.parent
        before = before.parent if before.name == EXTENSION else before
        if source.parent.name != "models" or not (before / "heirs" / "pedigree.json").exists():
            continue
        earlier = f"{before.parent}:"
        if before.parent.resolve() not in seen:
            links |= _read(before.parent, earlier, seen)
        links[f"{prefix}founders", founder] = Link(
            generation=f"{prefix}founders", child=founder, after=f"{earlier}{before.name}", parents=(source.stem,),
            operator=FOUNDER, parts={}, parent_hashes=(), child_hash="", seed=0, inherited_fraction=1.0,
        )  # fmt: skip
    return links


def _sources(root: Path) -> dict[str, Path]:
    """Return the files that founders were read from; a study names them from the directory that its lineage is in."""
    named = read_sources(root / "founders" / "models" / "sources.json")
    return {founder: root.parent / source for founder, source in named.items()}


def _link(content: Mapping[str, Any], birth: Mapping[str, Any]) -> Link:
    known = {key: value for key, value in birth.items() if key in _FIELDS}
    lists = {key: tuple(birth[key]) for key in ("parents", "parent_hashes")}
    outcomes = {outcome: tuple(names) for outcome, names in birth.get("outcomes", {}).items()}
    place = {key: content[key] for key in ("generation", "after")}
    return Link(**{**known, **lists, "outcomes": outcomes, **place})
