"""How the members of a generation are akin, and so what of it is independent and may be counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from heredity.inheritance.pedigree import Birth
from heredity.layout import FOUNDERS
from heredity.study.lineages import lineage_of
from heredity.study.study import Study
from heredity.transfer.comparison import FEW
from heredity.transfer.inference import Design
from heredity.transfer.permutation import lineages_needed
from heredity.transfer.plan import ComparisonPlan


@dataclass(frozen=True)
class Kinship:
    """What a comparison of one generation rests on.

    families: by inherited member of an only lineage, its parents. lost: lineages that ended before they came here, and
    how many members each counts for. parents: how many parents the members of an only lineage have, or all members
    where these are imported models: all holds for them alone then. sources: from how many the members of a lineage come
    on average: parents, and fresh weights.
    """

    design: Design
    families: Mapping[str, str] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)
    parents: int | None = None
    sources: float = 1.0

    def units_of(self, members: Iterable[str], *, has_parents: bool) -> dict[str, str] | None:
        """Return the units of some members, of a control's where they have no parents; None: each is one by itself."""
        match self.design.unit:
            case "lineages":
                return {name: lineage_of(name) for name in members}
            case "parents" if has_parents:
                return {name: self.families.get(name, name) for name in members}
        return None

    def notes(self, members: str = "inherited members") -> list[str]:
        """Say what children of few parents are no witnesses of; members: what they are called."""
        if self.parents is None or not self.families:
            return []
        parents = "1 parent" if self.parents == 1 else f"{self.parents} parents"
        return [
            f"{len(self.families)} {members} descend from {parents}: all that is said holds for these and not "
            "for others (docs/evidence.md)"
        ]


def kinship(plan: ComparisonPlan, generation: str, births: Mapping[str, Birth], lost: Mapping[str, str]) -> Kinship:
    """Return what may be taken for independent in a generation that came.

    Of several lineages these are: all that is random was drawn anew in each. Heirs of founders, whom no gate has chosen
    from, are independent given them, and members with fresh weights are anyway. One lineage tells of its own parents
    alone, whatever comes of a test. births: by member. lost: by lineage that ended before, why.
    """
    counts = [_sources(births, lineage) for lineage in {lineage_of(name) for name in births}]
    sources = sum(counts) / max(len(counts), 1)
    if plan.generations[generation].after == FOUNDERS:
        models = {parent for birth in births.values() for parent in birth.parents}
        return Kinship(Design("members", plan.outcome), parents=len(models) or None, sources=sources)
    if plan.lineages > 1:
        lives = dict.fromkeys(lost, plan.population)
        return Kinship(Design.of_lineages(min(counts), plan.outcome), lost=lives, sources=sources)
    families = {name: " ".join(sorted(birth.parents)) or name for name, birth in births.items()}
    parents = {parent for birth in births.values() for parent in birth.parents}
    design = Design("parents", plan.outcome, untested=_untested(plan))
    return Kinship(design, families, parents=len(parents) if parents else None, sources=sources)


def contrasted(plan: ComparisonPlan, first: Kinship, second: Kinship) -> tuple[Kinship, Kinship]:
    """Return what a comparison of two branches rests on, of each.

    Lineages are pairs: what their branches share, a test of the differences within them leaves out. Where the heirs of
    one branch have far more parents than those of the other, one of each is tested (docs/evidence.md). In one lineage
    members are independent where both branches begin from founders, and else nothing is tested.
    """
    if plan.lineages > 1:
        design = Design.of_branches(first.sources, second.sources, plan.outcome)
    elif first.design.unit == second.design.unit == "members":
        design = Design("members", plan.outcome)
    else:
        design = Design("parents", plan.outcome, untested=_untested(plan))
    return replace(first, design=design), replace(second, design=design)


def _sources(births: Mapping[str, Birth], lineage: str) -> int:
    """Return how many independent ones the members of a lineage come from: parents, and fresh weights."""
    members = [birth for name, birth in births.items() if lineage_of(name) == lineage]
    parents = {parent for birth in members for parent in birth.parents}
    return len(parents) + sum(not birth.parents for birth in members)


def lineages_for(unpaired: int, paired: int = 0) -> int:
    """Return how many lineages the verdicts on so many comparisons need, each as clear as can be.

    unpaired: comparisons with a control. paired: those of two branches.
    """
    tests, kinds = unpaired + paired, [False] * bool(unpaired) + [True] * bool(paired)
    return max([FEW, *(lineages_needed(tests, paired=pairs) for pairs in kinds)])


def too_few_lineages(study: Study) -> str:
    """Say how many lineages a study's verdicts need, where it has fewer; nothing where they need none."""
    nodes = study.generations
    unpaired, tests = _tests(study)
    later = any(node.controls and node.after != FOUNDERS for node in nodes.values())
    branches = any(study.lineages > 1 or {nodes[name].after for name in pair} != {FOUNDERS} for pair in study.compare)
    if not (later or branches) or study.lineages >= (needed := lineages_for(unpaired, len(study.compare))):
        return ""
    lineages = "one lineage gives" if study.lineages == 1 else f"{study.lineages} lineages give"
    if unpaired and study.lineages >= max(FEW, lineages_needed(tests, paired=False)):
        return f"{lineages} no verdict between branches, one against a control: both need {needed} (lineages: {needed})"
    comparisons = "the comparison" if tests == 1 else f"all {tests} comparisons"
    return f"{lineages} estimates and no verdict: one on {comparisons} needs {needed} (lineages: {needed})"


def _tests(study: Study | ComparisonPlan) -> tuple[int, int]:
    """Return how many comparisons with a control there are, and how many with those of branches."""
    unpaired = sum(len(node.controls) for node in study.generations.values())
    return unpaired, unpaired + len(study.compare)


def _untested(plan: ComparisonPlan) -> str:
    unpaired, tests = _tests(plan)
    needed = lineages_for(unpaired, len(plan.compare))
    comparisons = "its comparison needs" if tests == 1 else f"its {tests} comparisons need"
    return (
        f"not tested: one lineage tells of its own parents alone; {comparisons} at least {needed} (lineages: {needed})"
    )
