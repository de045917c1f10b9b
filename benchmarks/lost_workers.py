"""What a study survives of environments that end or freeze the process that plays them, and of whoever kills a worker.

python -m benchmarks.lost_workers [--write docs/reliability.md]

Training with both engines, evaluation, zero-shot plays and the check, each with an environment (tests/deadly.py) that
does what its mode says, for one member or for all; a null policy's; workers killed from outside at random moments. A
case is recovered where the member is on record and the others have the bytes that they have when its environment
raises (or nobody is, and all have their bytes), refused where one line names who it was, else lost; hung where it takes
longer than PATIENCE_SECONDS.
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import psutil
import typer

from benchmarks.outcomes import settle
from heredity.agents.agent import fresh_agent
from heredity.agents.task import Task
from heredity.errors import HeredityError
from heredity.evaluation.batched import Batch, play_batch
from heredity.evaluation.failures import Failure
from heredity.evaluation.trial import Trial
from heredity.pipeline.check import check_study
from heredity.pipeline.untrained import UntrainedPlay, play_untrained
from heredity.study.load import parse_study
from heredity.study.sections import Algorithm, Train
from heredity.training.engines import train
from heredity.training.shard import Member, Shard
from heredity.workers import kept_workers, map_in_processes
from tests.examples import TINY
from tests.harm import ENDING, FREEZING, LEAVING
from tests.training.examples import first_episode

PATIENCE_SECONDS = 900
STEP_SECONDS = 2.0
NO_CONTROL: dict[str, Any] = {"generations": [], "budget": "lineage"}
DEADLY = "tests.deadly:Deadly-v0"
PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 32, "batch_size": 64, "n_epochs": 1})


def study(mode: str) -> dict[str, Any]:
    """Return a study whose environment does it as it is made."""
    env = {"id": DEADLY, "kwargs": {"mode": mode, "call": "make"}}
    return {**TINY, "generations": {"first": {**TINY["generations"]["first"], "env": env}}, "control": NO_CONTROL}


Case = tuple[str, Callable[[], str]]


def shard(engine: str, members: int, **kwargs: Any) -> Shard:
    """Return members that learn on a deadly CartPole."""
    task = Task(DEADLY, kwargs, step_seconds=STEP_SECONDS)
    each = [Member(f"m{m:02d}", fresh_agent(PPO, Task("CartPole-v1"), m), 10 + m) for m in range(members)]
    rule = Train.model_validate({"engine": engine, "until": "budget", "checkpoint_steps": 128})
    return Shard("small", "inherited", task, PPO, rule, 512, 2, tuple(each))


def trained(work: Shard) -> list[tuple[Any, ...]]:
    """Return what a worker trains of a shard: by member its name, whether it failed, and its bytes."""
    (members,) = map_in_processes(train, [work])
    return [(each.name, each.failure, each.agent.digest, each.curve) for each in members]


def of_others(members: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [each for each in members if each[0] != "m01"]


def training(engine: str, mode: str) -> str:
    """One of three members does it in its first episode of training."""
    victim = {"seeds": (first_episode(11, 0),)}
    expected = trained(shard(engine, 3, **({"mode": "raises", **victim} if mode not in LEAVING else {})))
    came = trained(shard(engine, 3, mode=mode, **victim))
    alike = of_others(came) == of_others(expected)
    return "recovered" if alike and bool(came[1][1]) == (mode not in LEAVING) else "lost"


def training_all(engine: str, mode: str) -> str:
    """Every member does it: each is on record."""
    came = trained(shard(engine, 2, mode=mode))
    return "recovered" if all(failure for _, failure, *_ in came) else "lost"


def trials(mode: str, victims: tuple[int, ...], split: str = "report") -> list[Trial]:
    """Return trials of which some are on a deadly task."""
    tasks = [Task(DEADLY, {"mode": mode if m in victims else ""}, step_seconds=STEP_SECONDS) for m in range(3)]
    agents = [fresh_agent(PPO, Task("CartPole-v1"), m) for m in range(3)]
    return [Trial(f"m{m:02d}", agents[m], tasks[m], 3, 5, True, generation="small", split=split) for m in range(3)]


def evaluation(mode: str, victims: tuple[int, ...]) -> str:
    """Some of three members do it on every episode."""
    (expected,) = map_in_processes(play_batch, [Batch(tuple(trials("", ())))])
    (came,) = map_in_processes(play_batch, [Batch(tuple(trials(mode, victims)))])
    for m, (one, other) in enumerate(zip(came, expected, strict=True)):
        if isinstance(one, Failure) != (m in victims and mode not in LEAVING):
            return "lost"
        if not isinstance(one, Failure) and one.returns.tolist() != other.returns.tolist():
            return "lost"
    return "recovered"


def null_policy(mode: str) -> str:
    """A player that is no member: one line names it."""
    trial = replace(trials(mode, (0,), "null")[0], member="random", agent="random")
    return refused(lambda: map_in_processes(play_batch, [Batch((trial,))]), "small/random: ")


def zero_shot(mode: str) -> str:
    """An heir's play before it learns: it has none, and the others have theirs."""
    played = map_in_processes(play_untrained, [UntrainedPlay(trial) for trial in trials(mode, (1,))])
    means = [each.mean for each in played]
    return "recovered" if means[1] is None and None not in (means[0], means[2]) else "lost"


def check(mode: str) -> str:
    """What `heredity check` builds."""
    parsed = parse_study(json.dumps(study(mode)), "params.yaml")
    return refused(lambda: map_in_processes(check_study, [parsed]), "generations.first.env")


def refused(call: Callable[[], Any], words: str) -> str:
    """Whether a call ends in one line with these words."""
    try:
        call()
    except HeredityError as error:
        return "refused" if words in str(error) and "\n" not in str(error) else "lost"
    return "lost"


def killed_from_outside(engine: str, seed: int) -> str:
    """Somebody kills the worker, once, at a random moment of a training: nobody is blamed."""
    expected, over = trained(shard(engine, 2)), threading.Event()

    def kill() -> None:
        over.wait(float(np.random.default_rng(seed).uniform(0.5, 6)))
        for child in psutil.Process().children():
            if any("spawn_main" in word for word in child.cmdline()):
                os.kill(child.pid, signal.SIGKILL)
                return

    killer = threading.Thread(target=kill)
    killer.start()
    came = trained(shard(engine, 2))
    over.set()
    killer.join()
    return "recovered" if came == expected else "lost"


def cases() -> Iterator[Case]:
    """Yield every case by its kind."""
    for engine in ("sb3", "cohort"):
        for mode in (*ENDING, *FREEZING, *LEAVING):
            yield f"training, one member, {engine}", partial(training, engine, mode)
        for mode in ("exit-0", "holds-the-lock"):
            yield f"training, all members, {engine}", partial(training_all, engine, mode)
        for seed in range(4):
            yield f"a worker killed from outside, {engine}", partial(killed_from_outside, engine, seed)
    for mode in (*ENDING, *FREEZING, *LEAVING):
        yield "evaluation, one member", partial(evaluation, mode, (1,))
    for mode in ("segfault", "ignores-signals"):
        yield "evaluation, all members", partial(evaluation, mode, (0, 1, 2))
    for mode in (*ENDING, *FREEZING):
        yield "a zero-shot play", partial(zero_shot, mode)
        yield "a null policy", partial(null_policy, mode)
    for mode in ENDING:
        yield "heredity check", partial(check, mode)


def outcomes() -> Iterator[tuple[str, str]]:
    """Yield each case's kind and outcome, those of a kind by the same workers."""
    for kind, group in groupby(cases(), key=itemgetter(0)):
        with kept_workers():
            for _, case in group:
                yield kind, outcome_of(kind, case)


def outcome_of(kind: str, case: Callable[[], str]) -> str:
    """Return how a case ends; one that hangs ends the campaign, for nothing else can end it."""
    patience = threading.Timer(PATIENCE_SECONDS, hung, [kind])
    patience.daemon = True
    patience.start()
    try:
        return case()
    except HeredityError as error:
        print(f"    {error}", flush=True)
        return "lost"
    finally:
        patience.cancel()


def hung(kind: str) -> None:
    """Say which case hangs, and end."""
    print(f"  {kind}: hung after {PATIENCE_SECONDS} s", file=sys.stderr, flush=True)
    os._exit(1)


def main(write: Annotated[Path | None, typer.Option(help="The page whose table to renew.")] = None) -> None:
    """Run the campaign."""
    began = time.monotonic()
    code = settle("lost_workers", outcomes(), write)
    print(f"{time.monotonic() - began:.0f} s")
    raise typer.Exit(code)


if __name__ == "__main__":
    typer.run(main)
