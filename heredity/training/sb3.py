"""Engine sb3: Stable-Baselines3 as it is, any algorithm, one member after another, one torch thread."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import process_time

from stable_baselines3.common.callbacks import BaseCallback

from heredity.agent import unpack
from heredity.errors import StudyError
from heredity.training import Member, OnProgress, Shard, Trained
from heredity.training.checkpoints import Checkpoint
from heredity.training.exploring import explored
from heredity.training.kickstart import HeldNear
from heredity.training.perturbing import Perturbed
from heredity.training.recorder import Recorder
from heredity.training.snapshot import Snapshot, restore, segment_over, segment_seeds, take


def train_sb3(shard: Shard, report: OnProgress, checkpoints: Path | None) -> list[Trained]:
    """Train every member of a shard from its initial agent until its threshold or its budget."""
    return [_train(shard, member, report, checkpoints) for member in shard.members]


def _train(shard: Shard, member: Member, report: OnProgress, checkpoints: Path | None) -> Trained:
    kept = Checkpoint.of(checkpoints, shard, [member])
    snapshot = kept.load().get(member.name) or Snapshot.first(member)
    recorder, began = None, process_time() - snapshot.core_seconds
    try:
        recorder = Recorder(shard, member, report, snapshot)
        callbacks = [*_upbringing(member, recorder), _Between(recorder)]
        while not snapshot.done:
            after = _segment(shard, member, snapshot, recorder, callbacks)
            snapshot = replace(after, core_seconds=process_time() - began)
            kept.save({member.name: snapshot})
        recorder.end(snapshot.core_seconds)
    except StudyError:
        raise
    except Exception as error:
        snapshot = snapshot.failed(error, recorder.curve if recorder else ())
    return snapshot.trained(member.name)


def _segment(
    shard: Shard, member: Member, before: Snapshot, recorder: Recorder, callbacks: list[BaseCallback]
) -> Snapshot:
    """Train from one snapshot to the next."""
    algorithm = shard.algorithm_of(member)
    model = unpack(before.agent, algorithm, shard.task, *segment_seeds(member.seed, before.env_steps))
    restore(model, before, shard.budget_steps)
    over = False
    try:
        rest = shard.budget_steps - before.env_steps
        with explored(model, member.upbringing):
            model.learn(rest, callback=callbacks, reset_num_timesteps=not before.env_steps)
        over = True
        if model.num_timesteps > recorder.curve[-1].env_steps:
            recorder.record(model)
    except _EnoughError:
        over = recorder.reached
    finally:
        if (envs := model.get_env()) is not None:
            envs.close()
    keeps = shard.keeps_replay
    return take(model, algorithm, recorder.curve, done=over, reached=recorder.reached, keeps_replay=keeps)


def _upbringing(member: Member, recorder: Recorder) -> Iterator[BaseCallback]:
    """Yield what goes on of a member's inheritance; it is over before a rollout is recorded."""
    if recorder.kickstart:
        yield HeldNear(recorder.kickstart)
    if member.upbringing.update_share < 1:
        yield Perturbed(member)


class _EnoughError(Exception):
    """Ends `learn` between two rollouts, where Stable-Baselines3 has no other way to without one more step."""


class _Between(BaseCallback):
    """Records between rollouts, and stops at the threshold or where the segment ends."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self.recorder = recorder

    def _on_training_start(self) -> None:
        self.begun_steps = self.model.num_timesteps

    def _on_rollout_start(self) -> None:
        steps, recorder = self.model.num_timesteps, self.recorder
        reached = recorder.due(self.model) and recorder.record(self.model)
        if reached or segment_over(self.begun_steps, steps, recorder.shard.train.checkpoint_steps):
            raise _EnoughError

    def _on_step(self) -> bool:
        return True
