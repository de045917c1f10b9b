"""Survivors on episodes that did not choose them.

Whoever is chosen for a high mean looks better than it is: on other episodes that luck is gone (docs/gate.md).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from heredity.agents.agent import Agent
from heredity.agents.stored import read_agents
from heredity.evaluation.population import play, trials
from heredity.evaluation.returns import Returns, read_evaluation
from heredity.evaluation.trial import Trial
from heredity.evaluation.twin_difference import refuse_apart, twin_differences
from heredity.gate.extension import final_arm
from heredity.layout import Layout
from heredity.pipeline.inputs.confirm import ConfirmInput
from heredity.pipeline.trials import empty_trial
from heredity.study.lineages import by_lineage, lineage_of
from heredity.workers import ParallelMap

log = logging.getLogger(__name__)

SPLIT, TWIN = "confirm", "twin"


def confirmed(
    given: ConfirmInput, survivors: Sequence[str], layout: Layout, parallel_map: ParallelMap
) -> Mapping[str, Mapping[str, Returns]]:
    """Return the episodes of the survivors, by split and member, those whose environments misbehave left out.

    survivors: in the gate's order; of every lineage its first `at_most` play, on episodes of their own. They play the
    original; whose task has a twin plays that as well. Raises TaskError where the two surely differ.
    """
    chosen = [names[: given.at_most] for names in map(list, by_lineage(dict.fromkeys(survivors)).values())]
    models = final_arm(layout, given.generation).models
    splits = (SPLIT, TWIN) if given.playing.task.twin else (SPLIT,)
    agents = [read_agents(models, names) for names in chosen]
    # Apart, so that no worker loads JAX for a twin that is soon played in this process.
    evaluations = [
        play([trial for each in agents for trial in _trials(given, each, split)], parallel_map) for split in splits
    ]
    for failure in (failure for evaluation in evaluations for failure in evaluation.failures):
        log.warning("%s: %s is not confirmed: %s", given.generation, failure.member, failure.reason)
    played = {split: returns for evaluation in evaluations for split, returns in evaluation.played.items()}
    _compare(given, played, layout)
    return played


def _trials(given: ConfirmInput, agents: Mapping[str, Agent], split: str) -> list[Trial]:
    """Return what members of one lineage play."""
    seeds = given.seeds.in_lineage(lineage_of(next(iter(agents))))
    trial = empty_trial(given.playing, given.generation, seeds.evaluation(SPLIT), split)
    return trials(agents, replace(trial, task=replace(trial.task, twin=split == TWIN)))


def _compare(given: ConfirmInput, played: Mapping[str, Mapping[str, Returns]], layout: Layout) -> None:
    """Hold what members do on the original beside what they do on its twin, where they play both."""
    differences = twin_differences(played.get(SPLIT, {}), played.get(TWIN, {}))
    if differences and given.threshold is not None:
        scale = given.threshold - _return_of_nobody(layout, given.generation)
        refuse_apart(differences, given.generation, given.playing.task.id, scale)


def _return_of_nobody(layout: Layout, generation: str) -> float:
    """Return what acting at random was paid for the gate, 0 where nobody did."""
    players = read_evaluation(layout.arm(generation, "inherited").evaluation, "null")
    returns = [value for player, each in players.items() if player.endswith("random") for value in each]
    return fmean(returns) if returns else 0.0
