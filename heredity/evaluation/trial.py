"""Episodes that are to be played, as picklable work."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from heredity.agents.agent import Agent
from heredity.agents.boundary.endings import refused_for
from heredity.agents.task import Task
from heredity.errors import TaskError
from heredity.evaluation.null_policies import NullPolicy
from heredity.seeds import seed_integer, seed_integers
from heredity.study.lineages import member_place
from heredity.study.sections import STEP_LIMIT, Algorithm, Device
from heredity.worker import Death

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Trial:
    """Picklable work: episodes `first` to `first` + `episodes` − 1 of one member, or of a policy that learned nothing.

    success_return: the return from which an episode is a success, None for what the environment reports.
    algorithm: what the agent is played with; its own where that is None.
    masked: whether a policy that learned nothing keeps to the allowed actions, as members do; an agent's algorithm
    decides for itself.
    """

    member: str
    agent: Agent | NullPolicy
    task: Task
    episodes: int
    seed: int
    deterministic: bool
    generation: str = ""
    split: str = "report"
    first: int = 0
    step_limit: int = STEP_LIMIT
    success_return: float | None = None
    algorithm: Algorithm | None = None
    masked: bool = False

    @property
    def device(self) -> Device:
        """Where it is played: only a twin is played elsewhere than on the CPU."""
        return self.task.device

    @property
    def noise_seed(self) -> int:
        """What the player's own draws derive from: of its own for each block of episodes, as a race plays them."""
        return seed_integer(self.seed, "noise", str(self.first)) if self.first else self.seed

    @property
    def place(self) -> str:
        """Who plays, as messages say it."""
        return member_place(self.generation, self.member) if self.generation else self.member

    def blaming(self, death: Death) -> "Trial":
        """Refuse to play what ends its process: raise TaskError naming generation and player."""
        raise TaskError(f"{self.place}: {refused_for(death, self.task.id)}", death.seed)

    @property
    def seeds(self) -> Array:
        """The seeds of its episodes, int64[n]."""
        return np.array(seed_integers(self.seed, self.first + self.episodes)[self.first :], np.int64)

    def succeeded(self, returns: Array) -> Array:
        """Return float64[n], which returns are a success, NaN where only an environment could say."""
        if self.success_return is None:
            return np.full(len(returns), np.nan)
        return (returns >= self.success_return).astype(np.float64)
