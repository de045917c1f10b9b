"""Engine sb3: Stable-Baselines3 as it is, any algorithm, one member after another, one torch thread or one GPU."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback

from heredity.agents.agent import unpack
from heredity.agents.boundary.closing import closed_after
from heredity.agents.boundary.process_kept import process_kept
from heredity.errors import StudyError
from heredity.training.checkpoints import Checkpoint
from heredity.training.copies import Carried, Copies
from heredity.training.exploration import exploration_schedule
from heredity.training.kickstart import KickstartCallback
from heredity.training.perturbation import PerturbCallback
from heredity.training.progress import OnProgress
from heredity.training.recorder import Recorder
from heredity.training.shard import Member, Shard, Trained
from heredity.training.snapshot import Snapshot, restore, segment_over, segment_seeds, segment_steps, take
from heredity.training.updates import logged_update


def train_sb3(shard: Shard, report: OnProgress, checkpoints: Path | None) -> list[Trained]:
    """Train every member of a shard from its initial agent until its threshold or its budget."""
    return [_train(shard, member, report, checkpoints) for member in shard.members]


def _train(shard: Shard, member: Member, report: OnProgress, checkpoints: Path | None) -> Trained:
    checkpoint = Checkpoint.of(checkpoints, shard, member)
    snapshot = checkpoint.load() or Snapshot.first(member)
    recorder, began = None, process_time() - snapshot.core_seconds
    try:
        shard.begin_with(member)
        recorder = Recorder(shard, member, report, snapshot)
        callbacks = list(_warm_start_callbacks(member, recorder))
        while not snapshot.done:
            after = _segment(shard, member, snapshot, recorder, callbacks)
            snapshot = replace(after, core_seconds=process_time() - began)
            checkpoint.save(snapshot)
        recorder.end(snapshot.core_seconds)
    except StudyError:
        raise  # every member would fail of it
    except Exception as error:
        snapshot = snapshot.failed(error, recorder.curve if recorder else ())
    return snapshot.trained(member.name)


def _segment(
    shard: Shard, member: Member, before: Snapshot, recorder: Recorder, callbacks: list[BaseCallback]
) -> Snapshot:
    """Train from one snapshot to the next."""
    algorithm = shard.algorithm_of(member)
    seeds = segment_seeds(member.seed, before.env_steps)
    copies = Copies(shard.task, algorithm.n_envs, segment_seeds(member.seed, 0)[1], Carried.unpack(before.carried))
    over = False
    with process_kept(), closed_after(copies.close):
        model = unpack(before.agent, algorithm, shard.task, *seeds, copies.vec_env(), shard.train.device)
        restore(model, before, shard)
        copies.resume(model)
        rest = shard.budget_steps - before.env_steps
        try:
            with exploration_schedule(model, member.warm_start):
                callback = [*callbacks, RecordCallback(recorder, copies)]
                whole: Any = {"reset_num_timesteps": not before.env_steps, "log_interval": None}
                # without an interval the logger keeps what updates log, for the recorder to read
                model.learn(rest, callback=callback, **whole)
            over = True
            if model.num_timesteps > recorder.curve[-1].env_steps:
                recorder.record(model, logged_update(model))
        except _StopTraining:
            over = recorder.ended
    after = take(
        model, algorithm, recorder.curve, recorder.history, done=over, reached=recorder.reached,
        keeps_replay=shard.keeps_replay,
    )  # fmt: skip
    return after if over else replace(after, carried=copies.carried(model).pack())


def _warm_start_callbacks(member: Member, recorder: Recorder) -> Iterator[BaseCallback]:
    """Yield what goes on of a member's inheritance; it is over before a rollout is recorded."""
    if recorder.kickstart:
        yield KickstartCallback(recorder.kickstart)
    if member.warm_start.update_share < 1:
        yield PerturbCallback(member)


class _StopTraining(Exception):  # noqa: N818 (as StopIteration, it is no error)
    """Ends `learn` between two rollouts, where Stable-Baselines3 has no other way to without one more step."""


class RecordCallback(BaseCallback):
    """Records between rollouts, and stops at the threshold or where the segment ends."""

    def __init__(self, recorder: Recorder, copies: Copies) -> None:
        super().__init__()
        self.recorder, self.copies = recorder, copies

    def _on_training_start(self) -> None:
        self.begun_steps = self.model.num_timesteps
        self.model.ep_info_buffer = deque(self.model.ep_info_buffer or ())  # `learn` may have bounded it by its window

    # Before a rollout all that was collected has been learned from, and a snapshot needs to hold nothing of it; the
    # callback's own way to stop (`_on_step` returns False) would end in the middle of one.
    def _on_rollout_start(self) -> None:
        steps, recorder = self.model.num_timesteps, self.recorder
        ended = recorder.due(self.model) and recorder.record(self.model, logged_update(self.model))
        if ended or segment_over(self.begun_steps, steps, segment_steps(recorder.shard, self.copies.longest())):
            raise _StopTraining

    def _on_step(self) -> bool:
        return True
