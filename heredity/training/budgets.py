"""Whether what a member learns depends on how long it may: then a longer training is another from its first step."""

from math import ceil

from heredity.agents.algorithms import rollout_steps, value_of
from heredity.agents.schedules import is_schedule
from heredity.training.shard import Member, Shard

CURVE_ROWS = 200
"""Algorithms that update every few steps record about this many rows over the budget."""


def row_steps(shard: Shard) -> int:
    """Return the environment steps between two rows of a curve, where an algorithm updates more often than that."""
    return max(rollout_steps(shard.algorithm), ceil(shard.budget_steps / CURVE_ROWS))


def why_tied_to_budget(shard: Shard, member: Member) -> str | None:
    """Return what in the training of a member is spread over the budget; None where nothing is."""
    for name, value in shard.algorithm_of(member).hyperparameters.items():
        if is_schedule(value):
            return f"{name} falls over the budget"
    if value_of(shard.algorithm, "exploration_fraction") is not None:
        return "exploration falls over a part of the budget"
    if shard.train.engine != "cohort" and row_steps(shard) > rollout_steps(shard.algorithm):
        return "the rows of its curve are spread over the budget"
    return None
