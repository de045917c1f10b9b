"""The gate on stored returns: a pure function of them, of its rule, and of what a person answered."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

from heredity.errors import GateError
from heredity.evaluation.failures import read_failures
from heredity.evaluation.returns import MEMBER_SPLITS, SPLITS, read_evaluation
from heredity.files import write_json
from heredity.gate.approval import Approval, evaluation_digest, required
from heredity.gate.bounds import mean, reference_threshold
from heredity.gate.decision import decide
from heredity.gate.extension import final_arm, read_extended
from heredity.gate.lineages import merged
from heredity.gate.record import Decision, EpisodeSeeds, Extended, GateRecord, LineageGate, Raced
from heredity.gate.return_limits import ReturnLimit, lower_limit, upper_limit
from heredity.inheritance.pedigree import Births, stored_births
from heredity.layout import ArmFolder, Layout
from heredity.pipeline.inputs.gate import GateInput
from heredity.study.lineages import ALONE, lineage_of, member_place, own_name
from heredity.training.living import refuse_others

OF_LINEAGE = (
    "bar", "alpha", "population_error", "floor", "ceiling", "fallback", "episodes_needed", "ties",
    "selection_differential", "reliability", "winners_curse", "f_test_p",
)  # fmt: skip
"""What a decision says of a lineage as a whole."""

MEMBER = r"(l\d+/)?m\d+: "
"""Begins what a gate refuses of one member."""

ReturnsBySplit = Mapping[str, Mapping[str, Sequence[float]]]
"""Episode returns by split and player."""


def gate_record(given: GateInput, layout: Layout) -> GateRecord:
    """Return what the gate of a generation that came has to say, approval and extension included.

    Raises GateError where a null policy passes, the returns cannot be judged, or an answer is asked for and missing.
    """
    final, births = final_arm(layout, given.generation), stored_births(layout, given.generation)
    extended = read_extended(layout, given.generation)
    returns = stored_returns(final)
    refuse_others(final.evaluation, {*returns["report"], *returns.get("select", {})}, layout, given.generation)
    decisions = decisions_of(given, returns, again=_again(extended))
    approval = _approval(given, layout)
    refused = approval is not None and approval.answer == "refuse"
    if refused:
        decisions = {
            lineage: replace(decision, survivors=(), selection_differential=None)
            for lineage, decision in decisions.items()
        }
    failed = {failure.member: failure.reason for failure in failures_of(layout, given.generation)}
    race = {name: Raced(len(values), mean(values)) for name, values in returns.get("select", {}).items()}
    alone = list(decisions) == [ALONE]
    return GateRecord.of(
        merged(decisions),
        approval=approval,
        extension=extended,
        race=race or None,
        seeds=_seeds(given, ALONE, extended) if alone else None,
        failed=failed or None,
        lineages={} if alone else _lineages(given, decisions, births, extended, refused=refused),
    )


def decisions_of(
    given: GateInput, returns: ReturnsBySplit, again: Callable[[str], bool] = lambda _: False
) -> dict[str, Decision]:
    """Return a decision for every lineage of which somebody played; again: whether it is one that was extended."""
    lineages = dict.fromkeys(map(lineage_of, returns["report"])) or (ALONE,)
    return {lineage: decided(given, _of_lineage(returns, lineage), last=again(lineage)) for lineage in lineages}


def decided(given: GateInput, returns: ReturnsBySplit, *, last: bool = False) -> Decision:
    """Decide on the returns of one lineage; the `last` time for what comes instead of an extension.

    That is the best member, on record. Raises GateError where a null policy passes, or the returns cannot be judged.
    """
    rule = given.rule.model_copy(update={"when_none": "best"}) if last else given.rule
    lineage = lineage_of(next(iter(returns["report"]), ALONE))
    with _placed(given.generation):
        floor, ceiling = _limits(given, returns)
        decision = decide(
            returns["report"],
            rule,
            threshold=_threshold(given, returns),
            floor=floor,
            ceiling=ceiling,
            looks=given.rule.looks,
            null_returns=returns.get("null"),
            champion_returns=returns.get("champion", {}).get("champion"),
            seed=given.seeds.in_lineage(lineage).integer("gate"),
        )
    if decision.empty_gate:
        passing = [f"{name} passes: {null.reason}" for name, null in decision.nulls.items() if null.passed]
        place = member_place(given.generation, lineage) if lineage else given.generation
        raise GateError(
            f"{place}: expected a gate that a policy which has learned nothing cannot pass, got one: "
            f"{'; '.join(passing)}; {_way_out(given)}, or write evaluate.null_policies: false"
        )
    return decision


def _way_out(given: GateInput) -> str:
    """Say what to change where whoever has learned nothing passes, by what the rule compares with."""
    where, rule = f"generations.{given.generation}", given.rule
    if rule.compares_with_threshold:
        raised = "gate.fraction" if rule.reference else "threshold"
        return f"raise {where}.{raised}" + (", or lower its gate.margin" if rule.margin else "")
    if rule.rule == "champion" and rule.champion != "parent":
        return f"name a better {where}.gate.champion"
    return f"raise {where}.budget, because rule {rule.rule} compares members that are no better than random play"


@contextmanager
def _placed(generation: str) -> Iterator[None]:
    """Say in a refusal of the block of which generation, or of which of its members, it is: medium/l03/m07."""
    try:
        yield
    except GateError as error:
        line = str(error)
        place = member_place(generation, line) if re.match(MEMBER, line) else f"{generation}: {line}"
        raise error.saying(place) from None


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
    write_json(layout.extension_record(generation), asdict(extended))


def _of_lineage(returns: ReturnsBySplit, lineage: str) -> dict[str, dict[str, Sequence[float]]]:
    """Return what a lineage played; who its members are compared with has no lineage in its name."""
    return {
        split: {
            name if split in MEMBER_SPLITS else own_name(name): values
            for name, values in players.items()
            if lineage_of(name) == lineage
        }
        for split, players in returns.items()
    }


def _again(extended: Extended | None) -> Callable[[str], bool]:
    return lambda lineage: extended is not None and lineage in (extended.lineages or (ALONE,))


def _seeds(given: GateInput, lineage: str, extended: Extended | None) -> EpisodeSeeds:
    root = given.seeds.in_lineage(lineage).evaluation(again=_again(extended)(lineage))
    return EpisodeSeeds("report", root, given.episodes)


def _lineages(
    given: GateInput, decisions: Mapping[str, Decision], births: Births, extended: Extended | None, *, refused: bool
) -> dict[str, LineageGate]:
    """Return what is said of each lineage; of those that were lost before, and of those that end here, why."""
    sizes = Counter(lineage_of(birth.child) for birth in births.heirs)
    lineages = {lineage: LineageGate(ended=reason) for lineage, reason in births.lost.items()}
    for lineage, size in sizes.items():
        if (decision := decisions.get(lineage)) is None:
            lineages[lineage] = LineageGate(ended=f"none of its {size} members lived through {given.generation}")
            continue
        ended = f"none of its {len(decision.candidates)} members passed the gate of {given.generation}"
        lineages[lineage] = LineageGate(
            **{key: getattr(decision, key) for key in OF_LINEAGE},
            seeds=_seeds(given, lineage, extended),
            ended=None if decision.survivors or refused else ended,
        )
    return dict(sorted(lineages.items()))


def _approval(given: GateInput, layout: Layout) -> Approval | None:
    """Return what a person answered, where the gate asks. Raises GateError when it asks and nobody has answered."""
    if given.rule.approval == "none":
        return None
    return required(given.generation, evaluation_digest(layout.arm(given.generation, "inherited").evaluation))


def _limits(given: GateInput, returns: ReturnsBySplit) -> tuple[ReturnLimit | None, ReturnLimit | None]:
    """Return what the returns of a lineage lie between, by whoever played in it; where nobody knows, what was seen."""
    played = {
        name if split == "report" else f"{name} ({split})": values
        for split, players in returns.items()
        for name, values in players.items()
        if len(values)
    }
    if not played:
        return given.floor, given.ceiling
    return lower_limit(given.floor, played), upper_limit(given.ceiling, played)


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
