"""What heirs inherited, measured by what they do: zero-shot returns against their parents' on the same episodes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from heredity.agents.agent import Agent
from heredity.agents.founders import algorithm_of
from heredity.errors import HeredityError
from heredity.evaluation.episodes import evaluate
from heredity.inheritance.fresh import Heir
from heredity.inheritance.heirs import Donor
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.study.sections import Algorithm


def with_zero_shots(heirs: Sequence[Heir], donors: Mapping[str, Donor], given: InheritInput) -> list[Heir]:
    """Return heirs whose births tell their mean return before training, and their parents' on the same episodes.

    Actions are sampled, as in training. None stands where one could not be played: a parent on a task with other
    spaces, an environment that fails (which training records). Members without parents are left as they are.
    """
    parents = {name for heir in heirs for name in heir.birth.parents}
    theirs = {name: _mean(donors[name].agent, None, given) for name in sorted(parents)}
    measured = []
    for heir in heirs:
        means = [mean for name in heir.birth.parents if (mean := theirs[name]) is not None]
        if heir.birth.parents:
            ours = _mean(heir.agent, given.algorithm, given)
            before = sum(means) / len(means) if len(means) == len(heir.birth.parents) else None
            heir = replace(heir, birth=replace(heir.birth, zero_shot=ours, parents_zero_shot=before))
        measured.append(heir)
    return measured


def _mean(agent: Agent, algorithm: Algorithm | None, given: InheritInput) -> float | None:
    """Return a mean return on the heirs' task, on episodes that all of the generation share."""
    try:
        played = evaluate(
            agent, given.task, episodes=given.zero_shot_episodes, seed=given.seeds.integer("zero_shot"),
            deterministic=False, algorithm=algorithm or algorithm_of(agent),
        )  # fmt: skip
    except HeredityError:
        return None
    return float(played.returns.mean())
