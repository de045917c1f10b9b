"""How a stage is called, by either door, and how it ends: with its own input and nothing else of the study."""

import logging
import sys
from collections.abc import Callable, Sequence
from inspect import signature
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from heredity.errors import HeredityError, StudyError, refused_by_system
from heredity.extras import missing_extras_named
from heredity.layout import Layout
from heredity.pipeline.inputs.base import GenerationInput, StageInput
from heredity.pipeline.leftovers import READ_LINEAGE, clear_leftovers
from heredity.pipeline.shortages import shortages_named
from heredity.pipeline.stamp import refuse_stale
from heredity.pipeline.surroundings import enter
from heredity.reading import read_json

Given = TypeVar("Given", bound=StageInput)

INTERRUPTED = 130
"""The exit code of a command that Ctrl-C ended."""

INTERRUPTED_MESSAGE = "interrupted; what was trained until the last checkpoint is kept; to go on:"


def run_stage(main: Callable[..., None]) -> None:
    """Call a stage with the command line's names; refusals are one line and exit code 2."""
    enter()
    logging.basicConfig(format="%(message)s")
    try:
        with missing_extras_named():
            call_stage(main, sys.argv[1:])
    except HeredityError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        remedy = "mend that and start again: dvc repro goes on from the last checkpoint"
        print(f"error: {refused_by_system(error, Path.cwd())}; {remedy}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print(f"{INTERRUPTED_MESSAGE} dvc repro", file=sys.stderr)
        sys.exit(INTERRUPTED)


@shortages_named()
def call_stage(main: Callable[..., None], names: Sequence[str], **tools: Any) -> None:
    """Call main with the input that the names point at, and those of the tools (such as `parallel_map`) it takes.

    A main whose first parameter is no StageInput makes the inputs of the others, and is given none.
    Raises HeredityError for names that no input has, and for an input that is for other code than is here.
    """
    parameters = signature(main).parameters
    kind = next((each.annotation for each in parameters.values()), None)
    wanted = {name: tool for name, tool in tools.items() if name in parameters}
    if not (isinstance(kind, type) and issubclass(kind, StageInput)):
        _refuse_names(names, ())
        main(**wanted)
        return
    layout = Layout()
    given = read_input(
        kind, layout, *_refuse_names(names, ("generation",) if issubclass(kind, GenerationInput) else ())
    )
    refuse_stale(given)
    if given.stage in READ_LINEAGE:
        clear_leftovers(layout)
    main(given, **wanted)


def read_input(kind: type[Given], layout: Layout, generation: str | None = None) -> Given:
    """Return what a stage is given. Raises StudyError for a generation that the study does not have."""
    path = layout.handout(kind.stage, generation)
    if generation is not None and not path.is_file():
        generations = sorted(each.parent.name for each in layout.handouts.glob(f"*/{path.name}"))
        raise StudyError(f"expected a generation out of {', '.join(generations) or '(none)'}, got {generation!r}")
    return read_json(path, TypeAdapter(kind), StudyError, "what study hands out", "; type: dvc repro study")


def _refuse_names(names: Sequence[str], wanted: Sequence[str]) -> Sequence[str]:
    if len(names) != len(wanted):
        usage = " ".join(f"<{name}>" for name in wanted)
        raise HeredityError(f"expected the arguments {usage or '(none)'}, got {' '.join(names) or '(none)'}")
    return names
