"""Keeps dvc.lock true: what a flow did is recorded as `dvc repro` would have recorded it.

DVC is the only memo. One flow at a time writes to a project, behind one file lock; while a stage works, its paths are
marked busy in DVC's own way, so that a `dvc repro` started meanwhile refuses instead of writing over them.
"""

import json
import logging
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, chdir, contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any, Literal

import networkx as nx
from dvc.dvcfile import LOCK_FILE, Lockfile
from dvc.exceptions import DvcException
from dvc.lock import make_lock
from dvc.repo import Repo
from dvc.rwlock import RWLOCK_FILE, RWLOCK_LOCK, rwlock
from dvc.scm import SCMError
from dvc.stage import PipelineStage
from dvc.stage.cache import RunCacheNotFoundError

from heredity.errors import HeredityError, one_line, refused_by_system
from heredity.layout import APPROVALS, GRAPH, PARAMS, Layout
from heredity.lifetime import look_before_writing
from heredity.pipeline.claims import ClaimError, claimed
from heredity.pipeline.leftovers import READ_LINEAGE, clear_leftovers
from heredity.reading import read_bytes

logging.getLogger("dvc").setLevel(logging.WARNING)

Outcome = Literal["ran", "restored", "skipped"]


class DvcLockError(HeredityError):
    """The project cannot be recorded: it is busy, broken, or moved while a stage was at work."""


def flow_lock(project: Path) -> Path:
    """Return the file that whoever runs a project's flow has claimed."""
    return project / ".dvc" / "tmp" / "flow.lock"


class DvcLock:
    """The dvc.yaml and dvc.lock of one project, open for one flow; stages may be recorded from several threads."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self._threads = RLock()
        self._exits = ExitStack()

    def __enter__(self) -> "DvcLock":
        """Take the project's lock, and work in its directory, as DVC demands.

        Raises DvcLockError when another flow holds the lock, or this is no project that DVC can work on.
        """
        if not (self.project / ".dvc").is_dir():
            raise DvcLockError(f"{self.project}: expected a DVC project, got none; type: {_how_to_init(self.project)}")
        with ExitStack() as exits:
            try:
                exits.enter_context(claimed(flow_lock(self.project), "flow"))
            except ClaimError as error:
                raise DvcLockError(
                    f"{self.project}: another flow is at work on this project: {error}, or cancel it in the Prefect UI"
                ) from None
            except OSError as error:
                raise DvcLockError(refused_by_system(error, self.project)) from None
            refuse_odd_files(self.project)
            self._refuse_unreadable()
            exits.enter_context(chdir(self.project))
            self._exits = exits.pop_all()
        return self

    def _refuse_unreadable(self) -> None:
        """Refuse what DVC cannot open or read, before anything is done."""
        try:
            self.stages()
        except DvcLockError:
            raise
        except Exception as error:  # DVC lets through whatever its readers raise, of files nested too deep for one
            raise DvcLockError(f"{self.project}: DVC cannot read its files: {one_line(error)}") from None

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    def stages(self) -> tuple[str, ...]:
        """Return every stage of dvc.yaml, each after those it depends on."""
        with self._repo() as repo:
            after = nx.lexicographical_topological_sort(repo.index.graph.reverse(), key=str)
            return tuple(stage.name for stage in after if isinstance(stage, PipelineStage))

    def changed(self, stage: str) -> bool:
        """Whether `dvc repro` would have something to do for a stage."""
        with self._repo() as repo:
            return bool(repo.stage.load_one(name=stage).changed())

    def moved(self, stage: str) -> tuple[str, ...]:
        """Return the dependencies of a stage that are no longer as dvc.lock has them; none before it has run."""
        with self._repo() as repo:
            node = repo.stage.load_one(name=stage)
            return tuple(dep.def_path for dep in node.deps if dep.hash_info and dep.workspace_status())

    def record(self, stage: str, work: Callable[[str], None]) -> Outcome:
        """Bring one stage up to date: skip it, restore its outputs from DVC's cache, or do its `work` and commit it.

        work: called with the stage's command once its outputs are cleared; it may take hours, during
        which other stages can be recorded. Raises DvcLockError when the stage's dependencies moved meanwhile: then
        nothing is committed, and either door does the stage again.
        """
        with self._repo() as repo:
            if stage in READ_LINEAGE:  # here, because what a stage depends on may not move while it works
                clear_leftovers(Layout(self.project / Layout().lineage))
            node = repo.stage.load_one(name=stage)
            if not node.changed():
                return "skipped"
            with _busy(node):
                node.remove_outs()
                outcome = self._restore_or_work(node, work)
                node.save()
                node.commit()
                self._write_down(node)
                return outcome

    def _restore_or_work(self, node: Any, work: Callable[[str], None]) -> Outcome:
        try:
            node.repo.stage_cache.restore(node)
        except RunCacheNotFoundError:
            node.save_deps()
            with self._unlocked(node.repo):
                work(node.cmd if isinstance(node.cmd, str) else " && ".join(node.cmd))
            if moved := [dep.def_path for dep in node.deps if dep.workspace_status()]:
                raise DvcLockError(
                    f"{node.name}: expected {', '.join(moved)} to stay as it was while the stage ran, but it "
                    "changed; nothing was recorded, start again when it is settled"
                ) from None
            return "ran"
        return "restored"

    def _write_down(self, node: Any) -> None:
        """Write dvc.lock as `node.dump` would, but whole or not at all: DVC rewrites it in place, for many ms."""
        lock, draft = self.project / LOCK_FILE, Path(node.repo.tmp_dir) / LOCK_FILE
        draft.unlink(missing_ok=True)
        if lock.exists():  # a dump puts one stage's entry into what is there, so the draft begins as all of it
            shutil.copy(lock, draft)
        _Draft(node.repo, draft).dump(node)
        look_before_writing()
        draft.replace(lock)

    @contextmanager
    def _repo(self) -> Iterator[Any]:
        """Yield DVC's view of the project, locked against other threads and other DVC processes."""
        with self._threads:
            try:
                with Repo(str(self.project), _wait_for_lock=True) as repo, repo.lock, repo.scm_context(quiet=True):
                    _mend_marks(repo)
                    yield repo
            except SCMError as error:
                raise DvcLockError(
                    f"{self.project}: expected a git repository, which DVC was set up with, got none ({error}); type: "
                    "git init, or dvc config core.no_scm true to do without git"
                ) from error
            except DvcException as error:
                reason = " ".join(str(error).split())
                if LOCK_FILE in reason:
                    reason += f"; type: git checkout {LOCK_FILE}, or rm {LOCK_FILE}: DVC's cache has what it recorded"
                raise DvcLockError(f"{self.project}: {reason}") from error
            except OSError as error:
                raise DvcLockError(refused_by_system(error, self.project)) from error

    @contextmanager
    def _unlocked(self, repo: Any) -> Iterator[None]:
        """Let others in while a stage works; DVC waits for its lock to come back."""
        repo.lock.unlock()
        repo._reset()  # whatever DVC has cached of the graph and of dvc.lock may be another's work when it is back
        self._threads.release()
        try:
            yield
        finally:
            # In the order of `_repo`: whoever took DVC's lock first would wait for a thread that waits for it.
            self._threads.acquire()
            repo.lock.lock()


def stages_left(project: Path) -> list[str]:
    """Return the stages that `dvc repro` would run on what lies in a project now, each after those it depends on.

    Raises DvcLockError where DVC cannot say, as while it is at work.
    """
    refuse_odd_files(project)
    try:
        with Repo(str(project)) as repo, repo.lock:
            after = nx.lexicographical_topological_sort(repo.index.graph.reverse(), key=str)
            return [stage.name for stage in after if isinstance(stage, PipelineStage) and stage.changed()]
    except Exception as error:  # DVC lets through whatever its readers raise, of files nested too deep for one
        raise DvcLockError(one_line(error)) from error


def refuse_odd_files(project: Path) -> None:
    """Refuse a pipe or a device where a file of the study is to be: DVC would open it, and wait without end."""
    layout = Layout(project / Layout().lineage)
    files = [project / name for name in (GRAPH, LOCK_FILE, PARAMS, APPROVALS)]
    for folder in (layout.lineage, layout.handouts, project / layout.report):
        files += [Path(inside, name) for inside, _, names in os.walk(folder) for name in names]
    for path in files:
        with suppress(OSError):  # a link to nothing is for DVC to judge
            if not (stat.S_ISREG(mode := path.stat().st_mode) or stat.S_ISDIR(mode)):
                raise DvcLockError(f"{path}: expected a file, got a pipe or a device; remove it")


class _Draft(Lockfile):  # type: ignore[misc]
    """dvc.lock in another place, until it is whole."""

    relpath = LOCK_FILE  # by this name DVC speaks of it, and hands it to git where that is asked for


@contextmanager
def _busy(node: Any) -> Iterator[None]:
    """Mark a stage's dependencies as read and its outputs as written, as DVC does around a command."""
    repo = node.repo
    paths = [[item.fs_path for item in items] for items in (node.deps, node.outs)]
    with rwlock(repo.tmp_dir, repo.fs, " ".join(sys.argv), *paths, _hardlink(repo)):
        yield


def _how_to_init(project: Path) -> str:
    """Return what makes a DVC project of a directory, with the git repository that it is in or without one."""
    if (project / ".git").exists():
        return "dvc init"
    if any((parent / ".git").exists() for parent in project.parents):
        return "dvc init --subdir"
    return "git init, then dvc init; or without git: dvc init --no-scm"


def _hardlink(repo: Any) -> bool:
    return bool(repo.config["core"].get("hardlink_lock", False))


def _mend_marks(repo: Any) -> None:
    """Remove DVC's file of busy paths where a kill left half of it, which DVC would refuse from then on."""
    directory = Path(repo.tmp_dir)
    with make_lock(str(directory / RWLOCK_LOCK), tmp_dir=repo.tmp_dir, hardlink_lock=_hardlink(repo)):
        try:
            json.loads(read_bytes(directory / RWLOCK_FILE))
        except FileNotFoundError:
            return
        except (ValueError, RecursionError):
            (directory / RWLOCK_FILE).unlink()
