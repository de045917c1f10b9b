"""The arms of a stored generation as they are compared: curves, failures, and what is charged before them."""

from collections.abc import Mapping

from heredity.errors import named
from heredity.evaluation.failures import read_failures
from heredity.gate.extension import extension_steps, final_arm
from heredity.inheritance.pedigree import why_ended
from heredity.layout import ArmFolder, Layout, control_arm
from heredity.training.curves import read_curves
from heredity.training.history import read_history, redrawn
from heredity.transfer.alignment import Arm
from heredity.transfer.kinship import Kinship
from heredity.transfer.plan import ComparisonPlan
from heredity.transfer.spending import INHERITED, Arms, Curves, Failed, Spent


def stored_arms(plan: ComparisonPlan, generation: str, layout: Layout, *, anew: bool = False) -> Arms:
    """Read the curves of a generation's members, if it came, and of its controls; anew: drawn from their episodes."""
    node, came = plan.generations[generation], why_ended(layout, generation) is None
    folders = {INHERITED: final_arm(layout, generation)} if came else {}
    folders |= {control_arm(name): layout.control(generation, name) for name in node.controls}

    def curves(folder: ArmFolder) -> Curves:
        stored = read_curves(folder.curves)
        if not anew:
            return stored
        return {name: redrawn(curve, read_history(folder.model(name)), node.window) for name, curve in stored.items()}

    return {arm: curves(folder) for arm, folder in folders.items()}


def stored_failures(arms: Mapping[str, Arms], layout: Layout) -> dict[tuple[str, str], dict[str, int]]:
    """Return by generation and arm the steps that members which failed in training had taken, by name."""
    return {
        (name, arm): {
            failure.member: failure.env_steps
            for folder in ((arm, "extension") if arm == INHERITED else (arm,))
            for failure in read_failures(layout.arm(name, folder).training_failures)
        }
        for name, both in arms.items()
        for arm in both
    }


def compared_runs(
    plan: ComparisonPlan,
    generation: str,
    layout: Layout,
    arms: Arms,
    spent: Mapping[str, Spent[int]],
    failed: Failed,
    kin: Kinship,
) -> dict[str, Arm]:
    """Return the arms of a generation as they are compared."""
    node = plan.generations[generation]
    budget = _followed(node.budget + extension_steps(layout, generation), arms.get(INHERITED, {}))
    budgets = {
        control_arm(name): max(budget, _followed(control.budget, arms[control_arm(name)]))
        for name, control in node.controls.items()
    } | {INHERITED: budget}
    passed = {control_arm(name) for name, control in node.controls.items() if control.selected}
    without: dict[str, tuple[str, ...]] = {arm: () if arm in passed else tuple(failed[generation, arm]) for arm in arms}

    def run(arm: str, curves: Curves) -> Arm:
        everybody = dict.fromkeys([*curves, *without[arm]])
        units = kin.units_of(everybody, has_parents=arm == INHERITED)
        lost = kin.lost if arm == INHERITED else {}
        taken, ranking = spent[arm].ancestors or 0, spent[arm].ranking
        return Arm(curves, budgets[arm], taken, without[arm], node.window, units, lost, ranking, gives_up=node.gives_up)

    return {arm: run(arm, curves) for arm, curves in arms.items()}


def _followed(budget: int, curves: Curves) -> int:
    """Return until when an arm is followed: to the end of the rollout in which its budget is used up."""
    return max([budget, *(curve[-1].env_steps for curve in curves.values())])


def failure_notes(runs: Mapping[str, Arm]) -> list[str]:
    """Say who has no curve, because returns and areas are then of a selection; runs: by what each arm is called."""
    return [
        f"{named(run.failed)} of the {arm} failed in training: in times to the threshold they count as not having "
        "reached it, in returns and areas not at all"
        for arm, run in runs.items()
        if run.failed
    ]
