"""`heredity init`."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from heredity.cli.options import module_and_id
from heredity.errors import HeredityError, printable
from heredity.extras import require
from heredity.reading import LARGEST_RETURN
from heredity.study.load import read_params

USUAL = "CartPole-v1"
"""The environment of a study that names none."""


def init(
    directory: Annotated[Path, typer.Argument(help="Where the project is made; here, where left out.")] = Path(),
    env: Annotated[str | None, typer.Option(help="The environment: a Gymnasium id, or package.module:Id.")] = None,
    model: Annotated[
        Path | None, typer.Option("--from", metavar="MODEL.zip", help="A Stable-Baselines3 model to begin from.")
    ] = None,
    imports: Annotated[
        list[str] | None, typer.Option("--import", metavar="PACKAGE", help="What registers the environment.")
    ] = None,
    params: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A study that is written already, with its environments.")
    ] = None,
    threshold: Annotated[float | None, typer.Option(help="The return that counts as having learned it.")] = None,
    no_scm: Annotated[bool, typer.Option("--no-scm", help="Do without git.")] = False,
) -> None:
    """Make a project: a first study of one environment, what runs it, and git and DVC where they are not."""
    others = {"--env": env, "--from": model, "--import": imports or None, "--threshold": threshold}
    if params and (beside := [option for option, value in others.items() if value is not None]):
        raise HeredityError(f"--params: expected no {beside[0]} beside it, because the file says that; leave one out")
    if env is None and (model or imports):
        option = "--from" if model else "--import"
        raise HeredityError(f"{option}: expected the environment beside it, got none; add --env ID")
    if threshold is not None and not abs(threshold) <= LARGEST_RETURN:  # NaN is not
        raise HeredityError(f"--threshold: expected a number of at most {LARGEST_RETURN:g}, got {threshold}")
    for extra in ("dvc", "report"):  # without which `dvc repro` would stop at once
        require(extra)
    from heredity.cli.project.design import Wanted
    from heredity.cli.project.making import make_project

    text = read_params(params) if params else ""
    module, id = module_and_id(USUAL if env is None else env)
    modules = tuple(dict.fromkeys(filter(None, (*(imports or ()), module))))
    founder = None if model is None else model.expanduser().parent.resolve() / model.name
    project = directory.expanduser().resolve()
    wanted = Wanted(id, modules, threshold, founder, params=params, text=text)
    study = make_project(project, wanted, by_git=not no_scm)
    print(printable(f"{project}: made a project of {study.told}"))
    for line in filter(None, (study.empty, _other_python())):
        print(printable(line))
    there = "" if project == Path.cwd().resolve() else f"cd {shlex.quote(str(directory))} && "
    taking = f"about {max(2, round(study.seconds / 60))} minutes on two cores, " if study.seconds else ""
    print(printable(f"type: {there}dvc repro") + f"    ({taking}then see report/index.html)")


def _other_python() -> str:
    """Say what to type first where `python`, which the stages of dvc.yaml are run by, is another one than this."""
    python, prefix = shutil.which("python"), ""
    if python is not None:
        asked = [python, "-c", "import sys; print(sys.prefix)"]
        prefix = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    if prefix == sys.prefix:
        return ""
    return f"python is {python or 'not there'}, where stages need {sys.executable}; type first: {_activation()}"


def _activation() -> str:
    activate = Path(sys.prefix) / "bin" / "activate"
    if activate.is_file():
        return f". {shlex.quote(str(activate))}"
    return f'PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"'
