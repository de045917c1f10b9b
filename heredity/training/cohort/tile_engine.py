"""The loop of the cohort engine on a GPU: a tile of members learns as one program, and who is done makes room.

The device is not waited for: while it computes some iterations, the host reads what those before told, takes out who was
done by then, and puts in who waits. A place stays as it is for that long at most.
"""

from collections import deque
from collections.abc import Sequence
from functools import cache
from math import ceil, inf
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

import gymnasium
import jax
import numpy as np
import optax
from stable_baselines3 import PPO

from heredity.agents.stack import Stack
from heredity.agents.task import task_spaces
from heredity.agents.twins.registry import make_twin
from heredity.errors import TaskError
from heredity.evaluation.members_on_twin import play_members
from heredity.seeds import seed_integers
from heredity.training.cohort.joined import JoinedPolicy
from heredity.training.cohort.kinds import Kind, kinds_of, settings_of
from heredity.training.cohort.occupants import Occupant, Told
from heredity.training.cohort.tile import Ends, Places, Row, TileProgram, make_advance, make_places, put, take
from heredity.training.cohort.update import Learner, Program
from heredity.training.curves import CurveRow, curve_row
from heredity.training.history import pack_history
from heredity.training.progress import OnProgress, Progress
from heredity.training.shard import Shard, Trained
from heredity.training.snapshot import segment_seeds

Array = np.ndarray[Any, Any]
Seats = Sequence[int | None]
"""Of every place of a tile, which member has it."""

ITERATIONS = 2
"""Of one call: enough for the host to read what the call before told, few enough that who is done makes room soon."""

BLOCK = 64
"""Members that are put in or taken out by one call; what it lacks of them goes nowhere."""

PRECISION = "highest"
"""Of matrix products: float32, so that an update is `PPO.train()`'s to 1e-5."""

_advance, _places = cache(make_advance), cache(make_places)
_put, _take = jax.jit(put, donate_argnums=0), jax.jit(take)


def train_tile(shard: Shard, report: OnProgress, checkpoints: Path | None) -> list[Trained]:
    """Train every member of a shard from its initial agent until its threshold or its budget, `train.shard` at once."""
    began, training = process_time(), _Training(shard, report)
    training.run()
    return training.trained(process_time() - began)


class _Left(NamedTuple):
    """Members that are done, and what the device was asked for of them."""

    members: list[int]
    learner: Learner


class _Training:
    """learners: of every member, as it began and, once it is done, as it ended."""

    def __init__(self, shard: Shard, report: OnProgress) -> None:
        """Build the program, and let every member play before it learns."""
        self.shard, self.report, self.tile = shard, report, shard.train.shard
        self.kinds, self.twin = kinds_of(shard), make_twin(shard.task)
        self.program, self.bounds = _program(shard, self.kinds[0].model), _bounds(shard)
        stack = Stack.of({member.name: member.initial for member in shard.members})
        self.learners = _learners(stack)
        curves = _zero_shot(shard, stack, self.program)
        everyone = zip(shard.members, self.kinds, curves, strict=True)
        self.occupants = [Occupant(member, kind, [row]) for member, kind, row in everyone]
        for occupant in self.occupants:
            self._say(occupant, occupant.curve)

    def run(self) -> None:
        """Let every member learn."""
        places, waiting = self._empty(), deque(range(len(self.occupants)))
        seats: list[int | None] = [None] * self.tile
        before, left = None, list[_Left]()
        while waiting or before or left or any(seat is not None for seat in seats):
            places, now = self._seated(places, seats, waiting), None
            if any(seat is not None for seat in seats):
                places, row = self._launched(places, seats)
                now = row, list(seats)
            for each in left:
                self._keep(*each)
            done = self._read(*before) if before else []
            left = [self._take_out(places, seats, done[first : first + BLOCK]) for first in range(0, len(done), BLOCK)]
            before = now

    def trained(self, core_seconds: float) -> list[Trained]:
        """Return the results; what training took is shared by steps."""
        share = core_seconds / max(sum(each.rollouts for each in self.occupants), 1)
        results: dict[str, Trained] = {}
        for kind in dict.fromkeys(self.kinds):
            rows = [m for m, own in enumerate(self.kinds) if own is kind]
            stack = self._stack(kind, rows)
            results |= {self.occupants[m].member.name: self._ended(self.occupants[m], stack, share) for m in rows}
        return [results[member.name] for member in self.shard.members]

    def _ended(self, occupant: Occupant, stack: Stack, share: float) -> Trained:
        member, curve = occupant.member, tuple(occupant.curve)
        self._say(occupant, curve[-1:], share * occupant.rollouts)
        agent = member.initial if occupant.failure else stack.agent(member.name)
        return Trained(
            member.name, agent, curve, curve[-1].env_steps, occupant.reached, occupant.failure,
            share * occupant.rollouts, None, pack_history(occupant.history),
        )  # fmt: skip

    def _stack(self, kind: Kind, rows: Sequence[int]) -> Stack:
        weights, adam = jax.tree.map(lambda leaf: leaf[rows], self.learners)
        occupants = [self.occupants[m] for m in rows]
        accounts = [kind.account(each.member, each.rollouts) for each in occupants]
        moments = adam.mu, adam.nu, adam.count.astype(np.float32)
        return Stack.like(kind.template(), [each.member.name for each in occupants], weights, moments, accounts)

    def _empty(self) -> Places:
        """Return a tile that nobody is in."""
        learner = jax.tree.map(lambda leaf: np.zeros((self.tile, *leaf.shape[1:]), leaf.dtype), self.learners)
        places = _places(self.program)(self.twin.spec, learner, np.zeros((self.tile, 2), np.uint32))
        return places._replace(active=np.zeros(self.tile, bool))

    def _seated(self, places: Places, seats: list[int | None], waiting: deque[int]) -> Places:
        """Put members that wait into the places that nobody has."""
        free = deque(place for place, seat in enumerate(seats) if seat is None)
        while free and waiting:
            pairs = [(free.popleft(), waiting.popleft()) for _ in range(min(len(free), len(waiting), BLOCK))]
            missing = BLOCK - len(pairs)
            members = [m for _, m in pairs] + [pairs[0][1]] * missing
            learner = jax.tree.map(lambda leaf: leaf[np.array(members)], self.learners)  # noqa: B023 (called at once)
            keys = np.stack([_key(self.shard.members[m].seed) for m in members])
            fresh = _places(self.program)(self.twin.spec, learner, keys)
            places = _put(places, np.array([place for place, _ in pairs] + [self.tile] * missing), fresh)
            for place, m in pairs:
                seats[place] = m
        return places

    def _launched(self, places: Places, seats: Seats) -> tuple[Places, Row]:
        """Let the device begin the next iterations."""
        occupants = [self.occupants[0 if m is None else m] for m in seats]
        settings = settings_of([each.kind for each in occupants], [each.launched for each in occupants], ITERATIONS)
        for m in seats:
            if m is not None:
                self.occupants[m].launched += ITERATIONS
        return _advance(self.program)(self.twin.spec, places, settings, _ends(self.shard, self.kinds[0]), self.bounds)

    def _read(self, row: Row, seats: Seats) -> list[tuple[int, int]]:
        """Read what iterations told of whoever was seated; return the places and members that are done by it."""
        told, done = Told(jax.tree.map(np.asarray, row)), []
        for place, m in enumerate(seats):
            if m is None or not (rows := told.read(occupant := self.occupants[m], place)):
                continue
            self._say(occupant, rows)
            if told.is_over(place):
                occupant.reached, occupant.failure = told.end(place, self.shard.task.id)
                done.append((place, m))
        return done

    def _take_out(self, places: Places, seats: list[int | None], done: Sequence[tuple[int, int]]) -> _Left:
        for place, _ in done:
            seats[place] = None
        rows = np.array([place for place, _ in done] + [done[0][0]] * (BLOCK - len(done)))
        return _Left([m for _, m in done], _take(places.learner, rows))

    def _keep(self, members: Sequence[int], learner: Learner) -> None:
        for mine, theirs in zip(jax.tree.leaves(self.learners), jax.tree.leaves(learner), strict=True):
            mine[members] = np.asarray(theirs)[: len(members)]

    def _say(self, occupant: Occupant, rows: Sequence[CurveRow], core_seconds: float | None = None) -> None:
        shard, last = self.shard, core_seconds is not None
        for row in rows:
            self.report(
                Progress(
                    shard.generation, shard.arm, occupant.member.name, shard.budget_steps, row, last, core_seconds
                )
            )


def _program(shard: Shard, model: PPO) -> TileProgram:
    space = task_spaces(shard.task)[1]
    policy = JoinedPolicy.of(space, model.policy.activation_fn.__name__)
    update = Program(policy, model.batch_size, model.normalize_advantage, model.target_kl is not None)
    width = sum(policy.choices) or int(np.prod(space.shape or ()))
    sizes = model.n_steps, model.n_envs, model.n_epochs, shard.train.window, width
    return TileProgram(update, make_twin(shard.task).dynamics, *sizes, PRECISION)


def _bounds(shard: Shard) -> tuple[Array, Array] | None:
    space = task_spaces(shard.task)[1]
    return (space.low, space.high) if isinstance(space, gymnasium.spaces.Box) else None


def _ends(shard: Shard, kind: Kind) -> Ends:
    train, threshold = shard.train, shard.task.threshold
    goal = np.float32(inf if train.until == "budget" or threshold is None else threshold)
    if goal < (threshold or goal):  # rounded down: a mean in float32 that reaches it would not reach the threshold
        goal = np.nextafter(goal, np.float32(inf))
    patience = np.iinfo(np.int32).max if train.patience_steps is None else ceil(train.patience_steps / kind.rollout_steps)
    return Ends(goal, np.int32(ceil(shard.budget_steps / kind.rollout_steps)), np.int32(patience))


def _learners(stack: Stack) -> Learner:
    """Return weights and Adam's state of every member, to be written into."""
    weights = {name: np.array(leaf, np.float32) for name, leaf in stack.weights.items()}
    nothing = {name: np.zeros_like(leaf) for name, leaf in weights.items()}
    first, second, steps = stack.adam or (nothing, nothing, np.zeros(len(stack.names)))
    moments = ({name: np.array(leaf, np.float32) for name, leaf in each.items()} for each in (first, second))
    return Learner(weights, optax.ScaleByAdamState(np.array(steps, np.int32), *moments))


def _zero_shot(shard: Shard, stack: Stack, program: TileProgram) -> list[CurveRow]:
    """Let every member play as it begins; return the untrained rows of their curves."""
    seeds = [seed_integers(seed_integers(member.seed, 3)[2], shard.zero_shot_episodes) for member in shard.members]
    played = play_members(
        stack.weights, program.update.policy, shard.task.unshaped(), np.array(seeds, np.int64), tile=shard.train.shard
    )
    rows = []
    for each in played:
        if isinstance(each, TaskError):
            raise each
        rows.append(curve_row(0, each.returns.tolist(), each.lengths.tolist(), []))
    return rows


def _key(seed: int) -> Array:
    return np.random.SeedSequence(segment_seeds(seed, 0)[1]).generate_state(2, np.uint32)
