"""Whether an environment that misbehaves in its process fails its member alone, alike in every way of playing.

python -m benchmarks.lethal [--write docs/reliability.md]

Each case trains or plays two members of which one meets the fault, on a seed of its own. *Refused*: that member failed
in one line and the other one has the bytes that it has undisturbed; *recovered*: both have. A case that is not over
after SECONDS is *hung*; anything else, the end of the process that runs it included, is *lost*.
"""

import argparse
import multiprocessing
from collections.abc import Callable, Iterator
from functools import cache, partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.outcomes import settle
from heredity.seeds import seed_integers

SECONDS = 60


class Case(NamedTuple):
    """One way of playing an environment that misbehaves in one of its calls."""

    kind: str
    play: str
    fault: str
    call: str
    expected: str


SPOKEN = ("an exception", "another number of values")
"""Kinds that a null policy meets as well; it plays as members do, and has nobody beside it."""


def cases() -> Iterator[Case]:
    """Yield every fault in every call that it can come in, in every way of playing."""
    from benchmarks import lethal_environment as faults

    calls_of: dict[str, tuple[dict[str, Any], tuple[str, ...], str]] = {
        "an exception": (faults.EXCEPTIONS, ("make", "reset", "step", "close"), "refused"),
        "an answer of other types": (faults.ANSWERS, ("reset", "step"), "refused"),
        "another number of values": (faults.COUNTS, ("reset", "step"), "refused"),
        "an unusual answer that is sound": (faults.SOUND, ("step",), "recovered"),
        "a process changed": (faults.CHANGES, ("reset", "step", "close"), "refused"),
        "a process that is put back": (faults.KEPT, ("make", "reset", "step", "close"), "recovered"),
    }
    for kind, (doings, calls, expected) in calls_of.items():
        for fault in doings:
            for call in calls:
                if kind != "an answer of other types" or call == "step" or fault.startswith(("observation", "info")):
                    if call == "reset" and "success" in fault:
                        continue  # nobody reads it of a reset
                    if call == "step" and fault == "a generator":
                        continue  # Gymnasium's TimeLimit makes five values of it
                    plays = [play for play in PLAYS if play != "null policy" or kind in SPOKEN]
                    yield from (Case(kind, play, fault, call, expected) for play in plays)


def outcome_of(case: Case) -> str:
    """Run one case in this process."""
    try:
        reasons, kept = PLAYS[case.play](case)
    except BaseException as error:
        return f"lost: {type(error).__name__}: {error}"
    if any(reason is not None and not _one_line(reason) for reason in reasons):
        return f"lost: {reasons}"
    outcome = "refused" if any(reasons) else "recovered"
    if not kept or outcome != case.expected:
        return f"lost: {outcome}, {'' if kept else 'other bytes, '}{reasons}"
    return outcome


def _one_line(reason: str) -> bool:
    return reason.isprintable() and len(reason) < 1000 and ("expected" in reason or "cannot be made" in reason)


def trained(engine: str, case: Case) -> tuple[list[str | None], bool]:
    """Train two members, of which the second meets the fault."""
    from heredity.training.snapshot import segment_seeds

    if case.call == "make" and engine == "cohort":  # which looks at the spaces before it has members
        engine = "sb3"
    victim = seed_integers(seed_integers(segment_seeds(2, 0)[1], 2)[0], 64)[1]
    results = _train(engine, case.fault, case.call, (victim,))
    reasons, bodies = [each.failure for each in results], [each.agent for each in results]
    sound = [each.agent for each in _sound(engine)]
    spared = [m for m in (0, 1) if reasons[m] is None]
    alone = case.call == "make" or reasons[0] is None
    return reasons, alone and all(bodies[m] == sound[m] for m in spared)


@cache
def _sound(engine: str) -> Any:
    return _train(engine, "", "step", ())


def _train(engine: Any, fault: str, call: str, seeds: tuple[int, ...]) -> Any:
    from heredity.agents.task import Task
    from heredity.study.sections import Train
    from heredity.training.engines import train
    from heredity.training.shard import Member, Shard

    agent, task = _agent(), Task(_id(), {"fault": fault, "call": call, "seeds": seeds}, step_seconds=5)
    section = Train(engine=engine, until="budget", shard=2)
    members = (Member("m00", agent, 1), Member("m01", agent, 2))
    return train(Shard("lethal", "inherited", task, _algorithm(), section, 128, 2, members))


def evaluated(player: str, case: Case) -> tuple[list[str | None], bool]:
    """Play episodes, of which one meets the fault: two members in one batch, or a policy that learned nothing."""
    from heredity.agents.task import Task
    from heredity.errors import TaskError
    from heredity.evaluation.batched import Batch, play_batch
    from heredity.evaluation.episodes import run_trial
    from heredity.evaluation.trial import Trial

    kwargs = {"fault": case.fault, "call": case.call, "seeds": (seed_integers(7, 4)[2],)}
    task = Task(_id(), kwargs, step_seconds=5)
    if player == "random":
        try:
            run_trial(Trial("random", "random", task, 4, 7, True, "lethal", "null"))
        except TaskError as error:
            return [str(error)], True
        return [None], True
    trials = tuple(Trial(name, _agent(), task, 4, 7, True, "lethal", algorithm=_algorithm()) for name in ("m00", "m01"))
    results = play_batch(Batch(trials))
    return [getattr(result, "reason", None) for result in results], True


@cache
def _agent() -> Any:
    from heredity.agents.agent import fresh_agent
    from heredity.agents.task import Task

    return fresh_agent(_algorithm(), Task(_id()), 0)


@cache
def _algorithm() -> Any:
    from heredity.study.sections import Algorithm

    return Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 32, "batch_size": 64, "n_epochs": 1})


def _id() -> str:
    from benchmarks.lethal_environment import ID

    return ID


PLAYS: dict[str, Callable[[Case], tuple[list[str | None], bool]]] = {
    "sb3": partial(trained, "sb3"),
    "cohort": partial(trained, "cohort"),
    "evaluation": partial(evaluated, "members"),
    "null policy": partial(evaluated, "random"),
}


def outcomes(only: str = "") -> Iterator[tuple[str, str]]:
    """Run all cases, each in a process that is ended when it takes too long."""
    worker: tuple[Any, Connection] | None = None
    for case in (case for case in cases() if only in f"{case.kind}: {case.fault}"):
        worker = worker or _started()
        process, pipe = worker
        pipe.send(case)
        try:
            outcome = pipe.recv() if pipe.poll(SECONDS) else "hung"
        except EOFError:
            outcome = "lost: the process ended"
        if outcome == "hung" or not process.is_alive():
            process.kill()
            worker = None
        if outcome.startswith(("lost", "hung")):
            print(f"{case}: {outcome}", flush=True)
        yield case.kind, outcome.partition(":")[0]
    if worker:
        worker[0].kill()


def _started() -> tuple[Any, Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    ours.recv()  # it has loaded everything
    return process, ours


def _serve(pipe: Connection) -> None:
    import heredity.training.cohort.engine  # noqa: F401 (loaded before the first case is timed)

    pipe.send("ready")
    while True:
        pipe.send(outcome_of(pipe.recv()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--only", default="", help="faults whose name or kind holds this")
    arguments = parser.parse_args()
    raise SystemExit(settle("lethal", outcomes(arguments.only), arguments.write))


if __name__ == "__main__":
    main()
