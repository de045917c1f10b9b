"""The loop of the cohort engine: collect, update, record, until every member is done."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

from stable_baselines3 import PPO

from heredity.agents.boundary.process_kept import process_kept
from heredity.agents.twins.policy import Policy
from heredity.errors import StudyError
from heredity.training.checkpoints import Checkpoint
from heredity.training.cohort.collector import Collector
from heredity.training.cohort.fused_collector import FusedCollector
from heredity.training.cohort.guidance import Teachers, updated
from heredity.training.cohort.learner import learner_of, stacked_weights, told, write_learner
from heredity.training.cohort.update import Program, Update, make_update
from heredity.training.progress import OnProgress
from heredity.training.recorder import Recorder
from heredity.training.shard import Member, Shard, Trained
from heredity.training.snapshot import Snapshot, segment_over, segment_steps, take

_compiled = cache(make_update)


@dataclass(frozen=True)
class Trainee:
    """A member while it trains: where it stands, what records it, and what keeps it."""

    member: Member
    snapshot: Snapshot
    recorder: Recorder
    checkpoint: Checkpoint


def train_cohort(shard: Shard, report: OnProgress, checkpoints: Path | None) -> list[Trained]:
    """Train every member of a shard from its initial agent until its threshold or its budget."""
    ended: dict[str, Snapshot] = {}
    trainees = []
    for member in shard.members:
        checkpoint = Checkpoint.of(checkpoints, shard, member)
        snapshot = checkpoint.load() or Snapshot.first(member)
        if member.name in shard.lost and snapshot.done:
            ended[member.name] = snapshot
            continue
        try:
            shard.begin_with(member)
            trainees.append(Trainee(member, snapshot, Recorder(shard, member, report, snapshot), checkpoint))
        except Exception as error:  # it cannot even be played: the others train without it
            ended[member.name] = snapshot.failed(error)
    while training := _next(trainees):
        began = process_time()
        after = _timed(training, _segment(shard, training), process_time() - began)
        for trainee in after:
            if trainee.snapshot.failure is None:
                trainee.checkpoint.save(trainee.snapshot)
        by_name = {trainee.member.name: trainee for trainee in after}
        trainees = [by_name.get(trainee.member.name, trainee) for trainee in trainees]
    for trainee in trainees:
        trainee.recorder.end(trainee.snapshot.core_seconds)
        ended[trainee.member.name] = trainee.snapshot
    return [ended[member.name].trained(member.name) for member in shard.members]


def _next(trainees: Sequence[Trainee]) -> list[Trainee]:
    """Return the members that train next, all from the same step on: those that are furthest behind, if any are left.

    They are not at one step where a process ended between two of their checkpoints.
    """
    training = [trainee for trainee in trainees if not trainee.snapshot.done]
    least = min((trainee.snapshot.env_steps for trainee in training), default=0)
    return [trainee for trainee in training if trainee.snapshot.env_steps == least]


def _timed(before: Sequence[Trainee], after: Sequence[Trainee], core_seconds: float) -> list[Trainee]:
    """Share what a segment cost among the members by the steps that they took in it."""
    steps = [new.snapshot.env_steps - old.snapshot.env_steps for old, new in zip(before, after, strict=True)]
    share = core_seconds / max(sum(steps), 1)
    seconds = [old.snapshot.core_seconds + share * taken for old, taken in zip(before, steps, strict=True)]
    return [
        replace(trainee, snapshot=replace(trainee.snapshot, core_seconds=total))
        for trainee, total in zip(after, seconds, strict=True)
    ]


def _segment(shard: Shard, trainees: Sequence[Trainee]) -> list[Trainee]:
    """Bring every member that is not done to its next snapshot."""
    after = list(trainees)
    try:
        with process_kept():
            for m, snapshot in _snapshots(shard, trainees):
                after[m] = replace(after[m], snapshot=snapshot)
    except StudyError:
        raise  # every segment would fail of it
    except Exception as error:  # of what the members share, and not of one of them
        reached = [trainee.snapshot for trainee in after]  # those that were done before it happened stay as they are
        ended = [snapshot if snapshot.done else snapshot.failed(error) for snapshot in reached]
        return [replace(trainee, snapshot=snapshot) for trainee, snapshot in zip(trainees, ended, strict=True)]
    return after


def _snapshots(shard: Shard, trainees: Sequence[Trainee]) -> Iterator[tuple[int, Snapshot]]:
    """Collect and update until the segment is over; yield each member's place and next snapshot as it gets there."""
    members, recorders = tuple(trainee.member for trainee in trainees), [trainee.recorder for trainee in trainees]
    begun_steps = trainees[0].snapshot.env_steps
    snapshots = [trainee.snapshot for trainee in trainees]
    kind = FusedCollector if shard.train.environments == "jax" else Collector
    with closing(kind(replace(shard, members=members), snapshots, begun_steps)) as collector:
        models = collector.models
        policy = Policy.of(models[0].action_space, models[0].policy.activation_fn.__name__)
        update, teachers = _update(models, policy), Teachers.of(recorders)
        rollout_steps = models[0].n_steps * models[0].n_envs
        learners, steps, over = [learner_of(model) for model in models], begun_steps, False
        statistics: dict[int, Any] = {}
        while collector.active and not over:
            weights = stacked_weights([learners[m] for m in collector.active])
            rollouts = collector.collect(weights, policy, steps // rollout_steps)
            for m, failure in collector.pop_failed():
                yield m, snapshots[m].failed(failure, recorders[m].curve)
            for m in collector.active:
                _count(models[m], shard.budget_steps)
                learners[m], statistics[m] = updated(update, learners[m], rollouts[m], m, teachers, collector)
            steps += rollout_steps
            over = segment_over(begun_steps, steps, segment_steps(shard, collector.envs.longest()))
            for m in list(collector.active):
                recorder = recorders[m]
                done = recorder.record(models[m], told(statistics[m], models[m])) or steps >= shard.budget_steps
                if done or over:
                    write_learner(learners[m], models[m])
                    if reason := collector.stop(m):
                        yield m, snapshots[m].failed(reason, recorder.curve)
                        continue
                    algorithm = shard.algorithm_of(members[m])
                    so_far = recorder.curve, recorder.history
                    after = take(models[m], algorithm, *so_far, done=done, reached=recorder.reached)
                    yield m, after if done else replace(after, carried=collector.envs.carried(m))


def _update(models: Sequence[PPO], policy: Policy) -> Update:
    """Return the program that updates these models, compiled once per process."""
    stops_early = any(model.target_kl is not None for model in models)
    return _compiled(Program(policy, models[0].batch_size, models[0].normalize_advantage, stops_early))


def _count(model: PPO, budget_steps: int) -> None:
    """Move a model's clock past one rollout and its updates."""
    model.num_timesteps += model.n_steps * model.n_envs
    model._n_updates += model.n_epochs
    model._update_current_progress_remaining(model.num_timesteps, budget_steps)
