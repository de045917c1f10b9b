"""What a paper has to say about a study, made from the study's own numbers."""

import platform
from importlib.metadata import PackageNotFoundError, version

from heredity.report.story import Outcome, Story

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
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def methods(story: Story) -> str:
    """Return one paragraph, ready to paste."""
    study = story.study
    names = [outcome.name for outcome in story.outcomes]
    told = [
        f"Agents were trained in {_count(len(names), 'generation')} of {study.population} members each with heredity "
        f"{versions().get('heredity', '')}".rstrip(),
        _algorithms(story),
        *[_task(outcome) for outcome in story.outcomes],
        *dict.fromkeys(_rules(outcome) for outcome in story.outcomes),
        _control(story),
        *_continual(story),
        f"Every random draw derives from study seed {study.seed}",
    ]
    return " ".join(f"{sentence}." for sentence in told)


def _algorithms(story: Story) -> str:
    described = dict.fromkeys(
        f"{node.algorithm.name} ({node.algorithm.policy}, {_count(node.algorithm.n_envs, 'environment')} per member"
        + "".join(f", {key} {value}" for key, value in node.algorithm.hyperparameters.items())
        + ")"
        for node in (outcome.node for outcome in story.outcomes)
    )
    return f"The learning algorithm was {' and '.join(described)}"


def _task(outcome: Outcome) -> str:
    node = outcome.node
    after = "first" if node.after == "founders" else f"after {node.after}"
    return (
        f"Generation {outcome.name} ({after}) learned {node.env.id} for at most {node.budget:,} environment steps per "
        f"member{', stopping at the threshold' if node.train.until == 'threshold' else ''}; "
        f"a return of {outcome.threshold:g} counted as learned"
    )


def _rules(outcome: Outcome) -> str:
    node = outcome.node
    acting = "deterministically" if node.evaluate.deterministic else "by sampling from its policy"
    rule, most = node.gate.rule.replace("_", " "), node.gate.at_most
    kept = "all that passed" if most is None else f"the best {most} of those that passed"
    return (
        f"Each trained member played {node.evaluate.episodes} fresh episodes, the same for all, acting {acting}; "
        f"the gate's rule was {rule} at confidence {node.gate.confidence:g}, and {kept} had "
        f"heirs by the operator {node.inherit.operator.replace('_', ' ')} (optimizer {node.inherit.optimizer}, "
        f"{_count(node.inherit.immigrants, 'immigrant')})"
    )


def _control(story: Story) -> str:
    if not story.compared:
        return "There was no control"
    budgets = [f"{one.name} ({story.study.control_budget(one.name):,} steps per member)" for one in story.compared]
    return (
        f"Controls of {story.study.population} members learned from random weights with the same code and seeds on "
        f"{', '.join(budgets)}; intervals are expanded percentile intervals of a bootstrap over members, and tests "
        "permute pairs of members that share their seeds"
    )


def _continual(story: Story) -> list[str]:
    if story.study.continual is None:
        return []
    return [
        f"Survivors of every generation, and {story.study.population} members with fresh weights, played "
        f"{_count(story.study.continual.episodes, 'episode')} of every task whose spaces they fit"
    ]


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
