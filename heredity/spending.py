"""What a study spent: environment steps per member, arm and generation, and what each member's ancestors took."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from heredity.curves import CurveRow
from heredity.params import Study
from heredity.pedigree import Pedigree

Curves = Mapping[str, list[CurveRow]]
Arms = Mapping[str, Curves]
"""By arm ("inherited", "control"), the curve of every member."""

Failed = Mapping[tuple[str, str], Mapping[str, int]]
"""By generation and arm, environment steps of members that failed."""


@dataclass(frozen=True)
class Spent:
    """One arm of one generation, in environment steps.

    members: what each took itself. ancestors: by member, what its own ancestors took, each of them counted once.
    before: what all members of all ancestor generations took, whether they have descendants or not.
    """

    members: Mapping[str, int]
    ancestors: Mapping[str, int]
    before: int

    @property
    def steps(self) -> int:
        """Return what the arm's members took themselves."""
        return sum(self.members.values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"steps": self.steps, **asdict(self)}


def spending(
    study: Study, arms: Mapping[str, Arms], pedigree: Pedigree, failed: Failed | None = None
) -> dict[str, dict[str, Spent]]:
    """Return what every arm of every generation spent.

    arms: by generation, its arms' curves. failed: what members that failed had taken by then, which is charged as well.
    Steps that imported founders took elsewhere are unknown and count as none.
    """
    failed = failed or {}
    steps = {
        name: {
            arm: {**{member: curve[-1].env_steps for member, curve in curves.items()}, **failed.get((name, arm), {})}
            for arm, curves in both.items()
        }
        for name, both in arms.items()
    }

    def of_ancestors(generation: str, member: str) -> int:
        used = pedigree.ancestors(generation, member)
        return sum(steps[name]["inherited"][ancestor] for name, ancestor in used if name in steps)

    def spent(generation: str, arm: str) -> Spent:
        members = steps[generation][arm]
        if arm == "control":
            return Spent(members, {}, 0)
        before = sum(sum(steps[name]["inherited"].values()) for name in study.ancestors(generation))
        return Spent(members, {member: of_ancestors(generation, member) for member in members}, before)

    return {generation: {arm: spent(generation, arm) for arm in both} for generation, both in steps.items()}


def total_steps(spent: Mapping[str, Mapping[str, Spent]]) -> int:
    """Return what the whole study took, controls included."""
    return sum(arm.steps for arms in spent.values() for arm in arms.values())
