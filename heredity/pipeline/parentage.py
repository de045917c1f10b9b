"""Whose heirs the members of a generation are: those whom its rule names, ranked as it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from heredity.agents.stored import read_agents
from heredity.gate.extension import final_arm
from heredity.gate.record import GateRecord
from heredity.inheritance.choosing import Order, Pool, ordered
from heredity.inheritance.donors import Born, stored_born, stored_donors, stored_pool
from heredity.inheritance.heirs import Donor
from heredity.inheritance.ranking import Ranking
from heredity.layout import Layout
from heredity.pipeline.births import HeirsWanted
from heredity.pipeline.ending import lost_lineages, lost_without_failed, why_none_failed, why_none_have_heirs
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.pipeline.untrained import Untrained, play_untrained, refuse_if_none_plays, untrained_play
from heredity.study.lineages import lineage_names
from heredity.workers import ParallelMap


@dataclass(frozen=True)
class Parentage:
    """What the heirs of a generation are made of, and how their donors were ranked, lineage by lineage.

    ended: why there will be none. lost: why there will be none of some lineages, by these.
    """

    births: tuple[HeirsWanted, ...] = ()
    rankings: tuple[Ranking, ...] = ()
    ended: str | None = None
    lost: Mapping[str, str] = field(default_factory=dict)


def parentage(given: InheritInput, gate: GateRecord, layout: Layout, parallel_map: ParallelMap) -> Parentage:
    """Return who of the generation before has heirs, as its gate left it; founders are everybody's.

    Raises AgentError where donors are to be ranked by play on the heirs' task and none of them can be played.
    """
    if ended := why_none_have_heirs(given.after, gate):
        return Parentage(ended=ended)
    lost, born = lost_lineages(gate), stored_born(layout, given.after)
    pools = [_pool(given, gate, name, layout, born) for name in lineage_names(given.lineages) if name not in lost]
    if given.rule.donors == "failed":
        without = lost_without_failed(given.after, gate, {each.lineage: each.names for each in pools})
        if len(without) == len(pools):
            return Parentage(ended=why_none_failed(given.after, gate, without))
        lost, pools = lost | without, [each for each in pools if each.names]
    played = _played(given, pools, layout, parallel_map)
    ranked = [_ranked(given, each, played.get(each.lineage, {})) for each in pools]
    births = [HeirsWanted(given, each.pool.lineage, each.donors(given, layout, born)) for each in ranked]
    return Parentage(tuple(births), tuple(each.ranking for each in ranked if each.ranking), lost=lost)


def _pool(given: InheritInput, gate: GateRecord, lineage: str, layout: Layout, born: Born) -> Pool:
    seed = given.seeds.in_lineage(lineage).integer("donors")
    return stored_pool(layout, given.after, given.rule, gate, lineage, seed, born)


def _played(
    given: InheritInput, pools: Sequence[Pool], layout: Layout, parallel_map: ParallelMap
) -> dict[str, dict[str, Untrained]]:
    """Return by lineage what those return on the heirs' task who have to be ranked by it."""
    ranks = given.rule.ranks_by_play
    names = {each.lineage: each.names for each in pools if ranks and len(each.names) > 1}  # one alone has no rank
    agents = read_agents(final_arm(layout, given.after).models, dict.fromkeys(chain.from_iterable(names.values())))
    plays = [untrained_play(given, lineage, name, agents[name], "rank") for lineage in names for name in names[lineage]]
    outcomes = parallel_map(play_untrained, plays)
    refuse_if_none_plays(given, outcomes)
    left = iter(outcomes)
    return {lineage: {name: next(left) for name in members} for lineage, members in names.items()}


@dataclass(frozen=True)
class _Ranked:
    """A pool in the order and with the returns that count; ranking: where these are not the gate's."""

    pool: Pool
    names: tuple[str, ...]
    fitness: Mapping[str, float | None]
    ranking: Ranking | None = None

    def donors(self, given: InheritInput, layout: Layout, born: Born) -> Mapping[str, Donor]:
        """Read those that have heirs."""
        names, task = self.pool.donors(self.names), given.donors_task
        return stored_donors(layout, given.after, given.rule, names=names, fitness=self.fitness, task=task, born=born)


def _ranked(given: InheritInput, pool: Pool, played: Mapping[str, Untrained]) -> _Ranked:
    """Rank a pool by what its members returned on the heirs' task; where nobody played, it is in its order."""
    if not played:
        returns = {name: pool.means.get(name) for name in pool.names}
        drawn = Ranking(pool.lineage, 0, returns, 0, pool.drawn) if pool.drawn and given.rule.rank == "own" else None
        return _Ranked(pool, pool.names, returns, drawn)
    means = {name: each.mean for name, each in played.items()}
    seed = given.seeds.in_lineage(pool.lineage).integer("rank")
    order = Order(pool.names) if given.rule.donors == "random" else ordered(means, seed)
    ranking = Ranking(
        lineage=pool.lineage,
        episodes=given.rule.rank_episodes,
        returns={name: means[name] for name in order.names},
        env_steps=sum(each.env_steps for each in played.values()),
        drawn=order.drawn,
    )
    return _Ranked(pool, order.names, means, ranking)
