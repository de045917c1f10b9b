"""Survivors on episodes that did not choose them.

Whoever is chosen for a high mean looks better than it is: on other episodes that luck is gone (docs/gate.md).
"""

import logging
from collections.abc import Mapping, Sequence

from heredity.agents.agent import Agent, read_agents
from heredity.evaluation.episodes import Trial
from heredity.evaluation.population import play, trials
from heredity.evaluation.returns import Returns
from heredity.gate.extension import final_arm
from heredity.layout import Layout
from heredity.pipeline.inputs.confirm import ConfirmInput
from heredity.pipeline.trials import empty_trial
from heredity.study.lineages import by_lineage, lineage_of
from heredity.workers import ParallelMap

log = logging.getLogger(__name__)

SPLIT = "confirm"


def confirmed(
    given: ConfirmInput, survivors: Sequence[str], layout: Layout, parallel_map: ParallelMap
) -> Mapping[str, Mapping[str, Returns]]:
    """Return the episodes of the survivors, by split and member, those whose environments misbehave left out.

    survivors: in the gate's order; of every lineage its first `at_most` play, on episodes of their own.
    """
    chosen = [names[: given.at_most] for names in map(list, by_lineage(dict.fromkeys(survivors)).values())]
    models = final_arm(layout, given.generation).models
    evaluation = play([trial for names in chosen for trial in _trials(given, read_agents(models, names))], parallel_map)
    for failure in evaluation.failures:
        log.warning("%s: %s is not confirmed: %s", given.generation, failure.member, failure.reason)
    return evaluation.played


def _trials(given: ConfirmInput, agents: Mapping[str, Agent]) -> list[Trial]:
    """Return what members of one lineage play."""
    seeds = given.seeds.in_lineage(lineage_of(next(iter(agents))))
    return trials(agents, empty_trial(given.playing, given.generation, seeds.evaluation(SPLIT), SPLIT))
