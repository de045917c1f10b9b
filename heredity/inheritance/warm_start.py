"""What of a member's inheritance goes on while it trains, and where it lies between birth and training."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm

from heredity.agents.agent import Agent, unpack
from heredity.agents.founders import algorithm_of
from heredity.agents.spaces import SpacesOnly
from heredity.agents.stored import read_agent
from heredity.agents.task import Task
from heredity.errors import AgentError, HeredityError
from heredity.inheritance.pedigree import Birth, WarmStartRecord
from heredity.layout import Layout, replay_path
from heredity.reading import read_bytes

REPLAY_BYTES = 64 << 30
"""A million images of Atari are 28 GiB."""

JUDGING = ("PPO", "A2C", "TRPO")
"""Algorithms whose policy gives every action a probability, by the observation alone."""


@dataclass(frozen=True)
class WarmStart(WarmStartRecord):
    """What of a member's inheritance goes on while it trains; by default nothing does.

    parent: whose actions the member's own are held near to. replay: the replay buffer that it begins with.
    """

    parent: Agent | None = None
    replay: bytes | None = field(default=None, repr=False)

    @property
    def record(self) -> WarmStartRecord:
        """What stands in a pedigree; the rest lies in files beside it."""
        return WarmStartRecord(*(getattr(self, each.name) for each in fields(WarmStartRecord)))


def read_warm_start(birth: Birth, layout: Layout) -> WarmStart:
    """Return the warm start that a birth records. Raises AgentError naming a file that cannot be read."""
    record, place = birth.warm_start, (birth.generation, birth.child)
    parent = read_agent(layout.teacher(*place)) if record.kickstart else None
    replay = read_replay(layout.heir(*place)) if record.replay_hash else None
    return WarmStart(**asdict(record), parent=parent, replay=replay)


def read_replay(model: Path) -> bytes:
    """Return the replay buffer that lies beside a model. Raises AgentError where there is none."""
    try:
        return read_bytes(replay_path(model), REPLAY_BYTES)
    except (OSError, ValueError) as error:
        raise AgentError(
            f"{replay_path(model)}: expected a replay buffer beside the model, got none "
            f"({getattr(error, 'strerror', None) or error}); "
            "write inherit.replay_buffer: reset"
        ) from None


def parent_model(parent: Agent, task: Task) -> BaseAlgorithm:
    """Return a parent as it acts on its child's task, its statistics frozen.

    Raises AgentError when its actions have no probabilities, or the task has other observations or actions.
    """
    algorithm = algorithm_of(parent)
    if algorithm.name not in JUDGING:
        raise AgentError(
            f"kickstart: expected a parent of {', '.join(JUDGING)}, got {algorithm.name}; use operator distil"
        )
    try:
        return unpack(parent, algorithm, task, 0, 0, SpacesOnly(task, algorithm.n_envs))
    except HeredityError as error:
        raise AgentError(
            f"kickstart: expected a parent with the observations and actions of {task.id}, got one with other networks "
            f"({error}); use operator distil"
        ) from None


def check_parent(parent: Agent, child: BaseAlgorithm, task: Task) -> None:
    """Refuse a parent that its child cannot be held near to on the child's task. Raises AgentError."""
    theirs: Any = parent_model(parent, task).policy
    ours: Any = child.policy
    kinds = [type(policy.action_dist).__name__ for policy in (ours, theirs)]
    if kinds[0] != kinds[1]:
        raise AgentError(f"kickstart: expected a parent whose actions have a {kinds[0]}, got {kinds[1]}")
