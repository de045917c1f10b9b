"""A whole population trained, and kept: its models, curves and times, and what failed members failed of."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from heredity.agents.kept import keep_beside
from heredity.agents.spaces import SpacesOnly
from heredity.agents.stored import keep_agents
from heredity.agents.task import Task
from heredity.agents.vecnormalize_pickle import vecnormalize_of
from heredity.errors import TrainingError
from heredity.evaluation.failures import Failure, write_failures
from heredity.files import new_directory, write_bytes
from heredity.layout import ArmFolder, Layout, control_name, history_path, replay_path, vecnormalize_path
from heredity.training.curves import CurveRow, write_curves
from heredity.training.history import History, pack_history, unpack_history
from heredity.training.shard import Member, Trained
from heredity.training.timings import write_timings


def extended(
    trained: Sequence[Trained], curves: Mapping[str, Sequence[CurveRow]], histories: Mapping[str, History]
) -> list[Trained]:
    """Return members that were trained once more with whole curves: the ones before, then what came on top of them.

    `env_steps` count on from where the earlier curve ended, and the untrained row of the later one is left out.
    """
    return [_extended(member, curves[member.name], histories[member.name]) for member in trained]


def _extended(member: Trained, before: Sequence[CurveRow], episodes: History) -> Trained:
    steps = before[-1].env_steps
    later = (replace(row, env_steps=steps + row.env_steps) for row in member.curve[1:])
    more = unpack_history(member.history) if member.history else []
    history = [*episodes, *(each._replace(env_steps=steps + each.env_steps) for each in more)]
    return replace(member, curve=(*before, *later), env_steps=steps + member.env_steps, history=pack_history(history))


def write_population(
    layout: Layout,
    generation: str,
    arm: str,
    trained: Sequence[Trained],
    members: Sequence[Member],
    task: Task,
    *,
    as_arrays: bool = False,
) -> list[Trained]:
    """Write the models and curves of one arm's living members, and of what the others failed; return the living.

    members: as they were before. task: what they learned. as_arrays: whether their models are one file. What training
    cost lies beside what DVC keeps.

    Raises TrainingError where nobody lives; nothing is written then.
    """
    seeds, command = {member.name: member.seed for member in members}, f"heredity verify {generation}"
    control = control_name(arm)
    ending = f" --control {control}" if control else ""
    failures = [
        Failure(member.name, seeds[member.name], member.failure, member.env_steps, f"{command} {member.name}{ending}")
        for member in trained
        if member.failure
    ]
    alive = [member for member in trained if not member.failure]
    if failures and not alive:
        first = failures[0]
        raise TrainingError(
            f"{generation}: expected at least one member that lives through its training, got none of {len(trained)}; "
            f"{first.member} with seed {first.seed} failed: {first.reason}; to see it again: {first.command}"
        )
    folder = layout.arm(generation, arm)
    write_models(folder, alive, task, failures, as_arrays=as_arrays)
    write_curves(folder.curves, {member.name: member.curve for member in alive})
    write_timings(folder.curves, {member.name: member.core_seconds for member in trained}, layout)
    return alive


def write_models(
    arm: ArmFolder,
    alive: Sequence[Trained],
    task: Task,
    failures: Sequence[Failure] = (),
    *,
    as_arrays: bool = False,
) -> None:
    """Replace the models of an arm, each with its training episodes beside it, as a whole; as arrays all in one file.

    failures.json is there only where a member failed, a replay buffer only where a member's children begin with it,
    and a vecnormalize.pkl, for other tools, only where members normalize.
    """
    normalizing = {member.name: member.agent for member in alive if member.agent.normalizer}
    spaces = SpacesOnly(task, 1) if normalizing else None
    histories = {member.name: member.history for member in alive if member.history is not None}
    with new_directory(arm.models) as draft:
        if failures:
            write_failures(draft / arm.training_failures.name, failures)
        keep_agents(draft, {member.name: member.agent for member in alive}, as_arrays=as_arrays)
        keep_beside(draft, histories, history_path, as_arrays=as_arrays)
        if spaces:
            statistics = {name: vecnormalize_of(agent, spaces) for name, agent in normalizing.items()}
            keep_beside(draft, statistics, vecnormalize_path, as_arrays=as_arrays)
        for member in alive:
            if member.replay is not None:
                write_bytes(replay_path(draft / f"{member.name}.zip"), member.replay)
