"""What both engines record of a member while it trains, and when it has learned its task."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm

from heredity.agent import Agent
from heredity.algorithms import rollout_steps
from heredity.curves import WINDOW_EPISODES, CurveRow, curve_row
from heredity.errors import HeredityError, TrainingError
from heredity.evaluation import evaluate
from heredity.task import one_line
from heredity.training import Member, OnProgress, Progress, Shard, Trained

CURVE_ROWS = 200
"""Algorithms that update every few steps record about this many rows over the budget."""


class Recorder:
    """Keeps one member's curve, reports each row, and says when the threshold is reached."""

    def __init__(self, shard: Shard, member: Member, seed: int, report: OnProgress) -> None:
        """Begin the curve with the untrained policy, playing as it would in training on episodes of `seed`."""
        self.shard, self.member, self.report = shard, member.name, report
        self.every_steps = max(rollout_steps(shard.algorithm), ceil(shard.budget_steps / CURVE_ROWS))
        self.threshold = shard.task.threshold if shard.train.until == "threshold" else None
        self.curve = [_zero_shot(shard, member, seed)]
        self.reached = False
        self._say()

    def due(self, model: BaseAlgorithm) -> bool:
        """Whether enough steps have gone by for another row."""
        return model.num_timesteps - self.curve[-1].env_steps >= self.every_steps

    def record(self, model: BaseAlgorithm) -> bool:
        """Add a row over the model's last episodes; return whether the member has reached its threshold."""
        episodes = list(model.ep_info_buffer or [])[-WINDOW_EPISODES:]
        returns, lengths = ([float(episode[key]) for episode in episodes] for key in ("r", "l"))
        row = curve_row(model.num_timesteps, returns, lengths, list(model.ep_success_buffer or [])[-WINDOW_EPISODES:])
        self.curve.append(row)
        full = row.return_mean is not None and row.episodes >= WINDOW_EPISODES
        self.reached = self.threshold is not None and full and float(np.mean(returns)) >= self.threshold
        self._say()
        return self.reached

    def trained(self, agent: Agent, core_seconds: float) -> Trained:
        """Report the last row once more, as the last, and return the result."""
        self._say(core_seconds)
        return Trained(self.member, agent, tuple(self.curve), self.curve[-1].env_steps, self.reached, core_seconds)

    def _say(self, core_seconds: float | None = None) -> None:
        shard, row, last = self.shard, self.curve[-1], core_seconds is not None
        self.report(Progress(shard.generation, shard.arm, self.member, shard.budget_steps, row, last, core_seconds))


@contextmanager
def failures_named(shard: Shard, member: Member) -> Iterator[None]:
    """Turn whatever goes wrong inside into a TrainingError that names generation, member and seed."""
    try:
        yield
    except TrainingError:
        raise
    except Exception as error:
        where = f"{shard.generation}: {shard.arm} member {member.name} with seed {member.seed}"
        reason = str(error) if isinstance(error, HeredityError) else f"{type(error).__name__}: {one_line(error)}"
        raise TrainingError(f"{where} failed: {reason}") from error


def _zero_shot(shard: Shard, member: Member, seed: int) -> CurveRow:
    played = evaluate(
        member.initial, shard.task, episodes=shard.zero_shot_episodes, seed=seed, deterministic=False,
        algorithm=shard.algorithm,
    )  # fmt: skip
    known = played.success[~np.isnan(played.success)]
    return curve_row(0, played.returns.tolist(), played.length.tolist(), known.tolist())
