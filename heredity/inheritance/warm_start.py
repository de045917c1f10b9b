"""What of a member's inheritance goes on while it trains, and where it lies between birth and training."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm

from heredity.agent import Agent, read_agent, unpack, write_agent
from heredity.errors import AgentError, HeredityError
from heredity.files import replay_path, write_bytes
from heredity.founders import algorithm_of
from heredity.pedigree import Link, parent_path
from heredity.task import Task

JUDGING = ("PPO", "A2C", "TRPO")
"""Algorithms whose policy gives every action a probability, by the observation alone."""

RECORDED = ("kickstart", "update_share", "explores_anew", "replay_hash")
"""What of an upbringing stands in a pedigree; the rest lies in files beside it."""


@dataclass(frozen=True)
class Upbringing:
    """What of a member's inheritance goes on while it trains; by default nothing does.

    parent, kickstart: whose actions its own are held near to, and the weight of the divergence. update_share: the share
    of its weights that is left after every update; the rest is drawn anew. explores_anew: whether a schedule of
    exploration (DQN's epsilon) begins at its start rather than its end. replay: the replay buffer that it begins with.
    """

    parent: Agent | None = None
    kickstart: float = 0.0
    update_share: float = 1.0
    explores_anew: bool = True
    replay: bytes | None = field(default=None, repr=False)
    replay_hash: str | None = None

    def record(self) -> dict[str, Any]:
        """Return it as a pedigree keeps it."""
        return {name: getattr(self, name) for name in RECORDED}


def write_upbringing(upbringing: Upbringing, heirs: Path, child: str) -> None:
    """Write what the record of a child cannot hold into the directory of the heirs."""
    if upbringing.parent:
        write_agent(upbringing.parent, parent_path(heirs, child))
    if upbringing.replay is not None:
        write_bytes(replay_path(heirs / f"{child}.zip"), upbringing.replay)


def read_upbringing(heirs: Path, link: Link) -> Upbringing:
    """Return the upbringing that `link` records. Raises AgentError naming a file that cannot be read."""
    recorded = {name: link.upbringing[name] for name in RECORDED if name in link.upbringing}
    parent = read_agent(parent_path(heirs, link.child)) if recorded.get("kickstart") else None
    replay = read_replay(heirs / f"{link.child}.zip") if recorded.get("replay_hash") else None
    return Upbringing(parent, replay=replay, **recorded)


def read_replay(model: Path) -> bytes:
    """Return the replay buffer that lies beside a model. Raises AgentError where there is none."""
    try:
        return replay_path(model).read_bytes()
    except OSError as error:
        raise AgentError(
            f"{replay_path(model)}: expected a replay buffer beside the model, got none ({error.strerror}); "
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
        model = unpack(parent, algorithm, task, 0, 0)
    except HeredityError as error:
        raise AgentError(
            f"kickstart: expected a parent with the observations and actions of {task.id}, got one with other networks "
            f"({error}); use operator distil"
        ) from None
    if (envs := model.get_env()) is not None:
        envs.close()
    return model


def check_parent(parent: Agent, child: BaseAlgorithm, task: Task) -> None:
    """Refuse a parent that its child cannot be held near to on the child's task. Raises AgentError."""
    theirs: Any = parent_model(parent, task).policy
    own: Any = child.policy
    kinds = [type(policy.action_dist).__name__ for policy in (own, theirs)]
    if kinds[0] != kinds[1]:
        raise AgentError(f"kickstart: expected a parent whose actions have a {kinds[0]}, got {kinds[1]}")
