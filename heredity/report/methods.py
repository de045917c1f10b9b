"""What a paper has to say about a study, made from the study's own numbers."""

import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

from heredity.layout import FOUNDERS, control_name
from heredity.report.endings import gate_endings
from heredity.report.gate_words import floor_text
from heredity.report.learning_words import algorithm_sentence, engine_text, listed
from heredity.report.parent_words import birth_sentences
from heredity.report.results import Comparison, Outcome, Results
from heredity.report.task_words import setting_text, task_text
from heredity.study.study import Study
from heredity.transfer.breeding import FRESH_WEIGHTS, RANDOM_MEMBERS
from heredity.transfer.estimates import Transfer
from heredity.transfer.glance import OUTCOMES

LIBRARIES = (
    "heredity",
    "stable-baselines3",
    "sb3-contrib",
    "torch",
    "jax",
    "gymnasium",
    "minigrid",
    "envpool",
    "numpy",
    "scipy",
    "altair",
)
"""Distributions whose version can change a result."""


def versions(study: Study) -> dict[str, str]:
    """Return the versions of Python and of the installed LIBRARIES that a study uses, without the builds' local parts.

    What else is installed is no matter of the study's: the same study is the same page without it.
    """
    installed = {"python": platform.python_version()}
    for name in LIBRARIES:
        with suppress(PackageNotFoundError):
            if _uses(study, name):
                installed[name] = version(name).partition("+")[0]
    return installed


def _uses(study: Study, library: str) -> bool:
    nodes = study.generations.values()
    if library == "jax":
        return any(node.train.engine != "sb3" for node in nodes)
    if library == "envpool":
        return any(node.train.environments == "envpool" for node in nodes)
    return library != "minigrid" or any(node.env.id.startswith(("MiniGrid-", "BabyAI-")) for node in nodes)


def methods(results: Results) -> str:
    """Return one paragraph, ready to paste."""
    study = results.study
    names = [outcome.name for outcome in results.outcomes]
    sentences = [
        f"Agents were trained in {_count(len(names), 'generation')} of {_count(study.population, 'member')} each"
        f"{_repeated(study.lineages)} with heredity {versions(study).get('heredity', '')}".rstrip(),
        algorithm_sentence(results),
        *[_task(outcome) for outcome in results.outcomes],
        *dict.fromkeys(_rules(outcome) for outcome in results.outcomes),
        *_endings(results),
        *birth_sentences(results),
        *dict.fromkeys(_confirmed(outcome) for outcome in results.outcomes if outcome.confirmations),
        *_control(results),
        *_heritability(results),
        *_branches(results),
        *_continual(results),
        f"Every random draw derives from study seed {study.seed}",
    ]
    return " ".join(f"{sentence}." for sentence in sentences)


def _repeated(lineages: int) -> str:
    return "" if lineages == 1 else f", the whole lineage {lineages} times over from independent seeds,"


def _task(outcome: Outcome) -> str:
    node = outcome.node
    after = "from the founders" if node.after == FOUNDERS else f"after {node.after}"
    stopping = ", stopping at the threshold" if node.train.until == "threshold" else ""
    return (
        f"Generation {outcome.name} ({after}) learned {task_text(node.env, paths=True)} for at most {node.budget:,} "
        f"environment steps per member{stopping}; learning curves are means over the last {node.train.window} "
        f"episodes, and a return of {outcome.threshold:g} counted as learned"
    )


def _rules(outcome: Outcome) -> str:
    node = outcome.node
    acting = "deterministically" if node.evaluate.deterministic else "by sampling from its policy"
    gate, rule = node.gate, node.gate.rule.replace("_", " ")
    rule += f" {gate.at_most}" if gate.rule == "top" else ""
    if gate.rule == "lower_bound":
        rule += f" of the mean (Learned-Miller and Thomas 2019) from {floor_text(outcome.gate)}"
    whose = " for all members together (Holm)" if gate.error == "family" else ""
    margin = f" and a bar {gate.margin:g} below the threshold" if gate.margin else ""
    none = {
        "best": "the best member may have heirs",
        "extend": f"members are trained {gate.extension_steps:,} steps more",
        "stop": "nobody may have heirs",
    }[gate.when_none]
    return (
        f"Each trained member played {node.evaluate.episodes} fresh episodes, the same for all, acting {acting}; "
        f"the gate's rule was {rule} at confidence {gate.confidence:g}{whose}{margin}; where nobody passes, {none}"
    )


def _endings(results: Results) -> list[str]:
    """Say what came of the gates besides plain passing, who let survivors have heirs, and what never came."""
    said = [sentence for outcome in results.outcomes for sentence in gate_endings(outcome.name, outcome.gate)]
    said += [f"{name} never came: {reason}" for name, reason in results.ended.items()]
    asked = [(outcome.name, outcome.gate.approval) for outcome in results.outcomes if outcome.gate.approval]
    for name, approval in asked:
        note = f" ({approval.note})" if approval.note else ""
        said.append(
            f"{approval.by} {'let' if approval.answer == 'promote' else 'refused to let'} the survivors of "
            f"{name} have heirs{note}"
        )
    return [sentence.removesuffix(".") for sentence in said]


def _confirmed(outcome: Outcome) -> str:
    rule = outcome.node.evaluate
    original = " of the original environment" if outcome.node.train.environments == "jax" else ""
    return (
        f"Means given of survivors (the first {rule.confirm} in the gate's order) are over {rule.episodes} further "
        f"episodes{original} that did not choose them, with two-sided 95 % intervals"
    )


def _control(results: Results) -> list[str]:
    if not results.compared:
        lost = [name for name in results.study.controlled if name in results.ended]
        alone = "so that nothing was compared with it"
        return [f"The control of {listed(lost)} learned alone, {alone}" if lost else "There was no control"]
    study, controls = results.study, [_against(results, comparison) for comparison in results.compared]
    several = len(study.control_names) > 1
    return [
        f"Controls of {_count(study.population, 'member')}{' per lineage' if study.lineages > 1 else ''} learned from "
        f"random weights by the same code, on seeds of their own{':' if several else ', on'} {', '.join(controls)}",
        *dict.fromkeys(_inference(comparison.transfer) for comparison in results.compared),
    ]


def _branches(results: Results) -> list[str]:
    """Say which branches were compared with one another, and how."""
    if not results.contrasts:
        return []
    told = [f"{each.generation} against {each.against}" for each in results.contrasts]
    transfer = results.contrasts[0].transfer
    by = f"{OUTCOMES[transfer.outcome]}, {transfer.test.method}"
    pairs = ", the lineages of both being pairs" if transfer.unit == "lineages" else ""
    return [f"Branches were compared with one another ({', '.join(told)}; {by}){pairs}"]


def _inference(transfer: Transfer) -> str:
    """Say what was counted, and what was tested."""
    unit, over = transfer.unit, "Intervals are expanded percentile intervals of a bootstrap over"
    if unit == "parents":
        alone = "nothing was tested, because one lineage tells of its own parents alone"
        return f"{over} the inherited members' parents and the controls; {alone}"
    means = "lineages, the datum of each being the mean over its members" if unit == "lineages" else unit
    test = f"a permutation of {unit} ({transfer.test.method})"
    return f"{over} {means}; the primary outcome ({OUTCOMES[transfer.outcome]}) was tested by {test}"


def _against(results: Results, comparison: Comparison) -> str:
    """Say what one control was: its generation, its steps, what it learned by if by something else, and who counts."""
    name, control = comparison.outcome.name, control_name(comparison.control.name) or ""
    node = comparison.outcome.node
    arm = node.controls[control]
    said = [f"{results.study.control_budget(name, control):,} steps per member"]
    if arm.algorithm != node.algorithm:
        ours, theirs = arm.algorithm.hyperparameters, node.algorithm.hyperparameters
        changes = [f"{key} {setting_text(value)}" for key, value in ours.items() if theirs.get(key) != value]
        said.append(", ".join([f"by {arm.algorithm.name}", *changes]))
    if engine_text(arm.train) != engine_text(node.train):
        said.append(f"trained by {engine_text(arm.train)}")
    if arm.select:
        said.append("those compared that pass the generation's gate, or the best member")
    several = len(results.study.control_names) > 1
    return f"{f'{control} on ' if several else ''}{name} ({'; '.join(said)})"


def _heritability(results: Results) -> list[str]:
    """Say how S, R and what of S was inherited were measured, where somebody has parents."""
    measured = [each for outcome in results.outcomes if (each := outcome.heritability) and each.baseline]
    if not measured:
        return []
    over = "over lineages" if any(each.unit == "lineages" for each in measured) else "given the parents"
    names = {RANDOM_MEMBERS: "its ratio to S is the heritability", FRESH_WEIGHTS: "no heritability was estimated"}
    against = [f"{kind}, where {names[kind]}" for kind in names if kind in {each.baseline for each in measured}]
    return [
        "The selection differential S is the parents' mean return over episodes that did not choose them less that of "
        "all members of their generation; the response R is the children's mean return less that of "
        f"{' or '.join(against)}; intervals are Student's {over}, of ratios Fieller's"
    ]


def _continual(results: Results) -> list[str]:
    if results.study.continual is None:
        return []
    return [
        f"Survivors of every generation, and {results.study.population} members with fresh weights, played "
        f"{_count(results.study.continual.episodes, 'episode')} of every task whose spaces they fit"
    ]


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
