"""What a study spent per member, arm and generation, and what each member's ancestors did: steps, or core-seconds."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Annotated, Any, Generic, TypeVar

from pydantic import StringConstraints

from heredity.errors import CurveError
from heredity.gate.extension import final_arm
from heredity.inheritance.pedigree import Births, Pedigree, stored_births
from heredity.inheritance.ranking import ranking_steps
from heredity.layout import Layout, control_arm, control_name
from heredity.reading import Address, Count, Name, is_there
from heredity.study.lineages import member_place
from heredity.training.curves import CurveRow, read_curves
from heredity.training.timings import read_timings
from heredity.transfer.plan import ComparisonPlan

ArmName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9][A-Za-z0-9_-]*)?$")]
"""Of a population of a generation: "inherited", or that of a control, "control/scratch"."""

Curves = Mapping[str, list[CurveRow]]
Arms = Mapping[str, Curves]
"""By arm ("inherited", and of controls as `control_arm` has it), the curve of every member."""

Failed = Mapping[tuple[str, str], Mapping[str, int]]
"""By generation and arm, environment steps of members that failed."""

Cost = TypeVar("Cost", int, float)
Costs = Mapping[str, Mapping[str, Mapping[str, Cost]]]
"""By generation, arm and member."""

INHERITED = "inherited"


@dataclass(frozen=True)
class Spent(Generic[Cost]):
    """One arm of one generation, in environment steps or core-seconds.

    members: what each took itself, of steps with its share of what ranking the possible parents of its lineage on its
    task took. ancestors: by member, what its own ancestors took, each of them counted once. before: what all members of
    all ancestor generations took, whether they have descendants or not. ranking: by member, that share, where there is
    one.
    """

    members: Mapping[Address, Cost]
    ancestors: Mapping[Address, Cost]
    before: Cost
    ranking: Mapping[Address, Cost] = field(default_factory=dict)

    @property
    def own(self) -> Cost:
        """Return what the arm's members took themselves."""
        return sum(self.members.values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, of ranking only where somebody was ranked."""
        ranking = {"ranking": dict(self.ranking)} if self.ranking else {}
        return {"steps": self.own, **{key: value for key, value in asdict(self).items() if key != "ranking"}, **ranking}


@dataclass(frozen=True)
class Spending:
    """The content of spending.json: the environment steps of the whole study, and those of every generation and arm."""

    steps: Count
    generations: Mapping[Name, Mapping[ArmName, Spent[int]]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        arms = {name: {arm: spent.to_dict() for arm, spent in both.items()} for name, both in self.generations.items()}
        return {"steps": self.steps, "generations": arms}


def spending(
    plan: ComparisonPlan,
    arms: Mapping[str, Arms],
    pedigree: Pedigree,
    failed: Failed | None = None,
    ranking: Mapping[str, Mapping[str, int]] | None = None,
) -> Spending:
    """Return the environment steps that every arm of every generation spent.

    arms: by generation, its arms' curves. failed: what members that failed had taken by then, which is charged as well.
    ranking: by generation, every heir's share of what ranking took, whether the heir failed or not.
    """
    failed, ranking = failed or {}, ranking or {}
    steps = {
        name: {
            arm: {**{member: curve[-1].env_steps for member, curve in curves.items()}, **failed.get((name, arm), {})}
            for arm, curves in both.items()
        }
        for name, both in arms.items()
    }
    for name, shares in ranking.items():
        for heir, share in shares.items():
            steps[name][INHERITED][heir] = steps[name][INHERITED].get(heir, 0) + share
    spent = charged(plan, steps, pedigree)
    for name, shares in ranking.items():
        spent[name][INHERITED] = replace(spent[name][INHERITED], ranking=shares)
    return Spending(total(spent), spent)


def charged(plan: ComparisonPlan, costs: Costs[Cost], pedigree: Pedigree) -> dict[str, dict[str, Spent[Cost]]]:
    """Return what every arm spent, and with it what its ancestors did.

    costs: those of all ancestors among them. What imported founders spent elsewhere is unknown and counts as none.
    """

    def of_ancestors(generation: str, member: str) -> Cost:
        ancestors = [place for place in pedigree.ancestors(generation, member) if place[0] in costs]
        for name, ancestor in ancestors:
            if ancestor not in costs[name][INHERITED]:
                raise CurveError(
                    f"{name}: expected the curve of {ancestor}, an ancestor of {member_place(generation, member)}, got "
                    "none; "
                    "type: dvc repro"
                )
        return sum(costs[name][INHERITED][ancestor] for name, ancestor in ancestors)

    def spent(generation: str, arm: str) -> Spent[Cost]:
        members = costs[generation][arm]
        if control_name(arm):
            return Spent(members, {}, 0)
        before = sum(sum(costs[name][INHERITED].values()) for name in plan.ancestors(generation))
        return Spent(members, {member: of_ancestors(generation, member) for member in members}, before)

    return {generation: {arm: spent(generation, arm) for arm in both} for generation, both in costs.items()}


def stored_charges(layout: Layout, pedigree: Pedigree, generation: str) -> dict[str, int]:
    """Return by heir the environment steps that are charged before its first: its share of ranking, its ancestors'.

    It is what `spending` finds, and reads no more than the generations before, while later ones are still to come.
    """
    own: dict[str, dict[str, int]] = {}

    def taken(name: str) -> dict[str, int]:
        if name not in own:
            curves = read_curves(final_arm(layout, name).curves)
            shares = heirs_ranking(stored_births(layout, name))
            own[name] = {member: curve[-1].env_steps + shares.get(member, 0) for member, curve in curves.items()}
        return own[name]

    ranking = heirs_ranking(stored_births(layout, generation))
    study = {name for name, _ in pedigree.births if is_there(layout.pedigree(name))}
    return {
        heir: ranking.get(heir, 0)
        + sum(taken(name).get(place, 0) for name, place in pedigree.ancestors(generation, heir) if name in study)
        for heir in pedigree.of(generation)
    }


def heirs_ranking(births: Births) -> dict[str, int]:
    """Return what ranking cost every heir of a generation, nothing where nobody was ranked."""
    return ranking_steps(births.rankings, [birth.child for birth in births.heirs]) if births.rankings else {}


def total(spent: Mapping[str, Mapping[str, Spent[Cost]]]) -> Cost:
    """Return what the whole study took, controls included."""
    return sum(arm.own for arms in spent.values() for arm in arms.values())


def stored_seconds(plan: ComparisonPlan, layout: Layout, pedigree: Pedigree) -> dict[str, dict[str, Spent[float]]]:
    """Return what is known of the core-seconds of every arm: of heirs only where their ancestors' are known as well."""
    seconds: dict[str, dict[str, dict[str, float]]] = {}
    for name in plan.order():
        whole = all(INHERITED in seconds.get(before, {}) for before in plan.ancestors(name))
        arms = ([INHERITED] if whole else []) + [control_arm(each) for each in plan.generations[name].controls]
        timings = {arm: read_timings(layout.arm(name, arm).curves, layout) for arm in arms}
        seconds[name] = {arm: members for arm, members in timings.items() if members}
    return charged(plan, seconds, pedigree)
