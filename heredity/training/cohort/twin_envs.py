"""The copies of a shard's members on the twin of its environment."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import gymnasium
import jax
import numpy as np

from heredity.agents.archives import npz, read_arrays
from heredity.agents.task import Task, task_spaces
from heredity.agents.twins.policy import Policy, Weights
from heredity.agents.twins.registry import make_twin
from heredity.training.cohort.fused import TILE, Collected, InPlay, RolloutProgram, make_begin, make_collect
from heredity.training.cohort.normalizers import Normalizers

Array = np.ndarray[Any, Any]

_compiled, _beginning = cache(make_collect), cache(make_begin)


class TwinEnvs:
    """Every copy's episode by members, and the programs that play them on.

    An episode under way is carried to the next segment as the twin's state, so nothing is played again.
    """

    def __init__(self, task: Task, n: int, seeds: Sequence[int], carried: Sequence[bytes | None]) -> None:
        """Make `n` copies for each member, which draw from its seed, or go on where a segment left them."""
        self.failures: dict[int, str] = {}
        self.task, self.twin, self.copies, self.seeds, self.before = task, make_twin(task), n, seeds, carried
        space = task_spaces(task)[1]
        self.bounds = (space.low, space.high) if isinstance(space, gymnasium.spaces.Box) else None
        self.playing: list[InPlay] = []
        self.paid: list[list[Array]] = []

    def reset(self) -> Array:
        """Begin an episode in every copy, or go on with the one that is carried."""
        begin = _beginning(self.twin.dynamics)
        for seed, carried in zip(self.seeds, self.before, strict=True):
            fresh = jax.tree.map(np.asarray, begin(self.twin.spec, _key(seed), self.copies))
            playing, paid = _unpacked(carried, fresh) if carried else (fresh, [np.zeros(0, np.float32)] * self.copies)
            self.playing.append(playing)
            self.paid.append(paid)
        return np.stack([playing.observations for playing in self.playing])

    def replayed(self, m: int) -> list[list[np.float32]]:
        """Return the rewards so far of the episode that each copy of a member goes on with."""
        return [list(rewards) for rewards in self.paid[m]]

    def rollout(
        self,
        policy: Policy,
        weights: Weights,
        noise: Array,
        index: int,
        active: Sequence[int],
        normalizers: Normalizers | None = None,
    ) -> Collected:
        """Play the active members' copies on, by tiles; return [T, A, E, …].

        weights, noise [T, A, E, k] and normalizers: of the active members. index: the how many-th rollout it is.
        """
        program = _compiled(
            RolloutProgram(policy, self.twin.dynamics, normalizers.normalizing() if normalizers else None)
        )
        parts = []
        for first in range(0, len(active), TILE):
            rows = [*range(first, min(first + TILE, len(active)))]
            padded = rows + rows[:1] * (TILE - len(rows))
            members = [active[row] for row in padded]
            keys = np.stack([_key(self.seeds[m], index) for m in members])
            mine = {name: leaf[padded] for name, leaf in weights.items()}
            playing = jax.tree.map(lambda *each: np.stack(each), *(self.playing[m] for m in members))
            running = normalizers.running(padded) if normalizers else None
            with jax.enable_x64(normalizers is not None):
                played = program(self.twin.spec, mine, (playing, running), noise[:, padded], keys, self.bounds)
                (after, running), collected = jax.tree.map(np.asarray, played)
            if normalizers:
                normalizers.keep(rows, running)
            for place, row in enumerate(rows):
                self.playing[active[row]] = _at(after, place)
            parts.append([np.asarray(part)[:, : len(rows)] for part in collected])
        whole = Collected(*(np.concatenate(each, axis=1) for each in zip(*parts, strict=True)))
        self._keep(whole, active)
        return whole

    def carried(self, m: int) -> bytes:
        """Return a member's episodes under way: the state of its copies and what they were paid so far."""
        playing = self.playing[m]
        arrays = {f"leaf.{k}": leaf for k, leaf in enumerate(jax.tree.leaves(playing._replace(scaled=None)))}
        arrays |= {f"paid.{copy}": rewards for copy, rewards in enumerate(self.paid[m])}
        return npz(arrays if playing.scaled is None else {**arrays, "scaled": playing.scaled})

    def longest(self) -> int:
        """Return 0: a segment may end anywhere, since nothing is played again."""
        return 0

    def release(self, m: int) -> str | None:
        """Return what a member failed of."""
        return self.failures.get(m)

    def close(self) -> None:
        """Let go of nothing."""

    def _keep(self, collected: Collected, active: Sequence[int]) -> None:
        """Remember what the episodes under way were paid, and let a member fail whose twin answers with no numbers."""
        finite = np.isfinite(collected.rewards).all((0, 2)) & np.isfinite(collected.observations).all((0, 2, 3))
        for row, m in enumerate(active):
            if not finite[row]:
                self.failures[m] = f"{self.task.id}: expected finite numbers of its twin, got NaN or infinity"
            for copy in range(self.copies):
                rewards, over = collected.rewards[:, row, copy], np.flatnonzero(collected.over[:, row, copy])
                rest = rewards[over[-1] + 1 :] if len(over) else np.concatenate([self.paid[m][copy], rewards])
                self.paid[m][copy] = rest


def _at(playing: InPlay, place: int) -> InPlay:
    return InPlay(*jax.tree.map(lambda leaf: leaf[place], tuple(playing)))


def _key(seed: int, *rollout: int) -> Array:
    """Return the key of a member's rollout, or that of its first episodes."""
    return np.random.SeedSequence(seed, spawn_key=rollout).generate_state(2, np.uint32)


def _unpacked(content: bytes, like: InPlay) -> tuple[InPlay, list[Array]]:
    """Return the episodes that `carried` packed. Raises AgentError for a damaged one."""
    arrays = read_arrays(content, "episodes under way")
    leaves = [arrays[f"leaf.{k}"] for k in range(len(jax.tree.leaves(like)))]
    paid = [arrays[f"paid.{copy}"] for copy in range(len(like.observations))]
    return jax.tree.unflatten(jax.tree.structure(like), leaves)._replace(scaled=arrays.get("scaled")), paid
