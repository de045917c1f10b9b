"""`heredity check`."""

from pathlib import Path
from typing import Annotated

import typer

from heredity.study.load import read_params

Params = Annotated[Path, typer.Option(help="The study's file.")]


def check(params: Params = Path("params.yaml")) -> None:
    """Say whether a study can run, without training anything, and what `dvc repro` would not notice."""
    from heredity.orchestration.dvc_yaml import undeclared
    from heredity.pipeline.check import checked_study
    from heredity.pipeline.handouts import named_files, stale_stages

    study = checked_study(read_params(params), params)
    arms = f"{len(study.controlled)} with a control" if study.controlled else "no control"
    print(f"{params}: {study.study} can run: {len(study.generations)} generations of {study.population}, {arms}")
    project = params.resolve().parent
    for path in undeclared(named_files(study), project):
        print(
            f"{path.relative_to(project)}: the study uses it, and study does not depend on it: name it in dvc.yaml, in "
            "the deps of study, or a change of it re-runs nothing"
        )
    if stale := stale_stages(project):
        print(f"code or packages have changed since study ran, which concerns {', '.join(stale)}; type: dvc repro")
