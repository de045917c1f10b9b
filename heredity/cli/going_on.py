"""`heredity continue`."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from heredity.cli.options import DEFAULT_LAYOUT, DEFAULT_PARAMS, Lineage, Params, module_and_id
from heredity.cli.project.graph import own_dependencies, with_dependencies
from heredity.errors import HeredityError, printable
from heredity.files import write_text
from heredity.layout import FOUNDERS, GRAPH, Layout
from heredity.reading import is_there, read_text
from heredity.study.load import read_params


def go_on(
    env: Annotated[str | None, typer.Option(help="The environment as it is now: an id, or package.module:Id.")] = None,
    generation: Annotated[
        str | None, typer.Option(help="Whose survivors; the last generation's where left out.")
    ] = None,
    at_most: Annotated[int, typer.Option(help="How many of each lineage, best first.")] = 1,
    params: Params = DEFAULT_PARAMS,
    root: Lineage = DEFAULT_LAYOUT.lineage,
) -> None:
    """Begin the study anew from its last survivors, on an environment that has changed."""
    if at_most < 1:
        raise HeredityError(f"--at-most: expected a positive number, got {at_most}")
    from heredity.pipeline.continuing import continuation, write_continuation

    other = None if env is None else module_and_id(env)
    begun = continuation(read_params(params), params, Layout(root), generation=generation, env=other, at_most=at_most)
    write_continuation(begun, params)
    _depend_on_founders(params.with_name(GRAPH.name))
    for name in begun.founders:
        print(printable(name))
    many = len(begun.founders)
    whom = f"{'this survivor' if many == 1 else f'these {many} survivors'} of {begun.generation}"
    print(printable(f"{params}: begins with {whom}; commit what is to be kept of its results, then type: dvc repro"))


def _depend_on_founders(graph: Path) -> None:
    """Let `study` depend on the folder of founders; in a dvc.yaml of another shape `heredity check` names them."""
    if not is_there(graph):
        return
    text = read_text(graph)
    with suppress(ValueError):
        named = own_dependencies(text)
        if FOUNDERS not in named:
            write_text(graph.resolve(), with_dependencies(text, [*named, FOUNDERS]))
