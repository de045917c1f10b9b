"""Whether members are better updated one after another, or batched with `vmap`.

    python -m benchmarks.stacking [--write docs/performance.md]

Prints microseconds per member and minibatch of 64 on one core, for shards of several sizes, and whether a member's
weights are the same to the last bit as when it is updated alone.
"""

import argparse
import os
import time
from pathlib import Path
from typing import Any

from benchmarks.documents import write_between_marks

SIZES = (1, 8, 32, 128)
STEPS, COPIES, EPOCHS, BATCH = 256, 8, 2, 64


def measure(members: int) -> tuple[float, float, bool, bool]:
    """Return the microseconds of loop and vmap, and whether each keeps the bits of member 0 alone."""
    import jax
    import numpy as np

    from heredity.agents.agent import fresh_agent, unpack
    from heredity.agents.task import Task
    from heredity.agents.twins.policy import Policy
    from heredity.study.sections import Algorithm
    from heredity.training.cohort.learner import hyperparameters, learner_of
    from heredity.training.cohort.update import Program, Rollout, make_update, update_member

    algorithm = Algorithm(name="PPO", n_envs=COPIES, hyperparameters={"n_steps": STEPS, "batch_size": BATCH})
    task = Task("CartPole-v1")
    models: Any = [unpack(fresh_agent(algorithm, task, k), algorithm, task, k, k) for k in range(members)]
    policy = Policy.of(models[0].action_space, "Tanh")
    program = Program(policy, BATCH, True, False)
    rollouts = [Rollout(*_rollout(np.random.default_rng(k))) for k in range(members)]
    update, batched = make_update(program), jax.jit(jax.vmap(lambda *a: update_member(program, *a)[0]))

    def data() -> list[tuple[Any, ...]]:
        return [(learner_of(model), rollouts[k], hyperparameters(model)) for k, model in enumerate(models)]

    def together() -> Any:
        return jax.tree.map(lambda *leaves: np.stack(leaves), *data())

    alone, _ = update(*data()[0])
    looped, loop_seconds = _timed(lambda: [update(*each)[0] for each in data()])
    vmapped, vmap_seconds = _timed(lambda: batched(*together()))
    each = 1e6 / (members * EPOCHS * STEPS * COPIES // BATCH)

    def same(weights: Any) -> bool:
        return all(np.array_equal(weights[name], value) for name, value in alone.weights.items())

    first = {name: leaf[0] for name, leaf in vmapped.weights.items()}
    return loop_seconds * each, vmap_seconds * each, same(looped[0].weights), same(first)


def _rollout(rng: Any) -> tuple[Any, ...]:
    import numpy as np

    return (
        rng.normal(size=(STEPS, COPIES, 4)).astype(np.float32),
        rng.integers(0, 2, (STEPS, COPIES)).astype(np.int32),
        rng.normal(size=(STEPS, COPIES)).astype(np.float32),
        rng.random((STEPS, COPIES)) < 0.05,
        rng.normal(size=(COPIES, 4)).astype(np.float32),
        np.zeros(COPIES, bool),
        np.array([rng.permutation(STEPS * COPIES) for _ in range(EPOCHS)], np.int32),
    )


def _timed(call: Any, repeats: int = 5) -> tuple[Any, float]:
    import jax

    jax.block_until_ready(call())
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        result = jax.block_until_ready(call())
        times.append(time.perf_counter() - began)
    return result, min(times)


def main() -> None:
    """Measure and print, or write into a document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    rows = ["| members | loop, µs | vmap, µs | loop keeps the bits | vmap keeps the bits |", "|---|---|---|---|---|"]
    for members in SIZES:
        loop, batched, loop_same, vmap_same = measure(members)
        kept = ["yes" if same else "no" for same in (loop_same, vmap_same)]
        rows.append(f"| {members} | {loop:.0f} | {batched:.0f} | {kept[0]} | {kept[1]} |")
    print("\n".join(rows))
    if options.write:
        write_between_marks(options.write, "stacking", "\n".join(rows))


if __name__ == "__main__":
    main()
