"""What heirs inherited, measured by what they do: zero-shot returns against their parents' on the same episodes."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import cast

from heredity.agents.agent import Agent, acts_by
from heredity.agents.founders import algorithm_of
from heredity.errors import AgentError
from heredity.inheritance.fresh import Heir
from heredity.pipeline.births import HeirsWanted
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.pipeline.untrained import UntrainedPlay, play_untrained, untrained_play
from heredity.study.lineages import lineage_of
from heredity.workers import ParallelMap

Place = tuple[str, str]
"""Who plays in which lineage: founders play in all of them."""


def with_zero_shots(
    heirs: Sequence[Heir], births: Sequence[HeirsWanted], given: InheritInput, parallel_map: ParallelMap
) -> list[Heir]:
    """Return heirs whose births tell their mean return before training, and their parents' on the same episodes.

    births: what they were made of. Actions are sampled, as in training. None stands where one could not be played: a
    parent on a task with other spaces, an environment that fails (which training records). Members without parents are
    left as they are.
    """
    donors = {each.lineage: each.donors for each in births}
    heirs_with_parents = [heir for heir in heirs if heir.birth.parents]
    parents = dict.fromkeys((lineage_of(heir.name), name) for heir in heirs_with_parents for name in heir.birth.parents)
    theirs = [untrained_play(given, *place, donors[place[0]][place[1]].agent, "zero_shot") for place in parents]
    ours = [
        untrained_play(given, lineage_of(heir.name), heir.name, heir.agent, "zero_shot", given.algorithm)
        for heir in heirs_with_parents
    ]
    means = _means([*theirs, *ours], parallel_map)
    of_parent, of_heir = dict(zip(parents, means, strict=False)), iter(means[len(parents) :])
    return [_measured(heir, of_parent, next(of_heir)) if heir.birth.parents else heir for heir in heirs]


def _means(plays: Sequence[UntrainedPlay], parallel_map: ParallelMap) -> list[float | None]:
    """Return every player's mean return; those that do the same, as a parent and its copies, play once."""
    deeds = [_deed(play) for play in plays]
    once = dict(zip(deeds, plays, strict=True))
    means = dict(zip(once, (played.mean for played in parallel_map(play_untrained, list(once.values()))), strict=True))
    return [means[deed] for deed in deeds]


def _deed(play: UntrainedPlay) -> tuple[int, str, str]:
    """Return what a play on the heirs' task depends on: its seed, the weights, and what these are played with."""
    trial, agent = play.trial, cast(Agent, play.trial.agent)
    with suppress(AgentError):  # who plays it says so
        return trial.seed, acts_by(agent), repr(trial.algorithm or algorithm_of(agent))
    return trial.seed, agent.digest, ""


def _measured(heir: Heir, of_parent: Mapping[Place, float | None], mean: float | None) -> Heir:
    """Return an heir whose birth tells its own mean return and the mean of its parents'."""
    theirs = [of_parent[lineage_of(heir.name), name] for name in heir.birth.parents]
    played = [each for each in theirs if each is not None]
    before = sum(played) / len(played) if len(played) == len(theirs) else None
    return replace(heir, birth=replace(heir.birth, zero_shot=mean, parents_zero_shot=before))
