"""What the flows of one study share while they run: the project, its ledger, the executor, and whose turn it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Semaphore

from flows import project_root
from flows.executors import Executor, Kind, open_executor
from flows.ledger import Ledger
from heredity.errors import HeredityError
from heredity.workers import environment

_current: ContextVar["Room | None"] = ContextVar("room", default=None)


@dataclass
class Room:
    """One project, open for one flow run and the runs below it."""

    ledger: Ledger
    executor: Executor
    slots: Semaphore
    """One per shard that may be computed at a time."""
    turn: Lock = field(default_factory=Lock)
    """Held by the one stage whose own code runs: libraries draw from random generators that threads share."""
    gates: Lock = field(default_factory=Lock)
    """Held while a gate is recorded or an answer is written, so that approvals.yaml stays put below a gate."""
    visited: set[str] = field(default_factory=set)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let other stages' code run while this one waits for its shards."""
        self.turn.release()
        try:
            yield
        finally:
            self.turn.acquire()


def room() -> Room:
    """Return the room of the running flow. Raises HeredityError outside of one."""
    if current := _current.get():
        return current
    raise HeredityError("expected to run inside a flow; type: python -m flows.study")


@contextmanager
def entered(project: str | None, executor: Kind, address: str | None) -> Iterator[Room]:
    """Yield the room of the flow above, or open one and work in its project directory until the block ends."""
    if current := _current.get():
        yield current
        return
    root = _existing(project)
    quiet = environment({"TTY_COMPATIBLE": "0"})  # several stages at once would draw over each other
    with quiet, Ledger(root) as ledger, open_executor(executor, address) as computing:
        opened = Room(ledger, computing, Semaphore(computing.size))
        token = _current.set(opened)
        try:
            yield opened
        finally:
            _current.reset(token)


def _existing(project: str | None) -> Path:
    root = Path(project).expanduser().resolve() if project else project_root()
    if not (root / "dvc.yaml").exists():
        raise HeredityError(f"project: expected a directory with a dvc.yaml, got {root}")
    return root
