"""What agents return on the task of a generation before anything of it trains, on episodes that its lineage shares."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from heredity.agents.agent import Agent
from heredity.agents.founders import algorithm_of
from heredity.errors import AgentError, HeredityError
from heredity.evaluation.episodes import run_trial
from heredity.evaluation.trial import Trial
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.study.sections import Algorithm, Device
from heredity.worker import Death

Episodes = Literal["zero_shot", "rank"]
"""What is played for; each has seeds of its own."""


@dataclass(frozen=True)
class UntrainedPlay:
    """Picklable work: what an agent, as it is, returns on a task. lost: how its environment ended its process."""

    trial: Trial
    lost: str | None = None

    @property
    def member(self) -> str:
        """Return who plays."""
        return self.trial.member

    @property
    def device(self) -> Device:
        """Return where it is played."""
        return self.trial.device

    def blaming(self, death: Death) -> "UntrainedPlay":
        """Return one that is not played."""
        return replace(self, lost=f"{self.member}: {death}")


@dataclass(frozen=True)
class Untrained:
    """A mean return, None where an agent could not be played, and why; and the environment steps that it took."""

    mean: float | None
    env_steps: int = 0
    trouble: str = ""


def untrained_play(
    given: InheritInput, lineage: str, name: str, agent: Agent, played_for: Episodes, algorithm: Algorithm | None = None
) -> UntrainedPlay:
    """Return an agent with the episodes on its heirs' task, or its own, that all of a lineage share.

    Actions are sampled, as in training. algorithm: what it is played with, what it was made with where that is None.
    """
    episodes = given.rule.rank_episodes if played_for == "rank" else given.zero_shot_episodes
    seed = given.seeds.in_lineage(lineage).integer(played_for)
    return UntrainedPlay(
        Trial(
            name, agent, given.task, episodes, seed, deterministic=False, step_limit=given.step_limit,
            algorithm=algorithm,
        )
    )  # fmt: skip


def refuse_if_none_plays(given: InheritInput, outcomes: Sequence[Untrained]) -> None:
    """Raise AgentError where donors played their heirs' task and not one of them could."""
    if outcomes and all(each.mean is None for each in outcomes):
        without = "rank: own, compete: false" if given.rule.compete else "rank: own"
        raise AgentError(
            f"{given.generation}: inherit.rank: expected a donor that can be played on {given.task.id}, got none: "
            f"{outcomes[0].trouble}; write {without}"
        )


def play_untrained(play: UntrainedPlay) -> Untrained:
    """Return what came of it; an agent that does not fit the task, or an environment that fails, is no error."""
    if play.lost is not None:
        return Untrained(None, trouble=play.lost)
    trial = play.trial
    try:
        algorithm = trial.algorithm or algorithm_of(trial.agent) if isinstance(trial.agent, Agent) else None
        episodes = run_trial(replace(trial, algorithm=algorithm))
    except HeredityError as error:
        return Untrained(None, trouble=str(error))
    return Untrained(float(episodes.returns.mean()), int(episodes.length.sum()))
