"""What the commands share: where a study and its results lie."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from heredity.cli.advice import again_after_a_change, project_standing
from heredity.errors import HeredityError, named, printable
from heredity.layout import PARAMS, Layout, nearest_project
from heredity.study.load import load_study, read_params
from heredity.study.paths import look_first_in
from heredity.study.study import Study


def project_of(params: Path) -> Path | None:
    """Return where `dvc repro` would run a study: the directory of the dvc.yaml at or above its file, or above here.

    A study's file may lie anywhere: the flow's --params puts it in place. None where there is no dvc.yaml.
    """
    return nearest_project(params.parent) or nearest_project(Path.cwd())


def with_its_modules(params: Path) -> Path:
    """Import a study's environments from where its stages do; without a project, from beside it and from here."""
    project = project_of(params)
    look_first_in(*([project] if project else (params.parent, Path.cwd())))
    return params


Params = Annotated[Path, typer.Option(help="The study's file.", callback=with_its_modules)]
Lineage = Annotated[Path, typer.Option("--root", help="Where the study's generations lie.")]
Report = Annotated[Path, typer.Option("--report-folder", help="Where the study's report lies.")]

DEFAULT_PARAMS, DEFAULT_LAYOUT = PARAMS, Layout()


def module_and_id(env: str) -> tuple[str, str]:
    """Return what `--env` names: the module that registers an environment, empty where none is said, and its id."""
    from heredity.agents.libraries import gymnasium_id

    module, _, id = gymnasium_id(env).rpartition(":")
    if not id:
        raise HeredityError(f"--env: expected a Gymnasium id, or package.module:Id, got {env!r}")
    return module, id


ASIDE = ("study", "report")
"""Stages without whose results all numbers are whole."""


def say_if_stale(params: Path, layout: Layout) -> None:
    """Say on stderr, in one line, where stored results are not what a study and its code would come to now.

    Nothing is built, and nothing is said where nobody can know: without what `study` has handed out.
    """
    from heredity.pipeline.handouts import outdated_stages

    try:
        if outdated := outdated_stages(resolved_study(params), read_params(params), layout):
            changed = f"{params}, the code or packages have changed since these results were made, which concerns"
            line = f"{changed} {named(outdated)}; type: {again_after_a_change(layout.project)}"
        else:
            line = _unfinished(layout)
    except (HeredityError, ModuleNotFoundError, SyntaxError) as error:
        line = f"whether {params} and the code are still those of these results cannot be said: {error}"
    if line:
        print(printable(line), file=sys.stderr)


def _unfinished(layout: Layout) -> str:
    """Say which stages' results are missing, or of what is not there any more; nothing without a project of DVC."""
    standing = project_standing(layout.project)
    if standing is None:
        return ""
    left, fetched = ([name for name in each if name not in ASIDE] for each in (standing.left, standing.fetched))
    if left:
        line = f"these results are not whole: of what is there now, {named(left)} have yet to run"
    elif fetched:
        line = f"these results are not whole: the files of {named(fetched)} are not here, which dvc.lock has"
    else:
        return ""
    return f"{line}; type: {standing.remedy}"


def population_text(study: Study) -> str:
    """Say how many generations of how many members a study has."""
    many = len(study.generations)
    lineages = f" in {study.lineages} lineages" if study.lineages > 1 else ""
    return f"{many} generation{'s' if many > 1 else ''} of {study.population}{lineages}"


def resolved_study(params: Path) -> Study:
    """Return a study that has run, its thresholds as numbers."""
    from heredity.pipeline.resolve import resolved

    return resolved(load_study(params))
