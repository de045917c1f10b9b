"""Everything the report tells, read once from the stored files into one frozen value."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from heredity.errors import HeredityError
from heredity.evaluation.confirmations import read_confirmations
from heredity.gate.confirmation import Confirmation
from heredity.gate.record import GateRecord
from heredity.inheritance.pedigree import Birth, Pedigree, read_pedigree, refuse_other_parents, why_ended
from heredity.layout import Layout, control_arm, control_name
from heredity.report.arms import AGAIN, ArmResults, control_label, read_arm
from heredity.report.task_words import task_text
from heredity.report.verdict import place
from heredity.study.lineages import member_place
from heredity.study.study import Generation, Study
from heredity.training.living import stored_gate
from heredity.transfer.continual import ContinualMatrix, read_continual
from heredity.transfer.contrasts import BranchContrast
from heredity.transfer.estimates import Heritability, Transfer
from heredity.transfer.evidence import Survival
from heredity.transfer.record import read_contrasts, read_spending, read_survival, read_transfers
from heredity.transfer.spending import INHERITED, Spending, Spent


@dataclass(frozen=True)
class Outcome:
    """What one generation came to.

    gate: gate.json. transfer: this generation's part of transfer.json, None without a control. survival: its part of
    survival.json. confirmations: of the survivors that were confirmed. labels: of all controls of the study, in the
    order of their colours.
    """

    name: str
    node: Generation
    threshold: float
    members: ArmResults
    controls: tuple[ArmResults, ...]
    gate: GateRecord
    transfer: Transfer | None
    survival: Survival
    confirmations: Mapping[str, Confirmation]
    labels: tuple[str, ...] = ("control",)

    @property
    def fitness(self) -> Mapping[str, float]:
        """The mean return that is published of every member: a survivor's over episodes that did not choose it.

        Others have that of their evaluation; a survivor that was not confirmed has none.
        """
        return published(self.members.evaluated, self.gate.survivors, self.confirmations)

    @property
    def task(self) -> str:
        """The task with its arguments and wrappers, as a heading has it."""
        return task_text(self.node.env)

    @property
    def arms(self) -> tuple[ArmResults, ...]:
        """The arms that ran."""
        return (self.members, *self.controls)

    @property
    def source_steps(self) -> Mapping[str, int]:
        """By member, the environment steps of its own ancestors; empty without a control."""
        return self.transfer.source_steps if self.transfer else {}

    @property
    def heritability(self) -> Heritability | None:
        """From parents to members, None where fewer than two have parents."""
        return self.transfer.heritability if self.transfer else self.survival.heritability


@dataclass(frozen=True)
class Comparison:
    """A generation compared with one of its controls."""

    outcome: Outcome
    control: ArmResults
    transfer: Transfer

    @property
    def title(self) -> str:
        """The generation, and which control where there are several in the study."""
        return self.outcome.name + (f" against {self.control.label}" if len(self.outcome.labels) > 1 else "")

    @property
    def place(self) -> str:
        """The same with the generation's task, as a sentence has it."""
        against = f" against {self.control.label}," if len(self.outcome.labels) > 1 else ""
        return place(self.outcome.name, self.outcome.task) + against


@dataclass(frozen=True)
class Results:
    """A study, its outcomes, parents before children, and what each arm spent; `params` is the text of params.yaml.

    continual: None where the study does not ask for it. ended: by generation that never came, where and why the study
    ended before it. contrasts: what branches came to that are compared with one another.
    """

    study: Study
    params: str
    pedigree: Pedigree
    outcomes: tuple[Outcome, ...]
    spending: Spending
    continual: ContinualMatrix | None
    ended: Mapping[str, str] = field(default_factory=dict)
    contrasts: tuple[BranchContrast, ...] = ()

    @property
    def compared(self) -> tuple[Comparison, ...]:
        """What every generation that has controls was compared with, each control of it after the other."""
        return tuple(comparison for outcome in self.outcomes for comparison in comparisons(outcome))

    @property
    def latest(self) -> tuple[Outcome, ...]:
        """The outcomes, the last first, those that a control stands beside before all others."""
        last_first = self.outcomes[::-1]
        return tuple(sorted(last_first, key=lambda outcome: outcome.transfer is None))

    def label(self, arm: str) -> str:
        """Return what a reader knows an arm as, whether its generation came or not."""
        return control_label(self.study, control_name(arm) or arm)

    def spent(self, outcome: Outcome, arm: ArmResults) -> Spent[int]:
        """Return what an arm spent."""
        return self.spending.generations[outcome.name][arm.name]


def comparisons(outcome: Outcome) -> list[Comparison]:
    """Return what a generation was compared with, its first control first; nothing without one."""
    if outcome.transfer is None:
        return []
    first = outcome.transfer
    transfers = [first, *first.beside.values()]
    return [Comparison(outcome, arm, transfer) for arm, transfer in zip(outcome.controls, transfers, strict=True)]


def published(
    evaluated: Mapping[str, float], survivors: Collection[str], confirmations: Mapping[str, Confirmation]
) -> dict[str, float]:
    """Return the mean returns to tell of members: of survivors the confirmed ones, of others the evaluated."""
    chosen = frozenset(survivors)
    others = {member: value for member, value in evaluated.items() if member not in chosen}
    return others | {member: confirmations[member].mean for member in survivors if member in confirmations}


def read_results(study: Study, params: str, layout: Layout) -> Results:
    """Read what the stages before the report wrote, for a study whose thresholds are numbers.

    Raises HeredityError naming a file that is missing or not what its stage writes.
    """
    births = read_pedigree(layout.lineage).births
    pedigree = Pedigree({place: birth for place, birth in births.items() if place[0] in study.generations})
    refuse_other_parents(pedigree, {name: node.after for name, node in study.generations.items()})
    ended = {name: reason for name in study.order() if (reason := why_ended(layout, name))}
    spent, came = read_spending(layout.spending), [name for name in study.order() if name not in ended]
    results = Results(
        study=study,
        params=params,
        pedigree=pedigree,
        outcomes=_ranked(_outcomes(study, came, layout, pedigree), spent),
        spending=spent,
        continual=read_continual(layout.continual) if study.continual else None,
        ended=ended,
        contrasts=read_contrasts(layout.contrasts) if study.compare else (),
    )
    _check_contrasts(results, layout)
    _check_spending(results, layout)
    _check_confirmations(results, layout)
    return results


def _ranked(outcomes: tuple[Outcome, ...], spent: Spending) -> tuple[Outcome, ...]:
    """Return outcomes whose members know what ranking their possible parents took of each."""
    shares = {name: arms[INHERITED].ranking for name, arms in spent.generations.items() if INHERITED in arms}
    return tuple(
        replace(outcome, members=replace(outcome.members, ranking=shares.get(outcome.name, {}))) for outcome in outcomes
    )


def _check_contrasts(results: Results, layout: Layout) -> None:
    """Refuse contrasts of other branches than those that the study compares and that came."""
    expected = [pair for pair in results.study.compare if not results.ended.keys() & set(pair)]
    if (pairs := [(each.generation, each.against) for each in results.contrasts]) != expected:
        wanted, got = (", ".join(" against ".join(pair) for pair in each) or "none" for each in (expected, pairs))
        raise HeredityError(f"{layout.contrasts}: expected {wanted}, got {got}; {AGAIN}")


def _outcomes(study: Study, came: list[str], layout: Layout, pedigree: Pedigree) -> tuple[Outcome, ...]:
    transfers = read_transfers(layout.transfer) if study.controlled else {}
    survival = read_survival(layout.survival)
    outcomes = []
    for name in came:
        controls = study.generations[name].controls
        _check_transfer(layout, name, tuple(controls), transfers.get(name))
        if name not in survival:
            raise HeredityError(f"{layout.survival}: expected the generation {name}, got none; {AGAIN}")
        label = "inherited" if any(birth.parents for birth in pedigree.of(name).values()) else "members"
        node = study.generations[name]
        outcomes.append(
            Outcome(
                name=name,
                node=node,
                threshold=study.threshold(name),
                members=read_arm(layout, name, "inherited", label, survival[name], node.train.window),
                controls=tuple(
                    read_arm(
                        layout, name, control_arm(each), control_label(study, each), survival[name], node.train.window
                    )
                    for each in controls
                ),
                gate=stored_gate(layout, name),
                transfer=transfers[name] if controls else None,
                survival=survival[name],
                confirmations=read_confirmations(layout, name),
                labels=tuple(control_label(study, each) for each in study.control_names),
            )
        )
    return tuple(outcomes)


def _check_transfer(layout: Layout, generation: str, controls: tuple[str, ...], transfer: Transfer | None) -> None:
    """Refuse a generation with controls that was not compared with each of them, or with others."""
    if controls and transfer is None:
        raise HeredityError(f"{layout.transfer}: expected the generation {generation}, which has a control; {AGAIN}")
    told = (transfer.control or controls[0], *transfer.beside) if controls and transfer else ()
    if told != controls:
        raise HeredityError(
            f"{layout.transfer}: expected {generation} against {', '.join(controls)}, got {', '.join(told)}; {AGAIN}"
        )


def _check_spending(results: Results, layout: Layout) -> None:
    """Refuse the spending of other members than those that are told of."""
    for generation, arm, member in _spenders(results):
        spent = results.spending.generations.get(generation, {}).get(arm)
        if spent is None or member not in spent.members:
            who = f"{member_place(generation, member)} ({arm})"
            raise HeredityError(f"{layout.spending}: expected the steps of {who}, got none; {AGAIN}")


def _check_confirmations(results: Results, layout: Layout) -> None:
    """Refuse confirmations of others than those whom the gate let survive."""
    for outcome in results.outcomes:
        for member in outcome.confirmations:
            if member not in outcome.gate.survivors:
                path = layout.confirmation(outcome.name)
                raise HeredityError(f"{path}: expected survivors of {outcome.name}, got {member}; {AGAIN}")


def _spenders(results: Results) -> Iterator[tuple[str, str, str]]:
    for outcome in results.outcomes:
        for arm in outcome.arms:
            yield from ((outcome.name, arm.name, member) for member in arm.curves)
    births: Iterator[Birth] = (birth for birth in results.pedigree.births.values() if birth.after != "founders")
    yield from ((birth.after, "inherited", parent) for birth in births for parent in birth.parents)
