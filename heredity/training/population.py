"""A whole population trained, and kept: its models, curves and times, and what failed members failed of."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from heredity.agents.agent import write_agent
from heredity.agents.spaces import SpacesOnly
from heredity.agents.task import Task
from heredity.agents.vecnormalize_pickle import write_vecnormalize
from heredity.errors import TrainingError
from heredity.evaluation.failures import Failure, write_failures
from heredity.files import new_directory, write_bytes
from heredity.layout import ArmFolder, Layout, control_name, history_path, replay_path
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
    layout: Layout, generation: str, arm: str, trained: Sequence[Trained], members: Sequence[Member], task: Task
) -> list[Trained]:
    """Write the models and curves of one arm's living members, and of what the others failed; return the living.

    members: as they were before. task: what they learned. What training cost lies beside what DVC keeps.

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
    write_models(folder, alive, task, failures)
    write_curves(folder.curves, {member.name: member.curve for member in alive})
    write_timings(folder.curves, {member.name: member.core_seconds for member in trained}, layout)
    return alive


def write_models(arm: ArmFolder, alive: Sequence[Trained], task: Task, failures: Sequence[Failure] = ()) -> None:
    """Replace the models of an arm, each with its training episodes beside it, as a whole.

    failures.json is there only where a member failed, a replay buffer only where a member's children begin with it,
    and a vecnormalize.pkl, for other tools, only where members normalize.
    """
    normalizing = any(member.agent.normalizer for member in alive)
    spaces = SpacesOnly(task, 1) if normalizing else None
    with new_directory(arm.models) as draft:

        def drafted(path: Path) -> Path:
            return draft / path.relative_to(arm.models)

        if failures:
            write_failures(drafted(arm.training_failures), failures)
        for member in alive:
            model = drafted(arm.model(member.name))
            write_agent(member.agent, model)
            if spaces is not None:
                write_vecnormalize(member.agent, model, spaces)
            if member.replay is not None:
                write_bytes(replay_path(model), member.replay)
            if member.history is not None:
                write_bytes(history_path(model), member.history)
