"""A member between two segments of its training: all that the rest of it depends on, as bytes.

A training is a chain of segments. Each begins with new environments, which go on with the episodes under way, and ends
at the first update at or after a multiple of `train.checkpoint_steps`, or of ten of the longest episodes where that is
more: so the same bytes come out wherever it was interrupted, and little is played twice.
"""

import json
import zipfile
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from stable_baselines3.common.base_class import BaseAlgorithm

from heredity.agents.agent import Agent, pack, with_budget
from heredity.agents.archives import DAMAGED, pack_zip, unpack_zip
from heredity.agents.replay_buffer import pack_replay, unpack_replay
from heredity.errors import AgentError, HeredityError, one_line
from heredity.reading import opened, parse_json
from heredity.seeds import seed_integer, seed_integers
from heredity.study.sections import Algorithm
from heredity.training.curves import CurveRow
from heredity.training.history import History, pack_history
from heredity.training.shard import Member, Shard, Trained

COUNTERS = ("num_timesteps", "_n_updates", "_episode_num", "_n_calls")
"""What Stable-Baselines3 counts over a training, by attribute; not every algorithm has each."""

RECORD_FILE = "snapshot.json"
"""What of a packed snapshot is neither an agent nor arrays."""

COUNTED = "counted"
"""Beside an episode's return and length in a model's own books: that it is in the history already."""

BESIDE = ("replay", "carried", "history")
"""What of a snapshot is arrays, each in a file of its own."""

EPISODES = 10
"""A segment has room for so many of the longest episodes in every copy, so that at most a tenth is played again."""


@dataclass(frozen=True)
class _Record:
    """What of a snapshot is neither an agent nor arrays."""

    curve: tuple[CurveRow, ...]
    counters: dict[str, int]
    episodes: tuple[tuple[float, int, bool], ...]
    successes: tuple[float, ...]
    done: bool
    reached: bool
    failure: str | None
    core_seconds: float


RECORD = TypeAdapter(_Record)


@dataclass(frozen=True)
class Snapshot:
    """episodes: return and length of the last training episodes, and whether they are in the history already. history:
    of all training episodes, as `pack_history` packs it. done: whether the training is over.

    failure: what the member failed of, None where nothing went wrong. replay: an off-policy member's buffer. carried:
    the episodes under way, as `Carried` packs them, where training goes on.
    core_seconds: processor time so far, which no two trainings have in common.
    """

    agent: Agent
    curve: tuple[CurveRow, ...]
    counters: dict[str, int]
    episodes: tuple[tuple[float, int, bool], ...] = ()
    successes: tuple[float, ...] = ()
    done: bool = False
    reached: bool = False
    failure: str | None = None
    replay: bytes | None = None
    carried: bytes | None = None
    history: bytes | None = None
    core_seconds: float = field(default=0.0, compare=False)

    @classmethod
    def first(cls, member: Member) -> "Snapshot":
        """Return a member before its training."""
        return cls(member.initial, (), {}, replay=member.warm_start.replay)

    @classmethod
    def finished(cls, member: Trained) -> "Snapshot":
        """Return the end of a training that went well elsewhere; nothing goes on from it."""
        return cls(
            member.agent, member.curve, {"num_timesteps": member.env_steps}, done=True, reached=member.reached,
            replay=member.replay, history=member.history, core_seconds=member.core_seconds,
        )  # fmt: skip

    def trained(self, name: str) -> Trained:
        """Return the result of a training that ended here."""
        env_steps = self.curve[-1].env_steps if self.curve else 0
        return Trained(
            name, self.agent, self.curve, env_steps, self.reached, self.failure, self.core_seconds, self.replay,
            self.history,
        )  # fmt: skip

    def failed(self, error: Exception | str, curve: Sequence[CurveRow] = ()) -> "Snapshot":
        """Return the end of a member that failed when its curve was as far as `curve`."""
        reason = error if isinstance(error, str) else failure_of(error)
        return replace(self, done=True, failure=reason, curve=tuple(curve) or self.curve)

    def with_budget(self, budget_steps: int) -> "Snapshot":
        """Return the snapshot as it would be under another budget, that it has not come to the end of."""
        return replace(self, agent=with_budget(self.agent, self.env_steps, budget_steps)) if self.reached else self

    @property
    def ended_by_budget(self) -> bool:
        """Whether the training was over because its steps were, so that with more of them it would have gone on."""
        return self.done and not self.reached and self.failure is None

    @property
    def env_steps(self) -> int:
        """Environment steps taken so far."""
        return self.counters.get("num_timesteps", 0)


def failure_of(error: Exception) -> str:
    """Say in one line what a member failed of."""
    return str(error) if isinstance(error, HeredityError) else f"{type(error).__name__}: {one_line(error)}"


def take(
    model: BaseAlgorithm,
    algorithm: Algorithm,
    curve: Sequence[CurveRow],
    history: History,
    *,
    done: bool,
    reached: bool,
    keeps_replay: bool = False,
) -> Snapshot:
    """Return what there is of a model between two rollouts, and of its training so far.

    Its replay buffer is kept where training goes on, or where it is asked for.
    """
    return Snapshot(
        pack(model, algorithm),
        tuple(curve),
        {name: int(getattr(model, name)) for name in COUNTERS if hasattr(model, name)},
        tuple(
            (float(episode["r"]), int(episode["l"]), bool(episode.get(COUNTED)))
            for episode in model.ep_info_buffer or ()
        ),
        tuple(float(success) for success in model.ep_success_buffer or ()),
        done=done,
        reached=reached,
        replay=pack_replay(model) if keeps_replay or not done else None,
        history=pack_history(history),
    )


def restore(model: BaseAlgorithm, snapshot: Snapshot, shard: Shard) -> None:
    """Give a model that was built from the snapshot's agent its counters, episodes and replay buffer back.

    It keeps all episodes from now on, for a recorder to let go of.
    """
    for name, value in snapshot.counters.items():
        setattr(model, name, value)
    model._stats_window_size = window = shard.train.window
    model.ep_info_buffer = deque({"r": r, "l": length, COUNTED: counted} for r, length, counted in snapshot.episodes)
    model.ep_success_buffer = deque(snapshot.successes, maxlen=window)
    model._update_current_progress_remaining(snapshot.env_steps, shard.budget_steps)
    if snapshot.replay is not None:
        unpack_replay(snapshot.replay, model)


def segment_seeds(seed: int, env_steps: int) -> tuple[int, int]:
    """Return the seeds of model and environments for the segment of a member that begins after `env_steps`."""
    # By the steps and not by a count of segments: those are all that a snapshot has to know of what went before.
    model_seed, env_seed = seed_integers(seed_integer(seed, "segment", str(env_steps)) if env_steps else seed, 2)
    return model_seed, env_seed


def segment_steps(shard: Shard, longest: int) -> int:
    """Return the least steps of a segment in which no episode was, or could be, of more than `longest` steps."""
    return max(shard.train.checkpoint_steps, EPISODES * longest * shard.algorithm.n_envs)


def segment_over(begun_steps: int, env_steps: int, least_steps: int) -> bool:
    """Whether a segment that began after `begun_steps` ends here, being of about so many steps."""
    return env_steps // least_steps > begun_steps // least_steps


def pack_snapshot(snapshot: Snapshot) -> bytes:
    """Return a snapshot as a zip."""
    record = _Record(*(getattr(snapshot, each.name) for each in fields(_Record)))
    parts = {RECORD_FILE: json.dumps(asdict(record)).encode(), "model.zip": snapshot.agent.model}
    beside = {"normalizer": snapshot.agent.normalizer} | {part: getattr(snapshot, part) for part in BESIDE}
    return pack_zip(parts | {f"{part}.npz": content for part, content in beside.items() if content is not None})


def unpack_snapshot(content: bytes) -> Snapshot:
    """Return what `pack_snapshot` packed. Raises AgentError when it is something else."""
    parts = unpack_zip(content)
    try:
        record = vars(parse_json(parts[RECORD_FILE].decode(), RECORD))
        agent = Agent(parts["model.zip"], parts.get("normalizer.npz"))
    except (KeyError, TypeError, ValueError) as error:
        raise AgentError(f"expected a snapshot as heredity writes it, got {error}") from None
    beside: dict[str, Any] = {part: parts.get(f"{part}.npz") for part in BESIDE}
    return Snapshot(agent, **record, **beside)


def is_done(path: Path) -> bool:
    """Whether the member in a file of a packed snapshot has ended its training; its record alone is read.

    A file that is damaged, or is no such file, holds nothing that goes on.
    """
    try:
        # A zip finds its beginning behind whatever stands in front.
        with opened(path) as file, zipfile.ZipFile(file) as archive:
            return bool(json.loads(archive.read(RECORD_FILE))["done"])
    except (*DAMAGED, KeyError, TypeError):
        return True
