"""`heredity check`."""

from contextlib import chdir
from pathlib import Path
from typing import Annotated

import typer

from heredity.cli.advice import again_after_a_change
from heredity.cli.options import DEFAULT_PARAMS, Params, population_text, project_of
from heredity.cli.twins import prove_twin
from heredity.errors import named, printable
from heredity.study.dialect import dropped_quotes
from heredity.study.load import read_params


def check(
    params: Params = DEFAULT_PARAMS,
    twin: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Prove an environment's twin instead: a Gymnasium id, or package.module:Id."),
    ] = None,
) -> None:
    """Say whether a study can run, without training anything, and what `dvc repro` would not notice."""
    if twin is None:
        _check_study(params)
    else:
        prove_twin(twin)


def _check_study(params: Path) -> None:
    from heredity.orchestration.dvc_yaml import undeclared
    from heredity.pipeline.checked import priced_study
    from heredity.pipeline.handouts import named_files, stale_stages
    from heredity.transfer.kinship import too_few_lineages

    text, project = read_params(params), project_of(params) or params.parent.resolve()
    with chdir(project_of(params) or Path.cwd()):  # the files that a study names lie where its stages run
        study, price = priced_study(text, params)
        used, stale = named_files(study), stale_stages(project)
    arms = f"{len(study.controlled)} with a control" if study.controlled else "no control"
    arms += f", {len(study.compare)} compared with another" if study.compare else ""
    shown = printable(str(params))
    can_run = f"{shown}: {study.study} can run: {population_text(study)}, {arms}"
    print("; ".join(filter(None, (can_run, too_few_lineages(study)))))
    print(price)
    if kept := [name for name in study.generations if study.keeps_arrays(name)]:
        print(f"the members of {named(kept)} are kept in one file of arrays each; heredity export writes their zips")
    if quotes := dropped_quotes(text):
        print(f"{shown}: {printable(quotes)}")
    for path in undeclared(used, project):
        where = printable(str(path.relative_to(project)))
        print(
            f"{where}: the study uses it, and study does not depend on it: name it in dvc.yaml, in "
            "the deps of study, or a change of it re-runs nothing"
        )
    if stale:
        changed = f"code or packages have changed since study ran, which concerns {named(stale)}"
        print(f"{changed}; type: {again_after_a_change(project)}")
