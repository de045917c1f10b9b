"""What the commands share: where a study and its results lie."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from heredity.layout import PARAMS, Layout
from heredity.study.load import load_study
from heredity.study.study import Study

Params = Annotated[Path, typer.Option(help="The study's file.")]
Lineage = Annotated[Path, typer.Option("--root", help="Where the study's generations lie.")]
Report = Annotated[Path, typer.Option("--report-folder", help="Where the study's report lies.")]

DEFAULT_PARAMS, DEFAULT_LAYOUT = PARAMS, Layout()


def resolved_study(params: Path) -> Study:
    """Return a study that has run, its thresholds as numbers; why its engine was chosen has been said then."""
    from heredity.pipeline import resolve

    resolve.log.setLevel(logging.ERROR)
    return resolve.resolved(load_study(params))
