"""How the results of a project stand: here, kept somewhere else, or yet to be made; and so which command helps.

A stage whose results dvc.lock has, of what it depends on now, needs not run: its files are fetched. What it depends on
and is missing, in whole or in part, is another's result and says nothing; what is whole and differs makes it run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx
from dvc.repo import Repo
from dvc.stage import PipelineStage

from heredity.errors import one_line
from heredity.orchestration.dvc_lock import DvcLockError, refuse_odd_files

MODIFIED = "modified"

HANDING_OUT = "study"
"""A stage whose results mostly come out as they were, whatever makes it run."""


@dataclass(frozen=True)
class Standing:
    """Stages whose results are not here as they should be, each after those that it depends on.

    cached: DVC's cache has them. elsewhere: dvc.lock has them, and no file of theirs is on this machine. left: they
    have yet to run. has_remote: whether the project names a place to pull from.
    """

    cached: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    has_remote: bool = False

    @property
    def fetched(self) -> tuple[str, ...]:
        """The stages whose results need not be made."""
        return (*self.cached, *self.elsewhere)

    @property
    def remedy(self) -> str:
        """What to type; empty where nothing is amiss."""
        if self.elsewhere and not self.has_remote:
            return "dvc repro, which makes them anew; or dvc remote add -d store PLACE, then dvc pull, where they lie"
        fetching = ["dvc pull"] if self.elsewhere else ["dvc checkout"] if self.cached else []
        return ", then ".join([*fetching, *(["dvc repro"] if self.left else [])])


def standing_of(project: Path) -> Standing:
    """Return how the results of a project stand. Raises DvcLockError where DVC cannot say, as while it is at work."""
    refuse_odd_files(project)
    stood: dict[str, list[str]] = {"cached": [], "elsewhere": [], "left": []}
    gone, unmade = list[Path](), list[Path]()
    try:
        with Repo(str(project)) as repo, repo.lock:
            for stage in nx.lexicographical_topological_sort(repo.index.graph.reverse(), key=str):
                if not isinstance(stage, PipelineStage) or not (how := _how(stage, gone, unmade)):
                    continue
                stood[how].append(stage.name)
                if how != "left" or stage.name == HANDING_OUT:
                    gone += [Path(out.fs_path) for out in stage.outs]
                else:
                    unmade += [Path(out.fs_path) for out in stage.outs if not out.exists]
            has_remote = bool(repo.config["remote"])
    except Exception as error:  # DVC lets through whatever its readers raise, of files nested too deep for one
        raise DvcLockError(one_line(error)) from error
    return Standing(**{how: tuple(names) for how, names in stood.items()}, has_remote=has_remote)


def _how(stage: Any, gone: Sequence[Path], unmade: Sequence[Path]) -> str | None:
    """Return how the results of one stage stand; None where they are here.

    gone: results of the stages before it that are not as they should be, and need not be made. unmade: those missing
    that have to be.
    """
    if any(path.is_relative_to(dep.fs_path) for path in unmade for dep in stage.deps):
        return "left"
    whole = [dep for dep in stage.deps if not any(path.is_relative_to(dep.fs_path) for path in gone)]
    found = [status for dep in whole for status in dep.workspace_status().values()]
    statuses = {status if isinstance(status, str) else MODIFIED for status in found}  # of params one for each key
    if statuses - {"deleted"} or stage.changed_stage() or not all(out.hash_info for out in stage.outs):
        return "left"
    astray = [out for out in stage.outs if out.workspace_status()]
    if not astray:
        return None
    if not all(out.use_cache for out in astray):  # which git keeps
        return "left"
    return "elsewhere" if any(out.changed_cache() for out in astray) else "cached"
