"""What a study spent per member, arm and generation, and what each member's ancestors did: steps, or core-seconds."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

from heredity.curves import CurveRow
from heredity.errors import CurveError
from heredity.params import Study
from heredity.pedigree import Pedigree

Curves = Mapping[str, list[CurveRow]]
Arms = Mapping[str, Curves]
"""By arm ("inherited", "control"), the curve of every member."""

Failed = Mapping[tuple[str, str], Mapping[str, int]]
"""By generation and arm, environment steps of members that failed."""

Cost = TypeVar("Cost", int, float)
Costs = Mapping[str, Mapping[str, Mapping[str, Cost]]]
"""By generation, arm and member."""


@dataclass(frozen=True)
class Spent(Generic[Cost]):
    """One arm of one generation, in environment steps or core-seconds.

    members: what each took itself. ancestors: by member, what its own ancestors took, each of them counted once.
    before: what all members of all ancestor generations took, whether they have descendants or not.
    """

    members: Mapping[str, Cost]
    ancestors: Mapping[str, Cost]
    before: Cost

    @property
    def own(self) -> Cost:
        """Return what the arm's members took themselves."""
        return sum(self.members.values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"steps": self.own, **asdict(self)}


def spending(
    study: Study, arms: Mapping[str, Arms], pedigree: Pedigree, failed: Failed | None = None
) -> dict[str, dict[str, Spent[int]]]:
    """Return the environment steps that every arm of every generation spent.

    arms: by generation, its arms' curves. failed: what members that failed had taken by then, which is charged as well.
    """
    failed = failed or {}
    steps = {
        name: {
            arm: {**{member: curve[-1].env_steps for member, curve in curves.items()}, **failed.get((name, arm), {})}
            for arm, curves in both.items()
        }
        for name, both in arms.items()
    }
    return charged(study, steps, pedigree)


def charged(study: Study, costs: Costs[Cost], pedigree: Pedigree) -> dict[str, dict[str, Spent[Cost]]]:
    """Return what every arm spent, and with it what its ancestors did.

    costs: those of all ancestors among them. What imported founders spent elsewhere is unknown and counts as none.
    """

    def of_ancestors(generation: str, member: str) -> Cost:
        used = pedigree.ancestors(generation, member)
        for name, ancestor in used:
            if name in costs and ancestor not in costs[name]["inherited"]:
                raise CurveError(
                    f"{name}: expected the curve of {ancestor}, an ancestor of {generation} {member}, got none; "
                    "type: dvc repro"
                )
        return sum(costs[name]["inherited"][ancestor] for name, ancestor in used if name in costs)

    def spent(generation: str, arm: str) -> Spent[Cost]:
        members = costs[generation][arm]
        if arm == "control":
            return Spent(members, {}, 0)
        before = sum(sum(costs[name]["inherited"].values()) for name in study.ancestors(generation))
        return Spent(members, {member: of_ancestors(generation, member) for member in members}, before)

    return {generation: {arm: spent(generation, arm) for arm in both} for generation, both in costs.items()}


def total(spent: Mapping[str, Mapping[str, Spent[Cost]]]) -> Cost:
    """Return what the whole study took, controls included."""
    return sum(arm.own for arms in spent.values() for arm in arms.values())
