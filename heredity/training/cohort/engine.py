"""The loop of the cohort engine: collect, update, record, until every member is done."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from time import process_time

from stable_baselines3 import PPO

from heredity.errors import StudyError
from heredity.training import OnProgress, Shard, Trained
from heredity.training.checkpoints import Checkpoint
from heredity.training.cohort.crew import Crew
from heredity.training.cohort.learner import numbers, stack, unstack
from heredity.training.cohort.policy import Policy
from heredity.training.cohort.rollout import collect
from heredity.training.cohort.upbringing import Lessons, updated
from heredity.training.cohort.update import Shape, make_update
from heredity.training.recorder import Recorder
from heredity.training.snapshot import Snapshot, segment_over, take

_compiled = cache(make_update)


def train_cohort(shard: Shard, report: OnProgress, checkpoints: Path | None) -> list[Trained]:
    """Train every member of a shard from its initial agent until its threshold or its budget."""
    kept = Checkpoint.of(checkpoints, shard, shard.members)
    found = kept.load()
    snapshots = [found.get(member.name) or Snapshot.first(member) for member in shard.members]
    recorders = [_recorder(shard, m, snapshots, report) for m in range(len(snapshots))]
    while not all(snapshot.done for snapshot in snapshots):
        began, before = process_time(), list(snapshots)
        try:
            _segment(shard, snapshots, recorders)
        except StudyError:
            raise
        except Exception as error:  # of what the members share
            snapshots = [old if old.done else old.failed(error) for old in snapshots]
        snapshots = _timed(before, snapshots, process_time() - began)
        kept.save({member.name: snapshot for member, snapshot in zip(shard.members, snapshots, strict=True)})
    for recorder, snapshot in zip(recorders, snapshots, strict=True):
        if recorder:
            recorder.end(snapshot.core_seconds)
    return [snapshot.trained(member.name) for member, snapshot in zip(shard.members, snapshots, strict=True)]


def _timed(before: Sequence[Snapshot], after: Sequence[Snapshot], core_seconds: float) -> list[Snapshot]:
    """Share what a segment cost among the members by the steps that they took in it."""
    steps = [new.env_steps - old.env_steps for old, new in zip(before, after, strict=True)]
    share = core_seconds / max(sum(steps), 1)
    return [
        replace(new, core_seconds=old.core_seconds + share * own)
        for old, new, own in zip(before, after, steps, strict=True)
    ]


def _recorder(shard: Shard, m: int, snapshots: list[Snapshot], report: OnProgress) -> Recorder | None:
    """Return a member's recorder; one whose untrained policy cannot be played has failed and has none."""
    try:
        return Recorder(shard, shard.members[m], report, snapshots[m])
    except Exception as error:
        snapshots[m] = snapshots[m].failed(error)
        return None


def _segment(shard: Shard, snapshots: list[Snapshot], recorders: Sequence[Recorder | None]) -> None:
    """Collect and update from one snapshot of every member that is not done to its next."""
    begun_steps = max(snapshot.env_steps for snapshot in snapshots if not snapshot.done)
    crew = Crew(shard, snapshots, begun_steps)
    model = crew.models[0]
    policy = Policy.of(model.action_space, model.policy.activation_fn.__name__)
    stops_early = any(model.target_kl is not None for model in crew.models)
    update = _compiled(Shape(policy, model.batch_size, model.normalize_advantage, stops_early))
    lessons = Lessons.of(recorders, policy)
    learner, steps, over = stack(crew.models), begun_steps, False
    while crew.active and not over:
        rollout = collect(crew, learner.weights, policy, steps // (model.n_steps * model.n_envs))
        for m, reason in crew.fallen():
            recorder = recorders[m]
            snapshots[m] = snapshots[m].failed(reason, recorder.curve if recorder else ())
        for m in crew.active:
            _count(crew.models[m], shard.budget_steps)
        learner = updated(update, learner, (rollout, numbers(crew.models)), lessons, crew)
        steps += model.n_steps * model.n_envs
        over = segment_over(begun_steps, steps, shard.train.checkpoint_steps)
        for m in list(crew.active):
            own, recorder = crew.models[m], recorders[m]
            done = (recorder is not None and recorder.record(own)) or steps >= shard.budget_steps
            if recorder and (done or over):
                unstack(learner, m, own)
                crew.stop(m)
                algorithm = shard.algorithm_of(shard.members[m])
                snapshots[m] = take(own, algorithm, recorder.curve, done=done, reached=recorder.reached)
    crew.envs.close()


def _count(model: PPO, budget_steps: int) -> None:
    """Move a model's clock past one rollout and its updates."""
    model.num_timesteps += model.n_steps * model.n_envs
    model._n_updates += model.n_epochs
    model._update_current_progress_remaining(model.num_timesteps, budget_steps)
