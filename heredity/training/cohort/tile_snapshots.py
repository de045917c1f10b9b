"""Members of a tile between two iterations, as snapshots that their training goes on from, and as what it ended in."""

from collections.abc import Mapping, Sequence

import jax
import numpy as np

from heredity.agents.agent import Agent
from heredity.agents.archives import npz, read_arrays
from heredity.agents.stack import Stack
from heredity.training.cohort.kinds import Kind
from heredity.training.cohort.occupants import Occupant
from heredity.training.cohort.running import Running
from heredity.training.cohort.tile import Places
from heredity.training.cohort.tile_normalizing import normalizer_arrays
from heredity.training.cohort.update import Learner
from heredity.training.snapshot import Snapshot


def stacked(kind: Kind, occupants: Sequence[Occupant], learner: Learner, running: Running | None) -> Stack:
    """Return members of one kind as agents; learner, running: theirs, on the first axis."""
    accounts = [kind.account(each.member, each.rollouts) for each in occupants]
    moments = learner.adam.mu, learner.adam.nu, learner.adam.count.astype(np.float32)
    names = [each.member.name for each in occupants]
    return Stack.like(kind.template, names, learner.weights, moments, accounts, normalizer_arrays(running))


def snapshot_of(occupant: Occupant, agent: Agent, *, done: bool, carried: bytes | None = None) -> Snapshot:
    """Return a member as far as it has been read of."""
    failed = occupant.failure is not None
    return Snapshot(
        occupant.member.initial if failed else agent, tuple(occupant.curve),
        {"num_timesteps": occupant.env_steps}, done=done, reached=occupant.reached, failure=occupant.failure,
        carried=carried, history=occupant.history, core_seconds=occupant.core_seconds,
    )  # fmt: skip


def packed_place(places: Places, row: int) -> bytes:
    """Return what a place of NumPy's arrays is besides its learner, as bytes."""
    leaves = jax.tree.leaves(places[1:])
    return npz({f"leaf.{k}": np.asarray(leaf[row]) for k, leaf in enumerate(leaves)})


def with_carried(places: Places, carried: Mapping[int, bytes]) -> Places:
    """Return places some of which go on where `packed_place` left them. Raises AgentError for a damaged one."""
    learner, *others = places
    leaves, structure = jax.tree.flatten(others)
    leaves = [np.array(leaf) for leaf in leaves]
    for place, content in carried.items():
        arrays = read_arrays(content, "a place")
        for k, leaf in enumerate(leaves):
            leaf[place] = arrays[f"leaf.{k}"]
    return Places(learner, *jax.tree.unflatten(structure, leaves))
