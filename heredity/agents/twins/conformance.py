"""The proof that a twin does what the environment does that it is a twin of: its steps, and where its episodes begin.

Steps are held beside the original's one by one, each from the state that the original is in, and the state that they
lead to with them: where every such step is equal to the bit, so is every episode of the visited states, by induction.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any, NamedTuple

import gymnasium
import jax
import numpy as np
import scipy

from heredity.agents.task import Task
from heredity.agents.twins.registry import make_twin
from heredity.agents.twins.twin import Dynamics, Equality, Twin
from heredity.errors import TaskError

Column = np.ndarray[Any, Any]

Choose = Callable[[gymnasium.Env[Any, Any], np.random.Generator], Any]
"""Says which action to take, by a look at the environment where one likes."""

RELATIVE, ABSOLUTE = 1e-5, 1e-5
"""How far a number may lie from the original's where steps are equal but for the rounding of float32."""

LEVEL = 0.001
"""The chance at which a twin without fault may fail `ResetReport.equal`."""

MOST_VALUES, QUANTILES, FEWEST = 64, 10, 10
"""A number of more values is binned by quantiles; bins of fewer resets of both are one bin."""

MOST_IN_PAIRS = 24
"""Numbers of a state; where it has more, they are not looked at in pairs."""


@dataclass(frozen=True)
class StepReport:
    """What came of holding steps beside the original's.

    differing: of how many steps which part differs; apart: the largest difference of a number of each part.
    """

    task: str
    equality: Equality
    steps: int
    terminated: int
    truncated: int
    rewarded: int
    differing: Mapping[str, int]
    apart: Mapping[str, float]

    @property
    def largest(self) -> float:
        """Return the largest difference of a number in any part."""
        return max(self.apart.values())

    @property
    def equal(self) -> bool:
        """Whether no step differs by more than the twin says."""
        return not any(self.differing.values())

    def __str__(self) -> str:
        differing = ", ".join(f"{part} of {count}" for part, count in self.differing.items() if count) or "none"
        return (
            f"{self.task}: {self.steps} steps ({self.terminated} terminated, {self.truncated} truncated, "
            f"{self.rewarded} rewarded), equal to the {self.equality}: differing {differing}, largest {self.largest:g}"
        )


@dataclass(frozen=True)
class ResetReport:
    """What came of two-sample χ² tests of what episodes begin with, the twin's against the original's.

    p_values: of each number of the state and of the first observation that varies, and of each pair of the state's.
    shared: first states that both came by; differing: those of them with another first observation.
    """

    task: str
    resets: int
    p_values: Mapping[str, float]
    shared: int
    differing: int

    @property
    def smallest(self) -> float:
        """Return the smallest p-value as Holm adjusts it, 1 where nothing varies."""
        return min(1.0, max(1, len(self.p_values)) * min(self.p_values.values(), default=1.0))

    @property
    def equal(self) -> bool:
        """Whether nothing speaks against equal distributions."""
        return self.smallest > LEVEL and not self.differing

    def __str__(self) -> str:
        least = min(self.p_values, key=lambda name: self.p_values[name], default="nothing")
        return (
            f"{self.task}: {self.resets} resets, {len(self.p_values)} tests, smallest adjusted p {self.smallest:.3g} "
            f"({least}); of {self.shared} shared first states {self.differing} are seen otherwise"
        )


class _Played(NamedTuple):
    """What steps of the original led to, each leaf with the steps in front."""

    observation: Any
    reward: Any
    terminated: Any
    truncated: Any
    state: Any


def prove_steps(task: Task, steps: int, seed: int, choose: Choose | None = None) -> StepReport:
    """Return how single steps of a task's twin differ from the original's; choose: actions, random ones by default.

    Raises TaskError where the task has no twin, and where its steps are equal in distribution alone.
    """
    twin = make_twin(task)
    if twin.equality == "distribution":
        raise TaskError(f"{task.id}: expected a twin whose steps can be held beside the original's, got one that draws")
    states, actions, expected = _play(task, twin, steps, seed, choose)
    keys = _keys(seed, steps)
    state, observation, reward, terminated, truncated = jax.device_get(
        _stepped(twin.dynamics, twin.spec, states, actions, keys)
    )
    got = _Played(observation, reward, terminated, truncated, state)
    same = _same_bits if twin.equality == "bit" else _near
    pairs = {
        part: list(zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True))
        for part, ours, theirs in zip(_Played._fields, got, expected, strict=True)
    }
    differing = {part: _count(steps, [~same(*pair) for pair in leaves]) for part, leaves in pairs.items()}
    apart = {part: max(_difference(*pair) for pair in leaves) for part, leaves in pairs.items()}
    ends = int(expected.terminated.sum()), int(expected.truncated.sum()), int((expected.reward != 0).sum())
    return StepReport(task.id, twin.equality, steps, *ends, differing, apart)


def prove_resets(task: Task, resets: int, seed: int) -> ResetReport:
    """Return how probable it is that a task's twin and the original begin episodes alike. Raises TaskError."""
    twin = make_twin(task)
    env = task.make()
    seen, states = [], []
    for episode in range(resets):
        observation, _ = env.reset(seed=seed if episode == 0 else None)
        seen.append(np.array(observation))
        states.append(twin.state_of(env))
    env.close()
    state, observation = jax.device_get(_reset(twin.dynamics, twin.spec, _keys(seed, resets)))
    theirs, ours = _columns(_stacked(states)), _columns(state)
    views, our_views = np.stack(seen).reshape(resets, -1), observation.reshape(resets, -1)
    p_values = {name: _p_value([ours[name]], [theirs[name]]) for name in theirs}
    names = [name for name, p in p_values.items() if p is not None]
    for pair in combinations(names, 2) if len(names) <= MOST_IN_PAIRS else ():
        p_values[" and ".join(pair)] = _p_value([ours[name] for name in pair], [theirs[name] for name in pair])
    for place in range(views.shape[1]):
        p_values[f"observation {place}"] = _p_value([our_views[:, place]], [views[:, place]])
    shared, differing = _shared(ours, our_views, theirs, views)
    known = {name: p for name, p in p_values.items() if p is not None}
    return ResetReport(task.id, resets, known, shared, differing)


def _play(
    task: Task, twin: Twin, steps: int, seed: int, choose: Choose | None
) -> tuple[Any, np.ndarray[Any, Any], _Played]:
    """Return states, the actions taken in them and what they led to, of as many steps of the original."""
    env, random = task.make(), np.random.default_rng(seed)
    env.action_space.seed(seed)
    states, actions, played, over = [], [], [], True
    for step in range(steps):
        if over:
            env.reset(seed=seed if step == 0 else None)
            before = twin.state_of(env)
        action = env.action_space.sample() if choose is None else choose(env, random)
        observation, reward, terminated, truncated, _ = env.step(action)
        after, over = twin.state_of(env), terminated or truncated
        states.append(before)
        actions.append(action)
        played.append(_Played(np.array(observation), np.float32(reward), terminated, truncated, after))
        before = after
    env.close()
    taken = np.asarray(actions)
    kind = np.float32 if taken.dtype.kind == "f" else np.int32
    return _stacked(states), taken.astype(kind), _stacked(played)


@partial(jax.jit, static_argnums=0)
def _stepped(dynamics: Dynamics, spec: Any, states: Any, actions: Any, keys: Any) -> Any:
    return jax.vmap(dynamics.step, (None, 0, 0, 0))(spec, states, actions, keys)


@partial(jax.jit, static_argnums=0)
def _reset(dynamics: Dynamics, spec: Any, keys: Any) -> Any:
    return jax.vmap(dynamics.reset, (None, 0))(spec, keys)


def _keys(seed: int, count: int) -> Column:
    return np.random.default_rng(seed).integers(2**32, size=(count, 2), dtype=np.uint32)


def _stacked(trees: list[Any]) -> Any:
    return jax.tree.map(lambda *leaves: np.stack(leaves), *trees)


def _columns(tree: Any) -> dict[str, Column]:
    """Return the numbers of trees that are stacked, by name."""
    columns = {}
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        for place, column in enumerate(leaf.reshape(len(leaf), -1).T):
            columns[jax.tree_util.keystr(path) + (f"[{place}]" if leaf.ndim > 1 else "")] = column
    return columns


def _same_bits(ours: Column, theirs: Column) -> Column:
    if ours.dtype != theirs.dtype:
        return np.zeros(len(ours), bool)
    rows = [np.ascontiguousarray(side).reshape(len(side), -1).view(np.uint8) for side in (ours, theirs)]
    return np.asarray((rows[0] == rows[1]).all(1))


def _near(ours: Column, theirs: Column) -> Column:
    near = np.isclose(ours.astype(float), theirs.astype(float), RELATIVE, ABSOLUTE)
    return np.asarray(near.reshape(len(ours), -1).all(1))


def _difference(ours: Column, theirs: Column) -> float:
    return float(np.abs(ours.astype(float) - theirs.astype(float)).max(initial=0.0))


def _count(steps: int, differing: list[Column]) -> int:
    return int(np.any([np.zeros(steps, bool), *differing], axis=0).sum())


def _p_value(ours: list[Column], theirs: list[Column]) -> float | None:
    """Return the p-value of a χ² test of two samples of numbers, taken together; None where there is nothing to see."""
    bins = np.zeros(len(ours[0]) + len(theirs[0]), int)
    for column in map(np.concatenate, zip(ours, theirs, strict=True)):
        values, placed = np.unique(column, return_inverse=True)
        if len(values) > MOST_VALUES:
            placed = np.searchsorted(np.quantile(column, np.arange(1, QUANTILES) / QUANTILES), column)
        bins = bins * MOST_VALUES + placed
    _, bins, counts = np.unique(bins, return_inverse=True, return_counts=True)
    bins = np.where(counts[bins] < FEWEST, len(counts), bins)
    table = np.array([np.bincount(side, minlength=len(counts) + 1) for side in np.split(bins, [len(ours[0])])])
    table = table[:, table.sum(0) > 0]
    return float(scipy.stats.chi2_contingency(table, correction=False).pvalue) if table.shape[1] > 1 else None


def _shared(ours: dict[str, Column], our_views: Column, theirs: dict[str, Column], views: Column) -> tuple[int, int]:
    rows = zip(np.stack(list(theirs.values()), axis=1).tolist(), views, strict=True)
    expected = {tuple(state): view for state, view in rows}
    rows = zip(np.stack(list(ours.values()), axis=1).tolist(), our_views, strict=True)
    both = {tuple(state): view for state, view in rows if tuple(state) in expected}
    return len(both), sum(not np.array_equal(view, expected[state]) for state, view in both.items())
