"""Survivors on episodes that did not choose them.

Whoever is chosen for a high mean looks better than it is: on other episodes that luck is gone (docs/gate.md).
"""

import logging
from collections.abc import Mapping, Sequence

from heredity.agents.agent import read_agents
from heredity.evaluation.population import play, trials
from heredity.evaluation.returns import Returns
from heredity.gate.extension import final_arm
from heredity.layout import Layout
from heredity.pipeline.inputs.confirm import ConfirmInput
from heredity.pipeline.trials import empty_trial
from heredity.workers import ParallelMap

log = logging.getLogger(__name__)

SPLIT = "confirm"


def confirmed(
    given: ConfirmInput, survivors: Sequence[str], layout: Layout, parallel_map: ParallelMap
) -> Mapping[str, Mapping[str, Returns]]:
    """Return the episodes of the survivors, by split and member, those whose environments misbehave left out."""
    template = empty_trial(given.playing, given.generation, given.seeds.evaluation(SPLIT), SPLIT)
    agents = read_agents(final_arm(layout, given.generation).models, survivors)
    evaluation = play(trials(agents, template), parallel_map)
    for failure in evaluation.failures:
        log.warning("%s: %s is not confirmed: %s", given.generation, failure.member, failure.reason)
    return evaluation.played
