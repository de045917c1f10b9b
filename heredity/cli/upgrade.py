"""`heredity upgrade`."""

from collections.abc import Sequence
from contextlib import chdir, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from heredity.cli.options import resolved_study
from heredity.errors import HeredityError, named, printable
from heredity.extras import require
from heredity.layout import GRAPH, PARAMS, Layout, nearest_project
from heredity.study.load import read_params
from heredity.study.paths import look_first_in

if TYPE_CHECKING:  # which loads what trains
    from heredity.cli.project.upgrading import Upgrade

UNTOLD = ("study", "report")
"""Stages whose place in dvc.yaml changes no result."""


def upgrade(
    directory: Annotated[
        Path | None, typer.Argument(help="Of the project; the one that this is in, where left out.")
    ] = None,
) -> None:
    """Move a project to the installed version: its requirements, and the recipes that you have not changed."""
    require("dvc")
    from heredity.cli.project.upgrading import planned

    here = (directory or Path()).expanduser().resolve()
    plan = planned(here if directory else nearest_project(here) or here)
    left = _left(plan.project) if GRAPH.name in plan.files else None
    plan.put_in_place()
    for line in (*_changes(plan), *_runs_again(plan, left)):
        print(printable(line))


def _changes(plan: "Upgrade") -> list[str]:
    """Return what has changed and what has not, a line for each kind."""
    from heredity.cli.project.comparison import State
    from heredity.cli.project.differences import DIFF
    from heredity.cli.project.requirements import REQUIREMENTS

    versions = {"heredity": (plan.before, plan.now), **plan.requirements.moves}
    missing = [name for name in plan.of(State.REMOVED) if plan.recipes[name].is_news]
    kinds: dict[str, Sequence[str]] = {
        f"{REQUIREMENTS}: ": [f"{name} {old} → {new}" for name, (old, new) in versions.items() if old != new],
        f"{REQUIREMENTS}: left, because no such package is installed: ": plan.requirements.kept,
        "written anew: ": plan.of(State.WRITTEN),
        "new: ": plan.of(State.NEW),
        "removed, because heredity has it no more: ": plan.of(State.OBSOLETE),
        "yours now, because you have changed it and heredity has it no more: ": plan.of(State.ABANDONED),
        "left out, because you have removed it: ": missing,
        "removed, because nothing of it is left to take over: ": [DIFF] if DIFF in plan.removed else [],
        f"left, because you have changed it ({DIFF} says what heredity has otherwise): ": plan.differing,
    }
    done = "nothing to upgrade, all of it is of" if plan.is_nothing else "moved to"
    lines = [f"{kind}{', '.join(names)}" for kind, names in kinds.items() if names]
    if not plan.requirements.names_heredity:
        lines.append(f"{REQUIREMENTS}: names no heredity that could be moved; add a line: heredity=={plan.now}")
    return [f"{plan.project}: {done} heredity {plan.now}", *lines]


def _runs_again(plan: "Upgrade", left: set[str] | None) -> list[str]:
    """Return which stages run again and why, those of one reason on one line, and what to type.

    left: what DVC would have run before, where dvc.yaml is another one now, and None where that is not known.
    """
    if not Layout(plan.project / Layout().lineage).handouts.is_dir():
        return ["no stage has run here, or its results are elsewhere (dvc pull); type: dvc repro"]
    try:
        reasons = _reasons(plan.project)
    except (HeredityError, ModuleNotFoundError, SyntaxError) as error:
        return [f"which stages run again cannot be said: {error}"]
    if left is not None:
        others = (_left(plan.project) or set()) - left - reasons.keys() - {*UNTOLD}
        reasons |= {stage: ["dvc.yaml"] for stage in sorted(others)}
    from heredity.pipeline.stamp import FORCED

    is_seen = _is_seen(plan)
    stages: dict[str, list[str]] = {"what it depends on": ["study"]} if is_seen else {}
    for stage, why in reasons.items():
        stages.setdefault(", ".join(why), []).append(stage)
    lines = [f"runs again because of {why}: {named(names)}" for why, names in stages.items()]
    if reasons:
        lines.append("and what reads their results, where these come out otherwise")
    return [*lines, f"type: {'dvc repro' if is_seen else FORCED}"] if lines else []


def _reasons(project: Path) -> dict[str, list[str]]:
    """Return why stages would be handed something else than when `study` last ran."""
    from heredity.pipeline.handouts import outdated_because

    look_first_in(project)
    with chdir(project):  # the files that a study names lie where its stages run
        return outdated_because(resolved_study(PARAMS), read_params(PARAMS), Layout())


def _left(project: Path) -> set[str] | None:
    """Return the stages that DVC would run on what is there, None where it cannot say."""
    from heredity.orchestration.dvc_lock import stages_left

    with suppress(HeredityError):
        return set(stages_left(project))
    return None


def _is_seen(plan: "Upgrade") -> bool:
    """Whether DVC sees by itself that `study` is to run again."""
    from heredity.cli.project.requirements import REQUIREMENTS

    return any(name == REQUIREMENTS or name.startswith("stages/") for name in (*plan.files, *plan.removed))
