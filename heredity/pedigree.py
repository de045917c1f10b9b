"""Who descends from whom, by which operator, with which content hashes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heredity.errors import AgentError
from heredity.files import write_json

if TYPE_CHECKING:
    from heredity.inheritance import Heir


@dataclass(frozen=True)
class Link:
    """One member's birth: `parents` are members of the generation `after`, empty for fresh random weights."""

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


@dataclass(frozen=True)
class Pedigree:
    """Every link of a study by (generation, member)."""

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


def write_pedigree(path: str | Path, generation: str, after: str, heirs: Iterable["Heir"]) -> None:
    """Write heirs/pedigree.json."""
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
        }
        for heir in heirs
    ]
    write_json(path, {"generation": generation, "after": after, "heirs": rows})


def read_pedigree(root: str | Path = "lineage") -> Pedigree:
    """Read every heirs/pedigree.json below `root`. Raises AgentError naming a file that is not one."""
    links = {}
    for path in sorted(Path(root).glob("*/heirs/pedigree.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            for row in content["heirs"]:
                link = _link(content, row)
                links[link.generation, link.child] = link
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AgentError(f"{path}: expected a pedigree as inherit writes it, got {error}") from None
    return Pedigree(links)


def _link(content: Mapping[str, Any], row: Mapping[str, Any]) -> Link:
    lists = {key: tuple(row[key]) for key in ("parents", "parent_hashes")}
    return Link(generation=content["generation"], after=content["after"], **{**row, **lists})
