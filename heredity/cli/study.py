"""`heredity check`."""

from pathlib import Path
from typing import Annotated

import typer

from heredity.study.load import read_params

Params = Annotated[Path, typer.Option(help="The study's file.")]


def check(params: Params = Path("params.yaml")) -> None:
    """Say whether a study can run, without training anything, and what `dvc repro` would not notice."""
    from heredity.agents.task import make_task
    from heredity.orchestration.dvc_yaml import undeclared
    from heredity.pipeline.check import checked_study
    from heredity.pipeline.fingerprint import source_files
    from heredity.pipeline.handouts import stale_stages
    from heredity.pipeline.stamp import named_modules

    study = checked_study(read_params(params), params)
    arms = f"{len(study.controlled)} with a control" if study.controlled else "no control"
    print(f"{params}: {study.study} can run: {len(study.generations)} generations of {study.population}, {arms}")
    project = params.resolve().parent
    named = named_modules(tuple(make_task(study, name) for name in study.generations))
    for path in undeclared(source_files(named), project):
        place = path.relative_to(project)
        print(
            f"{place}: the study's environments run it, and study does not depend on it: name it in dvc.yaml, in the "
            "deps of study, or an edit of it re-runs nothing"
        )
    if stale := stale_stages(project):
        print(f"code or packages have changed since study ran, which concerns {', '.join(stale)}; type: dvc repro")
