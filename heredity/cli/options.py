"""What the commands share: where a study and its results lie."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from heredity.layout import PARAMS, Layout, nearest_project
from heredity.study.load import load_study
from heredity.study.paths import look_first_in
from heredity.study.study import Study


def project_of(params: Path) -> Path | None:
    """Return where `dvc repro` would run a study: the directory of the dvc.yaml at or above its file, or above here.

    A study's file may lie anywhere: the flow's --params puts it in place. None where there is no dvc.yaml.
    """
    return nearest_project(params.parent) or nearest_project(Path.cwd())


def _with_its_modules(params: Path) -> Path:
    """Import a study's environments from where its stages do; without a project, from beside it and from here."""
    project = project_of(params)
    look_first_in(*([project] if project else (params.parent, Path.cwd())))
    return params


Params = Annotated[Path, typer.Option(help="The study's file.", callback=_with_its_modules)]
Lineage = Annotated[Path, typer.Option("--root", help="Where the study's generations lie.")]
Report = Annotated[Path, typer.Option("--report-folder", help="Where the study's report lies.")]

DEFAULT_PARAMS, DEFAULT_LAYOUT = PARAMS, Layout()


def resolved_study(params: Path) -> Study:
    """Return a study that has run, its thresholds as numbers; why its engine was chosen has been said then."""
    from heredity.pipeline import resolve

    resolve.log.setLevel(logging.ERROR)
    return resolve.resolved(load_study(params))
