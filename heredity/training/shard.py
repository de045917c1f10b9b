"""Training a shard: the members that one worker process trains together."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from heredity.agents.agent import Agent
from heredity.agents.algorithms import with_hyperparameters
from heredity.agents.boundary.endings import refused_for
from heredity.agents.task import Task
from heredity.errors import TaskError
from heredity.inheritance.fresh import Heir
from heredity.inheritance.warm_start import WarmStart
from heredity.seeds import seed_integer
from heredity.study.sections import Algorithm, Device, Train
from heredity.training.curves import CurveRow
from heredity.worker import Death, acting


@dataclass(frozen=True)
class Member:
    """One agent of a population before training; every draw of its training derives from `seed`.

    hyperparameters: those that it learns with other than its shard's algorithm. warm_start: what of its inheritance
    goes on while it trains.
    """

    name: str
    initial: Agent
    seed: int
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    warm_start: WarmStart = field(default_factory=WarmStart)

    @classmethod
    def of(cls, heir: Heir) -> "Member":
        """Return an heir as `inherit` returns it before its training, whose seed derives from the heir's own."""
        birth = heir.birth
        seed = seed_integer(birth.seed, "train")
        return cls(birth.child, heir.agent, seed, birth.hyperparameters, heir.warm_start)

    def __repr__(self) -> str:
        """Say who it is, what it begins as and learns with of its own."""
        own = "".join(f", {name}={value!r}" for name, value in self.hyperparameters.items())
        return f"Member({self.name!r}, {self.initial}, seed={self.seed}{own})"


@dataclass(frozen=True)
class Shard:
    """Picklable work for one worker process; its result depends on nothing else.

    members: heirs, as `inherit` returns them, become members that train on seeds of their own (`Member.of`).
    keeps_replay: whether replay buffers are part of the result. code: digest of the code and packages that train it;
    part of the name of its checkpoints. lost: what the environments of members that ended their process are refused
    for; they fail where they are, and nothing of them is played any more.
    """

    generation: str
    arm: str  # inherited, extension or a control's (`control_arm`)
    task: Task
    algorithm: Algorithm
    train: Train
    budget_steps: int
    zero_shot_episodes: int
    members: tuple[Member, ...]
    keeps_replay: bool = False
    code: str = ""
    lost: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        members = tuple(Member.of(each) if isinstance(each, Heir) else each for each in self.members)
        object.__setattr__(self, "members", members)

    @property
    def device(self) -> Device:
        """Where it is trained."""
        return self.train.device

    def algorithm_of(self, member: Member) -> Algorithm:
        """Return the algorithm with a member's own hyperparameters."""
        return with_hyperparameters(self.algorithm, member.hyperparameters)

    def blaming(self, death: Death) -> "Shard":
        """Return the shard with the member failed that acted. Raises TaskError where none did that can fail."""
        error = refused_for(death, self.task.id)
        if death.actor in self.lost or death.actor not in [member.name for member in self.members]:
            raise TaskError(f"{self.generation}: {error}", death.seed)
        return replace(self, lost={**self.lost, death.actor: str(error)})

    def begin_with(self, member: Member) -> None:
        """Say that a member acts from now on. Raises TaskError for one that is lost."""
        acting(member.name)
        if member.name in self.lost:
            raise TaskError(self.lost[member.name])


@dataclass(frozen=True)
class Trained:
    """One member after training. `env_steps` were really taken; `reached` says whether it met the threshold.

    failure: what ended its training before its time, None where nothing did; the agent is then the last whole one.
    core_seconds: processor time of the process that trained it; members of a cohort's shard share theirs by steps.
    replay: its replay buffer, where its shard keeps it. history: its training episodes, as `pack_history` packs them.
    """

    name: str
    agent: Agent
    curve: tuple[CurveRow, ...]
    env_steps: int
    reached: bool
    failure: str | None = None
    core_seconds: float = field(default=0.0, compare=False)
    replay: bytes | None = field(default=None, repr=False)
    history: bytes | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        """Say how far it came: its steps, the last return of its curve, and what ended it before its time."""
        last = self.curve[-1].return_mean if self.curve else None
        paid = "" if last is None else f", return {last:.4g}"
        end = f"failed: {self.failure}" if self.failure else f"threshold {'' if self.reached else 'not '}reached"
        return f"Trained({self.name!r}, {self.env_steps:,} steps{paid}, {end})"
