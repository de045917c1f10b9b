"""Engine sb3: Stable-Baselines3 as it is, any algorithm, one member after another, one torch thread."""

from collections.abc import Iterable
from math import ceil
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback

from heredity.agent import pack, unpack
from heredity.algorithms import rollout_steps
from heredity.curves import WINDOW_EPISODES, CurveRow, curve_row
from heredity.errors import HeredityError, TrainingError
from heredity.evaluation import evaluate
from heredity.seeds import seed_integers
from heredity.task import one_line
from heredity.training import Member, OnProgress, Progress, Shard, Trained

CURVE_ROWS = 200
"""Algorithms that update every few steps record about this many rows over the budget."""


def train_one(shard: Shard, member: Member, report: OnProgress) -> Trained:
    """Train one member from its initial agent until the threshold or the budget.

    Raises TrainingError naming generation, member and seed, whatever went wrong inside.
    """
    try:
        return _train(shard, member, report)
    except Exception as error:
        where = f"{shard.generation}: {shard.arm} member {member.name} with seed {member.seed}"
        reason = error if isinstance(error, HeredityError) else f"{type(error).__name__}: {one_line(error)}"
        raise TrainingError(f"{where} failed: {reason}") from error


def _train(shard: Shard, member: Member, report: OnProgress) -> Trained:
    model_seed, env_seed, zero_shot_seed = seed_integers(member.seed, 3)
    first = _zero_shot(shard, member, zero_shot_seed)
    model = unpack(member.initial, shard.algorithm, shard.task, model_seed, env_seed)
    recorder = Recorder(shard, member.name, first, report)
    model.learn(shard.budget_steps, callback=recorder)
    recorder.finish(model)
    envs = model.get_env()
    agent = pack(model, shard.algorithm)
    if envs is not None:
        envs.close()
    return Trained(member.name, agent, tuple(recorder.curve), recorder.curve[-1].env_steps, recorder.reached)


def _zero_shot(shard: Shard, member: Member, seed: int) -> CurveRow:
    """Measure the untrained policy, acting as it would in training."""
    played = evaluate(
        member.initial, shard.task, episodes=shard.zero_shot_episodes, seed=seed, deterministic=False,
        algorithm=shard.algorithm,
    )  # fmt: skip
    known = played.success[played.success == played.success]
    return curve_row(0, played.returns.tolist(), played.length.tolist(), known.tolist())


class Recorder(BaseCallback):
    """Keeps the curve, stops at the threshold, and reports each row."""

    def __init__(self, shard: Shard, member: str, first: CurveRow, report: OnProgress) -> None:
        super().__init__()
        self.shard, self.member, self.report = shard, member, report
        self.every_steps = max(rollout_steps(shard.algorithm), ceil(shard.budget_steps / CURVE_ROWS))
        self.threshold = shard.task.threshold if shard.train.until == "threshold" else None
        self.curve = [first]
        self.reached = False
        self._say()

    def _on_rollout_start(self) -> None:
        """Record a row before the next rollout; algorithms call this after each update."""
        if self.num_timesteps - self.curve[-1].env_steps >= self.every_steps:
            self._record(self.model)

    def _on_step(self) -> bool:
        """Stop at the first step after the threshold was found to be reached."""
        return not self.reached

    def finish(self, model: BaseAlgorithm) -> None:
        """Record what the last rollout brought; the one step that a stop at the threshold costs is not learned from."""
        if not self.reached and model.num_timesteps > self.curve[-1].env_steps:
            self._record(model)
        self._say(last=True)

    def _record(self, model: BaseAlgorithm) -> None:
        episodes = list(model.ep_info_buffer or [])[-WINDOW_EPISODES:]
        successes = list(model.ep_success_buffer or [])[-WINDOW_EPISODES:]
        row = curve_row(model.num_timesteps, _each(episodes, "r"), _each(episodes, "l"), successes)
        self.curve.append(row)
        enough = row.episodes >= WINDOW_EPISODES and row.return_mean is not None
        self.reached = self.threshold is not None and enough and (row.return_mean or 0.0) >= self.threshold
        self._say()

    def _say(self, last: bool = False) -> None:
        shard = self.shard
        self.report(Progress(shard.generation, shard.arm, self.member, shard.budget_steps, self.curve[-1], last))


def _each(episodes: Iterable[dict[str, Any]], key: str) -> list[float]:
    return [episode[key] for episode in episodes]
