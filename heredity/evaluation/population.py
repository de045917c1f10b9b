"""A whole population evaluated: all of it plays the same episodes, as do those whom a gate compares it with.

What is played is written as a template `Trial` of which only the player is not yet said; its own `member` and `agent`
are not looked at.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from heredity.agents.agent import Agent
from heredity.agents.task import Task
from heredity.agents.twins.registry import is_ours
from heredity.errors import TaskError
from heredity.evaluation.batched import batches, play_batch
from heredity.evaluation.failures import Failure, read_failures, write_failures
from heredity.evaluation.null_policies import NullPolicy
from heredity.evaluation.returns import Returns, joined, write_evaluation
from heredity.evaluation.successive_halving import race
from heredity.evaluation.trial import Trial
from heredity.layout import ArmFolder
from heredity.study.sections import on_cpu
from heredity.workers import OnMessage, ParallelMap, map_in_processes, telling

Players = Mapping[str, Agent | NullPolicy]

W = TypeVar("W")
R = TypeVar("R")

FEW = 64
"""Trials on a twin: some hundred milliseconds, once it is compiled."""


@dataclass(frozen=True)
class Evaluation:
    """What was played, by split and player, and the members whose environments misbehaved."""

    played: Mapping[str, Mapping[str, Returns]] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class Contest:
    """Members of one lineage, before a gate.

    template: what the finalists play. compared: the trials of whoever the members are compared with, played whoever
    wins. select: by which trial they race for a place among so many `finalists`; None where all play.
    """

    players: Players
    template: Trial
    compared: Sequence[Trial] = ()
    select: Trial | None = None
    finalists: int | None = None


def trials(players: Players, template: Trial) -> list[Trial]:
    """Give every player the same episodes."""
    return [replace(template, member=name, agent=player) for name, player in players.items()]


def play(trials: Sequence[Trial], parallel_map: ParallelMap = map_in_processes) -> Evaluation:
    """Play trials in batches, side by side.

    Raises a HeredityError naming generation and player for whatever is not the doing of a member's environment.
    """
    played: dict[str, dict[str, Returns]] = {}
    failures: list[Failure] = []
    mapped = map_of_plays([trial.task for trial in trials], len(trials), parallel_map)
    results = [result for batch in mapped(play_batch, batches(trials)) for result in batch]
    for trial, result in zip(trials, results, strict=True):
        if isinstance(result, Failure):
            failures.append(result)
        else:
            played.setdefault(trial.split, {})[trial.member] = result
    return Evaluation(played, tuple(failures))


def map_of_plays(tasks: Iterable[Task], count: int, parallel_map: ParallelMap) -> ParallelMap:
    """Return what maps so many plays: this process, where they take less time than another takes to start.

    That is where they are few and every one is on a twin, which moreover cannot end this process, and on no GPU, which
    is a worker's.
    """
    different = {(task.id, task.twin, task.device): task for task in tasks}.values()
    soon = count <= FEW and all(task.twin and on_cpu(task.device) and is_ours(task) for task in different)
    return _map_here if soon else parallel_map


def _map_here(work_on: Callable[..., R], work: Sequence[W], *, on_progress: OnMessage | None = None) -> list[R]:
    more = {} if on_progress is None else {"on_progress": on_progress}
    return [work_on(item, **more) for item in telling(work)]


def race_population(
    players: Players, template: Trial, *, finalists: int, parallel_map: ParallelMap = map_in_processes
) -> tuple[Players, Evaluation]:
    """Race members by successive halving; return the finalists, and what everybody played in the race.

    template: its `episodes` are those that a finalist has played in the end, its `split` "select".
    """
    blocks: dict[str, list[Returns]] = {name: [] for name in players}
    failures: list[Failure] = []

    def play_round(left: Sequence[str], first: int, last: int) -> dict[str, list[float]]:
        heat = replace(template, first=first, episodes=last - first)
        evaluation = play(trials({name: players[name] for name in left}, heat), parallel_map)
        failures.extend(evaluation.failures)
        returns_by_member = evaluation.played.get(template.split, {})
        for name, returns in returns_by_member.items():
            blocks[name].append(returns)
        return {name: returns.returns.tolist() for name, returns in returns_by_member.items()}

    # A member that failed returns nothing, by which `race` knows that it is out.
    winners = race(list(players), play_round, finalists=finalists, episodes=template.episodes).finalists
    raced = {name: joined(played) for name, played in blocks.items() if played}
    evaluation = Evaluation({template.split: raced}, tuple(failures))
    return {name: players[name] for name in players if name in winners}, evaluation


def evaluate_population(contests: Sequence[Contest], parallel_map: ParallelMap = map_in_processes) -> Evaluation:
    """Race the members of every contest that is a race, then let the finalists play, and those they are compared with.

    Raises TaskError where the environments of all members misbehave.
    """
    played: dict[str, dict[str, Returns]] = {}
    failures: list[Failure] = []
    left: list[Trial] = []
    for contest in contests:
        qualified = contest.players
        if contest.select is not None and contest.finalists is not None:
            qualified, raced = race_population(
                contest.players, contest.select, finalists=contest.finalists, parallel_map=parallel_map
            )
            failures += raced.failures
            for split, returns in raced.played.items():
                played.setdefault(split, {}).update(returns)
        left += [*trials(qualified, contest.template), *contest.compared]
    evaluation = play(left, parallel_map)
    whole = Evaluation({**evaluation.played, **played}, (*failures, *evaluation.failures))
    members = sum(len(contest.players) for contest in contests)
    return living(contests[0].template.generation, members, whole)


def living(generation: str, members: int, evaluation: Evaluation) -> Evaluation:
    """Return an evaluation that at least one of its members lived through, else raise TaskError."""
    failures = evaluation.failures
    if failures and members == len(failures):
        first = failures[0]
        raise TaskError(
            f"{generation}: expected at least one of {members} members to live, got none; "
            f"{first.member}: {first.reason}"
        )
    return evaluation


def write_evaluation_of(arm: ArmFolder, evaluation: Evaluation, command: str = "") -> None:
    """Write evaluation.csv, and failures.json with those of training, each with the `command` that reproduces it."""
    failures = [replace(failure, command=command) for failure in evaluation.failures]
    write_evaluation(arm.evaluation, evaluation.played)
    write_failures(arm.failures, [*read_failures(arm.training_failures), *failures])
