"""Members that learn side by side as one program on a device: rollouts, updates, and what ends each member's training.

The program is of one size, its tile: a member's bits depend on the kind of device, packages, tile and seed, and not on
who shares it nor in which place. A place whose member is done stays as it is until another member takes it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp

from heredity.agents.twins import compiling  # noqa: F401  (imported for what it does: sets JAX up)
from heredity.agents.twins.twin import Dynamics
from heredity.training.cohort.fused import Collected, InPlay, RolloutProgram, collect
from heredity.training.cohort.running import Normalizing, Running, counted_first
from heredity.training.cohort.update import Hyperparameters, Learner, Program, Rollout, update_member


@dataclass(frozen=True)
class TileProgram:
    """What the compiled program depends on besides the sizes of its arrays.

    window: episodes that a row of a curve is a mean of. width: numbers of noise that an action takes. precision: of
    matrix products, as `jax.default_matmul_precision` takes it.
    """

    update: Program
    dynamics: Dynamics
    steps: int
    copies: int
    epochs: int
    window: int
    width: int
    precision: str
    normalizing: Normalizing | None = None


class Books(NamedTuple):
    """What a member's copies were paid, float32[E] and int32[E] of the episodes under way, and its last episodes.

    window_returns float32[W], window_lengths int32[W]: a ring of the last `episodes` int32 ones. best, best_steps: of
    the best row so far, for `train.patience_steps`.
    """

    returns: Any
    lengths: Any
    window_returns: Any
    window_lengths: Any
    episodes: Any
    best: Any
    best_steps: Any


class Places(NamedTuple):
    """All that changes of the members of a tile, who are on the first axis.

    running: their statistics, None where nobody normalizes.
    starts bool[E]: whether the next step begins an episode. key uint32[2]: of all that a member draws. rollouts int32:
    how many it has behind it. active, reached, finite bool: whether it still learns, has met its threshold, and has
    met nothing but finite numbers.
    """

    learner: Learner
    running: Running | None
    playing: InPlay
    starts: Any
    books: Books
    key: Any
    rollouts: Any
    active: Any
    reached: Any
    finite: Any


class Ends(NamedTuple):
    """When a member's training ends. threshold: float32, infinity for none; budget, patience: int32 rollouts."""

    threshold: Any
    budget: Any
    patience: Any


class Row(NamedTuple):
    """What an iteration told of each member, on the first axis: a row of its curve, and the episodes that it ended.

    mean, deviation, length: float32 of the window's `episodes` int32 episodes. statistics float32[STATISTICS].
    ended float32[T, E]: returns, NaN where no episode ended; lengths int32[T, E]. active: whether it learned at all;
    goes_on, reached, finite: as `Places` has them afterwards.
    """

    mean: Any
    deviation: Any
    length: Any
    episodes: Any
    statistics: Any
    ended: Any
    lengths: Any
    active: Any
    goes_on: Any
    reached: Any
    finite: Any


Advance = Callable[..., tuple[Places, Row]]


def make_advance(program: TileProgram) -> Advance:
    """Compile advance(spec, places, settings, ends, bounds) -> (places, row).

    settings: Hyperparameters float32[K, M], whose first axis is the iterations to take; rows have it in front as well.
    """

    def advance(spec: Any, places: Places, settings: Hyperparameters, ends: Ends, bounds: Any) -> tuple[Places, Row]:
        with jax.default_matmul_precision(program.precision):
            return jax.lax.scan(lambda now, own: _iteration(program, spec, now, own, ends, bounds), places, settings)

    return cast(Advance, jax.jit(advance, donate_argnums=1))


def make_places(program: TileProgram) -> Callable[..., Places]:
    """Compile places(spec, learner, running, keys uint32[M, 2]) -> places, of members before their first step."""

    def places(spec: Any, learner: Learner, running: Running | None, keys: jax.Array) -> Places:
        members, shape = len(keys), (len(keys), program.copies)
        first = jax.vmap(lambda key: jax.random.split(jax.random.fold_in(key, 0), program.copies))(keys)
        playing = InPlay(*jax.vmap(jax.vmap(partial(program.dynamics.reset, spec)))(first))
        if program.normalizing and running is not None:
            running, scaled = counted_first(program.normalizing, running, playing.observations)
            playing = playing._replace(scaled=scaled)
        window, none = (members, program.window), jnp.zeros(members, jnp.int32)
        nothing = jnp.zeros(shape, jnp.float32), jnp.zeros(shape, jnp.int32)
        ring = jnp.zeros(window, jnp.float32), jnp.zeros(window, jnp.int32)
        books = Books(*nothing, *ring, none, jnp.full(members, -jnp.inf, jnp.float32), none)
        yes = jnp.ones(members, bool)
        return Places(learner, running, playing, jnp.ones(shape, bool), books, keys, none, yes, ~yes, yes)

    return jax.jit(places)


def take_rows(places: Any, rows: jax.Array) -> Any:
    """Return those rows of every leaf."""
    return jax.tree.map(lambda leaf: leaf[rows], places)


def put_rows(places: Any, rows: jax.Array, others: Any) -> Any:
    """Return the places with others at those rows; a row beyond the last is left out."""
    return jax.tree.map(lambda leaf, other: leaf.at[rows].set(other, mode="drop"), places, others)


def _iteration(
    program: TileProgram, spec: Any, places: Places, settings: Hyperparameters, ends: Ends, bounds: Any
) -> tuple[Places, Row]:
    """Take one rollout and its update of every active member."""
    policy, steps = program.update.policy, program.steps * program.copies
    index = places.rollouts + 1  # 0 began the first episodes
    keys = jax.vmap(lambda key, of: jax.random.split(jax.random.fold_in(key, of), 3))(places.key, index)
    draw = jax.random.gumbel if policy.choices else jax.random.normal
    size = program.steps, program.copies, program.width
    noise = jax.vmap(lambda key: draw(key, size, jnp.float32))(keys[:, 0]).swapaxes(0, 1)
    orders = jax.vmap(lambda key: _orders(key, program.epochs, steps))(keys[:, 1])
    rollouts = RolloutProgram(policy, program.dynamics, program.normalizing)
    begun = places.playing, places.running
    (playing, running), collected = collect(rollouts, spec, places.learner.weights, begun, noise, keys[:, 2], bounds)
    rollout = _rollout(places, playing, collected, orders, settings)
    learner, statistics = jax.vmap(partial(update_member, program.update))(places.learner, rollout, settings)
    books, mean, deviation, length, ended = _counted(program, places.books, collected)
    finite = places.finite & _finite(collected, learner)
    full = books.episodes >= program.window
    better = full & (mean > books.best)
    books = books._replace(
        best=jnp.where(better, mean, books.best), best_steps=jnp.where(better, index, books.best_steps)
    )
    reached = full & (mean >= ends.threshold)
    given_up = full & (index - books.best_steps >= ends.patience)
    active = ~reached & ~given_up & finite & (index < ends.budget)
    after = Places(learner, running, playing, collected.over[-1], books, places.key, index, active, reached, finite)
    kept = jax.tree.map(partial(_where, places.active), after, places)
    count = jnp.minimum(books.episodes, program.window)
    told = Row(
        mean, deviation, length, count, statistics, *ended, places.active, kept.active, kept.reached, kept.finite
    )
    return kept, told


def _orders(key: jax.Array, epochs: int, steps: int) -> jax.Array:
    """Return a permutation of the steps for each epoch, int32[epochs, steps]."""
    return jax.vmap(lambda own: jax.random.permutation(own, steps))(jax.random.split(key, epochs))


def _rollout(
    places: Places, playing: InPlay, collected: Collected, orders: jax.Array, settings: Hyperparameters
) -> Rollout:
    """Return what each member collected, members in front."""
    rewards = collected.paid + settings.gamma[:, None] * collected.cut
    starts = jnp.roll(collected.over, 1, axis=0).at[0].set(places.starts)
    parts = (collected.observations, collected.actions, rewards, starts)
    observations, actions, rewards, starts = (part.swapaxes(0, 1) for part in parts)
    last = playing.observations if playing.scaled is None else playing.scaled
    return Rollout(observations, actions, rewards, starts, last, collected.over[-1], orders)


def _counted(program: TileProgram, books: Books, collected: Collected) -> tuple[Books, Any, Any, Any, tuple[Any, Any]]:
    """Keep the books of a rollout: books, the window's mean, deviation and mean length, and the episodes that ended."""
    over = collected.over  # [T, M, E]
    returns, lengths = _sums(books, collected.rewards, over)
    after = jnp.where(over[-1], 0.0, returns[-1]), jnp.where(over[-1], 0, lengths[-1])
    ended = jnp.where(over, returns, jnp.nan).swapaxes(0, 1), lengths.swapaxes(0, 1)
    mine = (part.swapaxes(0, 1).reshape(over.shape[1], -1) for part in (over, returns, lengths))
    kept = jax.vmap(partial(_ringed, program.window))(books.window_returns, books.window_lengths, books.episodes, *mine)
    ring, ring_lengths, episodes = kept
    count = jnp.minimum(episodes, program.window)
    there = jnp.arange(program.window) < count[:, None]
    number = jnp.maximum(count, 1)
    mean = jnp.where(there, ring, 0.0).sum(1) / number
    deviation = jnp.sqrt(jnp.where(there, (ring - mean[:, None]) ** 2, 0.0).sum(1) / number)
    length = jnp.where(there, ring_lengths, 0).sum(1) / number
    books = books._replace(
        returns=after[0], lengths=after[1], window_returns=ring, window_lengths=ring_lengths, episodes=episodes
    )
    return books, mean, deviation, length, ended


def _sums(books: Books, rewards: jax.Array, over: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return what each episode was paid and how long it was up to every step, [T, M, E] each."""
    begins = jnp.roll(over, 1, axis=0).at[0].set(False)
    paid = rewards.at[0].add(books.returns)
    steps = jnp.ones(over.shape, jnp.int32).at[0].add(books.lengths)

    def joined(before: Any, after: Any) -> Any:
        (begun, *sums), (begins, *more) = before, after
        return begun | begins, *(jnp.where(begins, b, a + b) for a, b in zip(sums, more, strict=True))

    _, returns, lengths = jax.lax.associative_scan(joined, (begins, paid, steps))
    return returns, lengths


def _ringed(
    window: int, returns: Any, lengths: Any, episodes: Any, over: Any, new_returns: Any, new_lengths: Any
) -> tuple[Any, Any, Any]:
    """Put the episodes that ended, in their order, into a member's rings of the last `window`."""
    rank, total = episodes + jnp.cumsum(over) - 1, episodes + over.sum()
    place = jnp.where(over & (rank >= total - window), rank % window, window)
    rings = (ring.at[place].set(new, mode="drop") for ring, new in ((returns, new_returns), (lengths, new_lengths)))
    return *rings, total.astype(jnp.int32)


def _finite(collected: Collected, learner: Learner) -> jax.Array:
    """Return bool[M], whether a member met nothing but finite numbers and has come to such."""
    shown = jnp.isfinite(collected.rewards).all((0, 2)) & jnp.isfinite(collected.observations).all((0, 2, 3))
    leaves = [jnp.isfinite(leaf).all(tuple(range(1, leaf.ndim))) for leaf in learner.weights.values()]
    return shown & jnp.stack(leaves).all(0)


def _where(active: jax.Array, new: jax.Array, old: jax.Array) -> jax.Array:
    return jnp.where(active.reshape(-1, *[1] * (new.ndim - 1)), new, old)
