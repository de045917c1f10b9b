"""Hyperparameters that drift from parent to child (population based training, Jaderberg et al. 2017)."""

from math import log

import numpy as np

from heredity.agents.algorithms import value_of
from heredity.agents.schedules import LINEAR
from heredity.errors import AgentError
from heredity.seeds import seed_sequence
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import Algorithm


def mutated(rule: InheritRule, algorithm: Algorithm, parent: Algorithm | None, seed: int) -> dict[str, float | str]:
    """Return the hyperparameters that a child learns with other than its generation's, in the order of the rule.

    Those that the rule gives heirs are as it writes them. Each of those that drift is the parent's, where it learned by
    the same algorithm, times a factor drawn log-uniformly between the rule's. A schedule ("lin_0.001") stays one.

    Raises AgentError when a hyperparameter has no value that can be multiplied.
    """
    changed: dict[str, float | str] = dict(rule.hyperparameters)
    origin = parent if parent and parent.name == algorithm.name else algorithm
    for name, (low, high) in rule.perturb.items():
        rng = np.random.default_rng(seed_sequence(seed, "perturb", name))
        factor = float(np.exp(rng.uniform(log(low), log(high))))
        changed[name] = _multiplied(name, value_of(origin, name), factor)
    return changed


def _multiplied(name: str, value: object, factor: float) -> float | str:
    if isinstance(value, str) and value.startswith(LINEAR):
        return f"{LINEAR}{float(value.removeprefix(LINEAR)) * factor!r}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise AgentError(f"perturb.{name}: expected a hyperparameter with a number, got {value!r}; leave it out")
    return value * factor
