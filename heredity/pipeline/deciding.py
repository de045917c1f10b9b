"""The gate on stored returns: a pure function of them, of its rule, and of what a person answered."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from heredity.errors import GateError, within
from heredity.evaluation.failures import read_failures
from heredity.evaluation.returns import SPLITS, read_evaluation
from heredity.files import write_json
from heredity.gate.approval import Approval, evaluation_digest, required
from heredity.gate.bounds import mean, reference_threshold
from heredity.gate.decision import decide
from heredity.gate.extension import final_arm, read_extended
from heredity.gate.record import Decision, EpisodeSeeds, Extended, GateRecord, Raced
from heredity.layout import ArmFolder, Layout
from heredity.pipeline.inputs.gate import GateInput
from heredity.training.living import refuse_others

ReturnsBySplit = Mapping[str, Mapping[str, Sequence[float]]]
"""Episode returns by split and player."""


def gate_record(given: GateInput, layout: Layout) -> GateRecord:
    """Return what the gate of a generation that came has to say, approval and extension included.

    Raises GateError where a null policy passes, the returns cannot be judged, or an answer is asked for and missing.
    """
    final = final_arm(layout, given.generation)
    extended = read_extended(layout, given.generation)
    returns = stored_returns(final)
    refuse_others(final.evaluation, {*returns["report"], *returns.get("select", {})}, layout, given.generation)
    decision = decided(given, returns, last=extended is not None)
    approval = _approval(given, layout)
    if approval and approval.answer == "refuse":
        decision = replace(decision, survivors=(), selection_differential=None)
    failed = {failure.member: failure.reason for failure in failures_of(layout, given.generation)}
    race = {name: Raced(len(values), mean(values)) for name, values in returns.get("select", {}).items()}
    root = given.seeds.evaluation(again=extended is not None)
    return GateRecord.of(
        decision,
        approval=approval,
        extension=extended,
        race=race or None,
        seeds=EpisodeSeeds("report", root, given.episodes),
        failed=failed or None,
    )


def decided(given: GateInput, returns: ReturnsBySplit, *, last: bool = False) -> Decision:
    """Decide on returns; the `last` time for what comes instead of an extension: the best member, on record.

    Raises GateError where a null policy passes, or the returns cannot be judged.
    """
    rule = given.rule.model_copy(update={"when_none": "best"}) if last else given.rule
    with within(given.generation):
        decision = decide(
            returns["report"],
            rule,
            threshold=_threshold(given, returns),
            null_returns=returns.get("null"),
            champion_returns=returns.get("champion", {}).get("champion"),
            seed=given.seeds.integer("gate"),
        )
    if decision.empty_gate:
        passing = [f"{name} passes: {null.reason}" for name, null in decision.nulls.items() if null.passed]
        raise GateError(
            f"{given.generation}: expected a gate that a policy which has learned nothing cannot pass, got one: "
            f"{'; '.join(passing)}; raise generations.{given.generation}.threshold, or write "
            "evaluate.null_policies: false"
        )
    return decision


def stored_returns(arm: ArmFolder) -> dict[str, Mapping[str, Sequence[float]]]:
    """Return the episodes that one population played, by split and player; `report` is there even if empty."""
    returns = {split: read_evaluation(arm.evaluation, split) for split in SPLITS}
    return {split: players for split, players in returns.items() if players or split == "report"}


def failures_of(layout: Layout, generation: str) -> list[Any]:
    """Return every failure of a generation, its extension's included."""
    arms = (layout.arm(generation, arm) for arm in ("inherited", "extension"))
    return [failure for arm in arms for failure in read_failures(arm.failures)]


def write_extended(layout: Layout, generation: str, extended: Extended) -> None:
    """Write the decision that asked for an extension, and its steps."""
    first = extended.first.to_dict()
    write_json(layout.extension_record(generation), {"budget_steps": extended.budget_steps, "first": first})


def _approval(given: GateInput, layout: Layout) -> Approval | None:
    """Return what a person answered, where the gate asks. Raises GateError when it asks and nobody has answered."""
    if given.rule.approval == "none":
        return None
    return required(given.generation, evaluation_digest(layout.arm(given.generation, "inherited").evaluation))


def _threshold(given: GateInput, returns: ReturnsBySplit) -> float:
    """Return the number that the study states, or the fraction of the way from a random policy to the reference."""
    rule = given.rule
    if not rule.reference:
        return given.threshold
    reference, random = (returns.get(split, {}).get(name) for split, name in (("reference",) * 2, ("null", "random")))
    if not reference or not random:
        raise GateError(
            "expected episodes of the reference and of a random policy, between which the threshold lies, got none; "
            "type: dvc repro"
        )
    score, floor = mean(reference), mean(random)
    if score <= floor:
        raise GateError(
            f"expected a reference that is better than a random policy, got {rule.reference} with a mean return "
            f"of {score:.4g} against {floor:.4g}"
        )
    return reference_threshold(score, floor, rule.fraction)
