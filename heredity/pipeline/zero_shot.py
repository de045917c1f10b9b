"""What heirs inherited, measured by what they do: zero-shot returns against their parents' on the same episodes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from heredity.agents.agent import Agent
from heredity.agents.founders import algorithm_of
from heredity.errors import HeredityError
from heredity.evaluation.episodes import Trial, run_trial
from heredity.inheritance.fresh import Heir
from heredity.pipeline.births import HeirsWanted
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.study.lineages import lineage_of
from heredity.study.sections import Algorithm
from heredity.worker import Death
from heredity.workers import ParallelMap

Place = tuple[str, str]
"""Who plays in which lineage: founders play in all of them."""


@dataclass(frozen=True)
class ZeroShot:
    """Picklable work: what an agent, as it is, returns on a task. lost: whether its environment ends its process."""

    trial: Trial
    lost: bool = False

    @property
    def member(self) -> str:
        """Return who plays."""
        return self.trial.member

    def blaming(self, _: Death) -> "ZeroShot":
        """Return one that is not played."""
        return replace(self, lost=True)


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
    theirs = [_zero_shot(place, donors[place[0]][place[1]].agent, None, given) for place in parents]
    ours = [
        _zero_shot((lineage_of(heir.name), heir.name), heir.agent, given.algorithm, given)
        for heir in heirs_with_parents
    ]
    means = parallel_map(mean_return, [*theirs, *ours])
    of_parent, of_heir = dict(zip(parents, means, strict=False)), iter(means[len(parents) :])
    return [_measured(heir, of_parent, next(of_heir)) if heir.birth.parents else heir for heir in heirs]


def _measured(heir: Heir, of_parent: Mapping[Place, float | None], mean: float | None) -> Heir:
    """Return an heir whose birth tells its own mean return and the mean of its parents'."""
    theirs = [of_parent[lineage_of(heir.name), name] for name in heir.birth.parents]
    played = [each for each in theirs if each is not None]
    before = sum(played) / len(played) if len(played) == len(theirs) else None
    return replace(heir, birth=replace(heir.birth, zero_shot=mean, parents_zero_shot=before))


def _zero_shot(place: Place, agent: Agent, algorithm: Algorithm | None, given: InheritInput) -> ZeroShot:
    """Return an agent with the episodes on the heirs' task that all of a lineage share."""
    lineage, name = place
    seed = given.seeds.in_lineage(lineage).integer("zero_shot")
    return ZeroShot(
        Trial(
            name, agent, given.task, given.zero_shot_episodes, seed, deterministic=False,
            generation=given.generation, algorithm=algorithm,
        )
    )  # fmt: skip


def mean_return(play: ZeroShot) -> float | None:
    """Return a mean return, None where the agent cannot be played."""
    if play.lost:
        return None
    trial = play.trial
    try:
        algorithm = trial.algorithm or algorithm_of(trial.agent) if isinstance(trial.agent, Agent) else None
        return float(run_trial(replace(trial, algorithm=algorithm)).returns.mean())
    except HeredityError:
        return None
