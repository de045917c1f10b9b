"""Whom members are compared with before the gate, and the whole evaluation of one population."""

from collections.abc import Mapping
from dataclasses import replace

from heredity.agents.agent import OUR_MEMBER, Agent, zip_members
from heredity.agents.founders import algorithm_of, read_finite
from heredity.agents.stored import read_agent
from heredity.errors import AgentError, GateError
from heredity.evaluation.null_policies import NULL_POLICIES, NullPolicy
from heredity.evaluation.population import Contest, Evaluation, evaluate_population, trials
from heredity.evaluation.trial import Trial
from heredity.gate.extension import final_arm
from heredity.inheritance.pedigree import stored_births
from heredity.layout import FOUNDERS, Layout
from heredity.pipeline.inputs.base import GenerationInput
from heredity.pipeline.inputs.evaluate import Playing
from heredity.pipeline.trials import empty_trial
from heredity.study.lineages import address, by_lineage, lineage_of
from heredity.study.sections import Algorithm
from heredity.training.living import refuse_others
from heredity.workers import ParallelMap


def evaluated(
    given: GenerationInput,
    playing: Playing,
    agents: Mapping[str, Agent],
    layout: Layout,
    parallel_map: ParallelMap,
    *,
    again: bool = False,
) -> Evaluation:
    """Race the members where the study asks for it, then let the finalists and those they are compared with play.

    Every lineage plays its own episodes. again: for members that were trained once more. Raises TaskError where all
    members' environments misbehave.
    """
    if not again:
        refuse_others(layout.arm(given.generation, "inherited").models, agents, layout, given.generation)
    contests = [
        _contest(given, playing, lineage, members, layout, again=again)
        for lineage, members in by_lineage(agents).items()
    ]
    return evaluate_population(contests, parallel_map)


def _contest(
    given: GenerationInput,
    playing: Playing,
    lineage: str,
    members: Mapping[str, Agent],
    layout: Layout,
    *,
    again: bool,
) -> Contest:
    rule, seeds = playing.evaluate, given.seeds.in_lineage(lineage)

    def template(split: str) -> Trial:
        return empty_trial(playing, given.generation, seeds.evaluation(split, again=again), split)

    return Contest(
        members,
        template("report"),
        compared=compared_trials(given, playing, lineage, layout, again=again),
        select=replace(template("select"), episodes=rule.select_episodes) if rule.select_episodes else None,
        finalists=rule.finalists,
    )


def compared_trials(
    given: GenerationInput, playing: Playing, lineage: str, layout: Layout, *, again: bool = False
) -> list[Trial]:
    """Return the trials of whom the gate compares the members of a lineage with, on the episodes that these play."""
    seeds = given.seeds.in_lineage(lineage)
    return [
        replace(trial, algorithm=_played_with(trial.agent, playing.algorithm))
        for split, players in compared(playing, given.generation, lineage, layout).items()
        for trial in trials(
            {address(lineage, name): player for name, player in players.items()},
            empty_trial(playing, given.generation, seeds.evaluation(split, again=again), split),
        )
    ]


def compared(
    playing: Playing, generation: str, lineage: str, layout: Layout
) -> dict[str, dict[str, Agent | NullPolicy]]:
    """Return whom the gate compares the members of a lineage with, by split."""
    players: dict[str, dict[str, Agent | NullPolicy]] = {}
    if playing.evaluate.null_policies:
        players["null"] = {kind: kind for kind in NULL_POLICIES}
    if playing.champion == "parent":
        parent = _best_parent(playing.after or FOUNDERS, generation, lineage, layout)
        players["champion"] = {"champion": parent}
    elif playing.champion:
        players["champion"] = {"champion": read_finite(playing.champion)}
    if playing.reference:
        players["reference"] = {"reference": read_finite(playing.reference)}
    return players


def _played_with(player: Agent | NullPolicy, algorithm: Algorithm | None) -> Algorithm | None:
    """Return what a model is played with: what it was made with, the study's algorithm where its zip does not tell.

    A zip that heredity did not write tells its algorithm, and only a part of its arguments.
    """
    if not isinstance(player, Agent):
        return None
    try:
        own = algorithm_of(player)
    except AgentError:
        return algorithm
    whole = OUR_MEMBER in zip_members(player.model) or algorithm is None or algorithm.name != own.name
    return own if whole else algorithm


def _best_parent(after: str, generation: str, lineage: str, layout: Layout) -> Agent:
    """Return the best survivor of a lineage before this generation: the first parent of its first member."""
    births = [birth for birth in stored_births(layout, generation).heirs if lineage_of(birth.child) == lineage]
    if not births or not births[0].parents:
        raise GateError(f"{generation}: expected a parent to be the champion, got members from fresh weights")
    return read_agent(final_arm(layout, after).model(births[0].parents[0]))
