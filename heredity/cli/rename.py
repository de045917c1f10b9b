"""`heredity rename`."""

from pathlib import Path
from typing import Annotated

import typer

from heredity.cli.options import DEFAULT_PARAMS, Params
from heredity.errors import printable
from heredity.files import write_text
from heredity.gate.approval import read_answers
from heredity.layout import APPROVALS
from heredity.reading import is_there, read_text
from heredity.study.load import parse_study, read_params
from heredity.study.renaming import renamed
from heredity.study.yaml_edit import with_key_renamed


def rename(
    old: Annotated[str, typer.Argument(help="What a generation is called.")],
    new: Annotated[str, typer.Argument(help="What it is to be called.")],
    params: Params = DEFAULT_PARAMS,
) -> None:
    """Call a generation otherwise, wherever params.yaml names it; it keeps its seeds, and so its members."""
    text = renamed(read_params(params), old, new, str(params))
    answers = _answers(params.with_name(APPROVALS.name), old, new)
    for path, content in {**answers, params.resolve(): text}.items():  # params may be a link
        write_text(path, content)
    seeds = parse_study(text, params).seed_name(new)
    kept = f" and keeps its seeds (seed_name: {seeds})" if seeds != new else ""
    print(printable(f"{params}: {old} is called {new}{kept}; dvc repro takes its members from .heredity/members"))


def _answers(path: Path, old: str, new: str) -> dict[Path, str]:
    """Return what people answered at a generation's gate, under its new name, where they did."""
    if not is_there(path) or old not in read_answers(path):
        return {}
    return {path: with_key_renamed(read_text(path), (old,), new)}
