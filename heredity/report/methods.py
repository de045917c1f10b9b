"""What a paper has to say about a study, made from the study's own numbers."""

import platform
from importlib.metadata import PackageNotFoundError, version

from heredity.layout import control_name
from heredity.report.results import Comparison, Outcome, Results
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


def versions() -> dict[str, str]:
    """Return the versions of Python and of every library in LIBRARIES that is installed."""
    installed = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            installed[name] = version(name)
        except PackageNotFoundError:
            continue
    return installed


def methods(results: Results) -> str:
    """Return one paragraph, ready to paste."""
    study = results.study
    names = [outcome.name for outcome in results.outcomes]
    sentences = [
        f"Agents were trained in {_count(len(names), 'generation')} of {_count(study.population, 'member')} each"
        f"{_repeated(study.lineages)} with heredity {versions().get('heredity', '')}".rstrip(),
        _algorithms(results),
        *[_task(outcome) for outcome in results.outcomes],
        *dict.fromkeys(_rules(outcome) for outcome in results.outcomes),
        *dict.fromkeys(_confirmed(outcome) for outcome in results.outcomes),
        *_control(results),
        *_continual(results),
        f"Every random draw derives from study seed {study.seed}",
    ]
    return " ".join(f"{sentence}." for sentence in sentences)


def _repeated(lineages: int) -> str:
    return "" if lineages == 1 else f", the whole lineage {lineages} times over from independent seeds,"


def _algorithms(results: Results) -> str:
    described = dict.fromkeys(
        f"{node.algorithm.name} ({node.algorithm.policy}, {_count(node.algorithm.n_envs, 'environment')} per member"
        + "".join(f", {key} {value}" for key, value in node.algorithm.hyperparameters.items())
        + ")"
        for node in (outcome.node for outcome in results.outcomes)
    )
    return f"The learning algorithm was {' and '.join(described)}"


def _task(outcome: Outcome) -> str:
    node = outcome.node
    after = "first" if node.after == "founders" else f"after {node.after}"
    return (
        f"Generation {outcome.name} ({after}) learned {node.env.id} for at most {node.budget:,} environment steps per "
        f"member{', stopping at the threshold' if node.train.until == 'threshold' else ''}; "
        f"learning curves are means over the last {node.train.window} episodes, and "
        f"a return of {outcome.threshold:g} counted as learned"
    )


def _rules(outcome: Outcome) -> str:
    node = outcome.node
    acting = "deterministically" if node.evaluate.deterministic else "by sampling from its policy"
    rule, most = node.gate.rule.replace("_", " "), node.gate.at_most
    heads = "all that passed" if most is None else f"the best {most} of those that passed"
    return (
        f"Each trained member played {node.evaluate.episodes} fresh episodes, the same for all, acting {acting}; "
        f"the gate's rule was {rule} at confidence {node.gate.confidence:g}, and {heads} had "
        f"heirs by the operator {node.inherit.operator.replace('_', ' ')} (optimizer {node.inherit.optimizer}, "
        f"{_count(node.inherit.immigrants, 'immigrant')})"
    )


def _confirmed(outcome: Outcome) -> str:
    rule = outcome.node.evaluate
    return (
        f"Means given of survivors (the first {rule.confirm} in the gate's order) are over {rule.episodes} further "
        "episodes that did not choose them, with two-sided 95 % intervals"
    )


def _control(results: Results) -> list[str]:
    if not results.compared:
        return ["There was no control"]
    study, controls = results.study, [_against(results, comparison) for comparison in results.compared]
    several = len(study.control_names) > 1
    return [
        f"Controls of {_count(study.population, 'member')}{' per lineage' if study.lineages > 1 else ''} learned from "
        f"random weights by the same code, on seeds of their own{':' if several else ', on'} {', '.join(controls)}",
        *dict.fromkeys(_inference(comparison.transfer) for comparison in results.compared),
    ]


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
        changes = [f"{key} {value}" for key, value in ours.items() if theirs.get(key) != value]
        said.append(", ".join([f"by {arm.algorithm.name}", *changes]))
    if arm.select:
        said.append("those compared that pass the generation's gate, or the best member")
    several = len(results.study.control_names) > 1
    return f"{f'{control} on ' if several else ''}{name} ({'; '.join(said)})"


def _continual(results: Results) -> list[str]:
    if results.study.continual is None:
        return []
    return [
        f"Survivors of every generation, and {results.study.population} members with fresh weights, played "
        f"{_count(results.study.continual.episodes, 'episode')} of every task whose spaces they fit"
    ]


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
