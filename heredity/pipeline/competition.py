"""Fresh members against the parents whose heirs stand in their places: who plays better on the task is taken."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

from heredity.inheritance.fresh import Heir
from heredity.inheritance.ranking import Ranking
from heredity.pipeline.births import Brood
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.pipeline.parentage import Parentage
from heredity.pipeline.untrained import Untrained, play_untrained, refuse_if_none_plays, untrained_play
from heredity.study.lineages import lineage_of
from heredity.workers import ParallelMap

Place = tuple[str, str]
"""A donor in a lineage: founders are donors in all of them."""


def competed(
    broods: Sequence[Brood], parents: Parentage, given: InheritInput, parallel_map: ParallelMap
) -> tuple[list[Heir], tuple[Ranking, ...]]:
    """Return the members of a generation, and its rankings with what was played for their places.

    A fresh member is taken where its mean return, on the episodes that rank donors, is above that of the first parent
    of the heir in its place. Who has played these episodes before does not play them again.

    Raises AgentError where no donor can be played.
    """
    heirs = list(chain.from_iterable(brood.heirs for brood in broods))
    fresh = {heir.name: heir for brood in broods for heir in brood.fresh}
    if not fresh:
        return heirs, parents.rankings
    donors = {(each.lineage, name): donor for each in parents.births for name, donor in each.donors.items()}
    rankings = {each.lineage: each for each in parents.rankings}
    before = {(lineage, name) for lineage, ranking in rankings.items() for name in ranking.returns}
    rivals = dict.fromkeys(_rival(heir) for heir in heirs if heir.name in fresh)
    places = [place for place in rivals if place not in before]
    theirs = [untrained_play(given, *place, donors[place].agent, "rank") for place in places]
    ours = [
        untrained_play(given, lineage_of(name), name, heir.agent, "rank", given.algorithm)
        for name, heir in fresh.items()
    ]
    outcomes = parallel_map(play_untrained, [*theirs, *ours])
    if not before:
        refuse_if_none_plays(given, outcomes[: len(places)])
    of_parents = dict(zip(places, outcomes, strict=False))
    of_fresh = dict(zip(fresh, outcomes[len(places) :], strict=True))
    for lineage in dict.fromkeys(map(lineage_of, fresh)):
        empty = Ranking(lineage, given.rule.rank_episodes, {}, 0)
        rankings[lineage] = _with_rivals(rankings.get(lineage, empty), of_parents, of_fresh)
    chosen = [_better(heir, fresh.get(heir.name), rankings.get(lineage_of(heir.name))) for heir in heirs]
    return chosen, tuple(rankings[each.lineage] for each in parents.births if each.lineage in rankings)


def _rival(heir: Heir) -> Place:
    """Return the parent in whose place a fresh member would stand."""
    return lineage_of(heir.name), heir.birth.parents[0]


def _with_rivals(ranking: Ranking, of_parents: Mapping[Place, Untrained], of_fresh: Mapping[str, Untrained]) -> Ranking:
    """Return a ranking with those of its lineage that played later."""
    donors = {name: each for (lineage, name), each in of_parents.items() if lineage == ranking.lineage}
    fresh = {name: each for name, each in of_fresh.items() if lineage_of(name) == ranking.lineage}
    return replace(
        ranking,
        returns={**ranking.returns, **{name: each.mean for name, each in donors.items()}},
        env_steps=ranking.env_steps + sum(each.env_steps for each in (*donors.values(), *fresh.values())),
        fresh={name: each.mean for name, each in fresh.items()},
    )


def _better(heir: Heir, fresh: Heir | None, ranking: Ranking | None) -> Heir:
    """Return the fresh member where it plays better than the heir's parent, which is better than not to be played."""
    if fresh is None or ranking is None or (mean := ranking.fresh[fresh.name]) is None:
        return heir
    rival = ranking.returns[heir.birth.parents[0]]
    return fresh if rival is None or mean > rival else heir
