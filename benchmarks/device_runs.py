"""What `benchmarks.devices` measures, each in a process of its own."""

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.engines import WORKS, Work
from benchmarks.twin_speed import ROWS

WORK = {"doorkey": WORKS["doorkey"], "cartpole": ROWS["cartpole-128"]}
ITERATIONS, REPEATS = 2, 3
TILE = 512
"""Members that a lineage's generation trains at a time."""

SIZES = ("MiniGrid-DoorKey-5x5-v0", "MiniGrid-DoorKey-6x6-v0", "MiniGrid-DoorKey-8x8-v0")
EPISODES = 100
"""Of a gate."""


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Wait until no other measurement computes."""
    import fcntl

    with (Path(tempfile.gettempdir()) / "heredity-devices.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def tile_of(work: Work, members: int, device: str) -> tuple[Any, Any, tuple[Any, ...]]:
    """Return the program of a tile, its twin's spec, and what it is called with, from equal members on other keys."""
    import jax
    import numpy as np

    from heredity.agents.agent import fresh_agent
    from heredity.training.cohort.kinds import Kind, settings_of
    from heredity.training.cohort.tile import make_places
    from heredity.training.cohort.tile_setup import bounds_of, ends_of, learners_of, member_key, program_of
    from heredity.training.shard import Member, Shard

    task, algorithm, train = settings(work, device, members)
    first = Member("m0", fresh_agent(algorithm, task, 0), 0)
    shard = Shard("bench", "inherited", task, algorithm, train, 10**9, 1, (first,))
    kind = Kind.of(shard, first)
    program, learner = program_of(shard, [kind.model]), learners_of([first.initial])
    learner = jax.tree.map(lambda leaf: np.repeat(leaf, members, axis=0), learner)
    keys = np.stack([member_key(seed) for seed in range(members)])
    from heredity.agents.twins.registry import make_twin

    spec = make_twin(task).spec
    places = make_places(program)(spec, learner, None, keys)
    numbers = settings_of([kind] * members, [0] * members, ITERATIONS)
    return program, spec, (places, numbers, ends_of(shard, kind), bounds_of(task))


def settings(work: Work, device: str, tile: int, env: str | None = None) -> tuple[Any, Any, Any]:
    """Return the task on its twin, the algorithm, and how members train."""
    from dataclasses import replace

    from heredity.study.sections import Algorithm, Train

    task = replace(work.task(), twin=True, threshold=0.9 if env else 1e9, device=device)
    task = replace(task, id=env) if env else task
    algorithm = Algorithm(name="PPO", n_envs=work.n_envs, hyperparameters=work.hyperparameters)
    return task, algorithm, Train(engine="cohort", environments="jax", device=device, shard=tile)


def rate(device: str, name: str, members: str) -> dict[str, Any]:
    """Return member-steps per second of whole iterations, seconds of compiling, and bytes of memory at most."""
    import jax

    from heredity.training.cohort.tile import make_advance

    program, spec, (places, *others) = tile_of(WORK[name], int(members), device)
    began = time.perf_counter()
    advance: Any = make_advance(program).lower(spec, places, *others).compile()  # type: ignore[attr-defined]
    compiling = time.perf_counter() - began
    with alone():
        places, row = advance(spec, places, *others)
        jax.block_until_ready(row)
        began = time.perf_counter()
        for _ in range(REPEATS):
            places, row = advance(spec, places, *others)
        jax.block_until_ready(row)
        seconds = (time.perf_counter() - began) / REPEATS / ITERATIONS
    memory = (jax.devices(device)[0].memory_stats() or {}).get("peak_bytes_in_use", 0)
    return {
        "compiling": compiling, "rate": int(members) * WORK[name].rollout_steps / seconds, "iteration": seconds,
        "memory": memory,
    }  # fmt: skip


def parts(device: str, name: str, members: str) -> dict[str, Any]:
    """Return the seconds of an update alone, of a rollout alone, and of the update's matrix products alone."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from heredity.training.cohort.fused import RolloutProgram, collect
    from heredity.training.cohort.tile import _orders, _rollout
    from heredity.training.cohort.update import update_member

    program, spec, (places, numbers, _, bounds) = tile_of(WORK[name], int(members), device)
    now = jax.tree.map(lambda leaf: leaf[0], numbers)
    shape = (program.steps, int(members), program.copies, program.width)
    noise, keys = jax.random.gumbel(jax.random.PRNGKey(0), shape, jnp.float32), jnp.asarray(places.key)
    steps = program.steps * program.copies
    orders = jax.jit(jax.vmap(lambda key: _orders(key, program.epochs, steps)))(keys)

    def rolled(places: Any) -> Any:
        with jax.default_matmul_precision(program.precision):
            begun = places.playing, places.running
            rollouts = RolloutProgram(program.update.policy, program.dynamics)
            return collect(rollouts, spec, places.learner.weights, begun, noise, keys, bounds)

    def learned(learner: Any, rollout: Any) -> Any:
        with jax.default_matmul_precision(program.precision):
            return jax.vmap(partial(update_member, program.update))(learner, rollout, now)

    (playing, _), collected = jax.jit(rolled)(places)
    rollout = _rollout(places, playing, collected, orders, now)
    size = int(np.prod(collected.observations.shape[3:]))
    products, flops = _products(int(members), program, size)
    return {
        "rollout": _seconds(jax.jit(rolled), places), "update": _seconds(jax.jit(learned), places.learner, rollout),
        "products": sum(_seconds(product, *given) for product, *given in products), "flops": flops,
    }  # fmt: skip


def _products(members: int, program: Any, size: int) -> tuple[list[tuple[Any, ...]], float]:
    """Return every matrix product of an update's minibatches, each as often as one minibatch takes it, and its FLOP."""
    import jax
    import jax.numpy as jnp

    batch, hidden = program.update.batch_size, 64
    key = jax.random.PRNGKey(0)

    def array(*shape: int) -> Any:
        return jax.random.normal(key, shape, jnp.float32)

    with jax.default_matmul_precision(program.precision):
        forward, backward, outer = (
            jax.jit(each) for each in (lambda a, b: a @ b.mT, lambda a, b: a @ b, lambda a, b: a.mT @ b)
        )
        seen, first = array(members, batch, size), array(members, 2 * hidden, size)
        wide = array(members, batch, 2 * hidden)
        inner, second = array(2 * members, batch, hidden), array(2 * members, hidden, hidden)
        products = [
            (forward, seen, first), (outer, wide, seen),
            (forward, inner, second), (backward, inner, second), (outer, inner, inner),
        ]  # fmt: skip
        for each in products:
            jax.block_until_ready(each[0](*each[1:]))
    macs = members * batch * (2 * size * 2 * hidden + 3 * 2 * hidden * hidden)
    return products, 2.0 * macs


def _seconds(call: Callable[..., Any], *given: Any) -> float:
    import jax

    jax.block_until_ready(call(*given))
    with alone():
        began = time.perf_counter()
        for _ in range(REPEATS):
            result = call(*given)
        jax.block_until_ready(result)
    return (time.perf_counter() - began) / REPEATS


def lineage(device: str, members: str) -> dict[str, Any]:
    """Return the seconds of a lineage of DoorKey 5×5, 6×6 and 8×8 by what they are spent on, once all is compiled."""
    _lineage(device, int(members), budget=2 * WORK["doorkey"].rollout_steps)
    with alone():
        return _lineage(device, int(members), budget=400_000)


def _lineage(device: str, members: int, budget: int) -> dict[str, Any]:
    from heredity import GateRule, InheritRule, decide, inherit

    spent: dict[str, float] = {}
    parents: Any = {}
    rule, told = InheritRule(operator="copy", at_most=None), dict[str, Any]()
    for generation, env in enumerate(SIZES):
        task, algorithm, train = settings(WORK["doorkey"], device, min(TILE, members), env)
        heirs = _timed(
            spent,
            "heirs",
            lambda: inherit(parents, task, rule, population=members, seed=generation, algorithm=algorithm),  # noqa: B023
        )
        trained = _timed(spent, "training", lambda: _trained(task, algorithm, train, heirs, budget))  # noqa: B023
        returns = _timed(spent, "evaluation", lambda: _played(task, trained))  # noqa: B023
        decision = _timed(spent, "gate", lambda: decide(returns, GateRule(), threshold=0.9))  # noqa: B023
        alive = {member.name: member for member in trained}
        parents = {name: alive[name] for name in decision.survivors or list(alive)[:1]}
        steps = sorted(member.env_steps for member in trained)
        told[env] = {"reached": sum(member.reached for member in trained), "median": steps[len(steps) // 2]}
    return {**spent, "whole": sum(spent.values()), "told": told}


def _timed(spent: dict[str, float], part: str, call: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    result = call()
    spent[part] = spent.get(part, 0.0) + time.perf_counter() - began
    return result


def _trained(task: Any, algorithm: Any, train: Any, heirs: Any, budget: int) -> Any:
    from heredity.training.engines import train as train_shard
    from heredity.training.shard import Shard

    return train_shard(Shard("bench", "inherited", task, algorithm, train, budget, 20, tuple(heirs)))


def _played(task: Any, trained: Any) -> Any:
    from heredity.evaluation.population import play, trials
    from heredity.evaluation.trial import Trial

    template = Trial("", trained[0].agent, task, EPISODES, 7, False, "bench", "report")
    evaluation = play(
        trials({member.name: member.agent for member in trained}, template),
        lambda work_on, batches, **_: [work_on(batch) for batch in batches],
    )
    return evaluation.played["report"]


def control(device: str, members: str) -> dict[str, Any]:
    """Return the seconds of as many members from random weights on DoorKey 8×8, within 400,000 steps."""
    from heredity.inheritance.fresh import fresh_heirs

    task, algorithm, train = settings(WORK["doorkey"], device, min(TILE, int(members)), SIZES[-1])
    heirs = fresh_heirs(task, algorithm, int(members), seed=9)
    _trained(task, algorithm, train, heirs[:2], 2048)
    with alone():
        began = time.perf_counter()
        trained = _trained(task, algorithm, train, heirs, 400_000)
        return {"seconds": time.perf_counter() - began, "reached": sum(member.reached for member in trained)}


def digests(device: str, members: str) -> dict[str, Any]:
    """Return the digests of members after eight rollouts, and of the last one when it trains alone."""
    from heredity.inheritance.fresh import fresh_heirs

    task, algorithm, train = settings(WORK["doorkey"], device, int(members), SIZES[0])
    heirs = fresh_heirs(task, algorithm, int(members), seed=3)
    trained = _trained(task, algorithm, train, heirs, 8 * 1024)
    alone_too = _trained(task, algorithm, train, heirs[-1:], 8 * 1024)
    return {"members": [each.agent.digest for each in trained], "alone": alone_too[0].agent.digest}


def on_cores(_device: str, _members: str) -> dict[str, Any]:
    """Return member-steps per second of 8 members on two cores, four on each, by the engine of the CPU."""
    from dataclasses import replace

    from benchmarks.engines import run_cohort

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with alone():
        return {
            name: 2 * run_cohort(replace(work, environments="jax"), 4)["rate"] for name, work in WORK.items()
        }  # fmt: skip


RUNS: dict[str, Callable[..., dict[str, Any]]] = {
    "rate": rate, "parts": parts, "lineage": lineage, "control": control, "digests": digests, "cores": on_cores,
}  # fmt: skip
