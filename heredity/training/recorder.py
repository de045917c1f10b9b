"""What both engines record of a member while it trains, and when it has learned its task."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm

from heredity.evaluation.episodes import evaluate
from heredity.seeds import seed_integers
from heredity.training.budgets import row_steps
from heredity.training.curves import CurveRow, curve_row, no_better
from heredity.training.history import Episode, unpack_history
from heredity.training.kickstart import Kickstart
from heredity.training.progress import OnProgress, Progress
from heredity.training.shard import Member, Shard
from heredity.training.snapshot import COUNTED, Snapshot


class Recorder:
    """Keeps one member's curve, reports each row, and says when the threshold is reached."""

    def __init__(self, shard: Shard, member: Member, report: OnProgress, snapshot: Snapshot) -> None:
        """Go on with a snapshot's curve, or begin one with the untrained policy, playing as it would in training."""
        self.shard, self.member, self.report = shard, member.name, report
        self.every_steps = row_steps(shard)
        self.threshold = shard.task.threshold if shard.train.until == "threshold" else None
        self.curve: list[CurveRow] = []
        self.history = unpack_history(snapshot.history) if snapshot.history else []
        self.reached = snapshot.reached
        self.gave_up = False
        for row in snapshot.curve or (_zero_shot(shard, member),):
            self._add(row)
        # after the curve, whose untrained row says from where the parent's lead is counted
        self.kickstart = Kickstart.of(shard, member, self.curve)

    def due(self, model: BaseAlgorithm) -> bool:
        """Whether enough steps have gone by for another row."""
        return model.num_timesteps - self.curve[-1].env_steps >= self.every_steps

    def record(self, model: BaseAlgorithm, update: Mapping[str, Any]) -> bool:
        """Add a row over the model's last episodes; return whether the training ends before its budget.

        It does at the threshold, and where the curve has been no better for `train.patience_steps`. Every episode that
        has ended since the last row goes into the history. update: what the last update before the row told, by the
        fields of CurveRow.
        """
        returns, lengths = self._last_episodes(model)
        row = replace(curve_row(model.num_timesteps, returns, lengths, list(model.ep_success_buffer or [])), **update)
        full = row.return_mean is not None and row.episodes >= self.shard.train.window
        self.reached = self.threshold is not None and full and float(np.mean(returns)) >= self.threshold
        self._add(row)
        self.gave_up = not self.reached and no_better(self.curve, self.shard.train)
        return self.ended

    @property
    def ended(self) -> bool:
        """Whether the training has come to an end before its budget."""
        return self.reached or self.gave_up

    def _last_episodes(self, model: BaseAlgorithm) -> tuple[list[float], list[float]]:
        """Return the returns and lengths in the window, and let go of what lies before it."""
        episodes: Any = model.ep_info_buffer
        for episode in episodes:
            if not episode.get(COUNTED):
                self.history.append(Episode(model.num_timesteps, float(episode["r"]), int(episode["l"])))
                episode[COUNTED] = True
        while len(episodes) > self.shard.train.window:
            episodes.popleft()
        return [float(episode["r"]) for episode in episodes], [float(episode["l"]) for episode in episodes]

    def end(self, core_seconds: float) -> None:
        """Report the last row once more, as the last, with what the training took."""
        self._say(core_seconds)

    def _add(self, row: CurveRow) -> None:
        self.curve.append(row)
        self._say()

    def _say(self, core_seconds: float | None = None) -> None:
        shard, row, last = self.shard, self.curve[-1], core_seconds is not None
        self.report(Progress(shard.generation, shard.arm, self.member, shard.budget_steps, row, last, core_seconds))


def _zero_shot(shard: Shard, member: Member) -> CurveRow:
    seed = seed_integers(member.seed, 3)[2]  # the first two begin its training
    played = evaluate(
        member.initial, shard.task.unshaped(), episodes=shard.zero_shot_episodes, seed=seed, deterministic=False,
        algorithm=shard.algorithm,
    )  # fmt: skip
    successes = played.success[~np.isnan(played.success)]
    return curve_row(0, played.returns.tolist(), played.length.tolist(), successes.tolist())
