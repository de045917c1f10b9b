"""Two branches of a study on one task, compared: was it worth selecting, permuting, taking another way there?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from heredity.reading import Count, Name
from heredity.transfer.alignment import Arm
from heredity.transfer.comparison import compare
from heredity.transfer.estimates import PermutationTest, Transfer
from heredity.transfer.kinship import Kinship, contrasted
from heredity.transfer.plan import ComparisonPlan
from heredity.transfer.runs import failure_notes
from heredity.transfer.spending import INHERITED, Spending


@dataclass(frozen=True)
class BranchContrast:
    """The members of one generation compared with those of another that learn the same task.

    transfer: the comparison, its arms called by the generations' names. steps: what each branch took in all, by the
    members of its generation and of all before it. spending: that in words, where they differ.
    """

    generation: Name
    against: Name
    transfer: Transfer
    steps: tuple[Count, Count]
    spending: str = ""

    @property
    def title(self) -> str:
        """Both generations, as a heading has them."""
        return f"{self.generation} against {self.against}"

    def tested(self, p_holm: float | None) -> "BranchContrast":
        """Return the same with its p-value adjusted for the study's comparisons."""
        test: PermutationTest = replace(self.transfer.test, p_holm=p_holm)
        return replace(self, transfer=replace(self.transfer, test=test))

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        pair = {"generation": self.generation, "against": self.against}
        spent = {"steps": list(self.steps), "spending": self.spending}
        return {**pair, **spent, "transfer": self.transfer.to_dict()}


@dataclass(frozen=True)
class Branch:
    """A generation that came, as a contrast takes it: its members as they are compared with a control.

    extension: environment steps that members were given besides their budget.
    """

    run: Arm
    kin: Kinship
    extension: int = 0


def contrasts(plan: ComparisonPlan, branches: Mapping[str, Branch], spent: Spending) -> tuple[BranchContrast, ...]:
    """Compare every pair of branches of which both came; p-values are not adjusted yet."""
    return tuple(
        _contrast(plan, pair, branches, spent) for pair in plan.compare if all(name in branches for name in pair)
    )


def _contrast(
    plan: ComparisonPlan, pair: tuple[str, str], branches: Mapping[str, Branch], spent: Spending
) -> BranchContrast:
    first, second = pair
    both = branches[first], branches[second]
    kin = contrasted(plan, both[0].kin, both[1].kin)
    budget, steps = _budget(both), [spent.generations[name][INHERITED] for name in pair]
    runs = [_run(name, branch.run, of, budget) for name, branch, of in zip(pair, both, kin, strict=True)]
    transfer = compare(
        runs[0],
        runs[1],
        threshold=plan.generations[first].threshold,
        seed=plan.seeds(first).integer("compare", plan.generations[second].seed_name),
        study_steps=(steps[0].before, steps[1].before),
        paired=plan.lineages > 1,
        design=kin[0].design,
    )
    totals = steps[0].own + steps[0].before, steps[1].own + steps[1].before
    notes = [note for name, of in zip(pair, kin, strict=True) for note in of.notes(f"members of {name}")]
    notes += [*_extension_note(pair, both), *failure_notes(dict(zip(pair, runs, strict=True)))]
    told = replace(transfer, parents=_parents(kin), notes=(*transfer.notes, *notes))
    return BranchContrast(first, second, told, totals, _spending(pair, totals))


def _run(name: str, run: Arm, kin: Kinship, budget: int) -> Arm:
    """Return an arm as it is compared with another branch, its units those of this comparison."""
    curves: Any = run.curves
    units = kin.units_of([*dict.fromkeys([*curves, *run.failed])], has_parents=True)
    return replace(run, branch=name, units=units, budget=budget)


def _budget(both: tuple[Branch, Branch]) -> int:
    """Return until when both branches are followed: where one alone was extended, until before that."""
    budgets = [branch.run.budget for branch in both]
    return max(budgets) if both[0].extension == both[1].extension else min(budgets)


def _extension_note(pair: tuple[str, str], both: tuple[Branch, Branch]) -> list[str]:
    steps = [branch.extension for branch in both]
    if steps[0] == steps[1]:
        return []
    given = " and ".join(f"{name} {count:,}" for name, count in zip(pair, steps, strict=True))
    return [f"steps beyond the budget, as an extension gives them, were {given}: compared is what both branches had"]


def _parents(kin: tuple[Kinship, Kinship]) -> int | None:
    """Return how many imported models both branches come from, None where they come from none, or not from as many."""
    models = {None if each.design.unit == "parents" else each.parents for each in kin}
    return models.pop() if len(models) == 1 else None


def _spending(pair: tuple[str, str], totals: tuple[int, int]) -> str:
    if totals[0] == totals[1]:
        return ""
    (first, second), (one, other) = pair, totals
    return f"{first} spent {one:,} environment steps in all and {second} {other:,}, generations before them included"
