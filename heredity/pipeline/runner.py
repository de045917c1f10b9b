"""How a stage is called, by either door, and how it ends: with its own input and nothing else of the study."""

import json
import logging
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from inspect import signature
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from heredity.errors import HeredityError, StudyError, refused_by_system, within
from heredity.extras import missing_extras_named
from heredity.layout import Layout
from heredity.lifetime import (
    INTERRUPTED,
    INTERRUPTED_MESSAGE,
    begin_stage,
    end_children,
    end_if_abandoned,
    leave_within,
    signalled,
    unwinding,
)
from heredity.pipeline.claims import claimed
from heredity.pipeline.inputs.base import GenerationInput, StageInput
from heredity.pipeline.leftovers import READ_LINEAGE, clear_leftovers
from heredity.pipeline.shortages import shortages_named
from heredity.pipeline.stage_times import item_teller, told_and_timed
from heredity.pipeline.stamp import refuse_stale
from heredity.pipeline.surroundings import enter
from heredity.reading import is_there, read_json, read_text
from heredity.worker import finish
from heredity.workers import items_told, kept_workers

Given = TypeVar("Given", bound=StageInput)

AGAIN = "; type: dvc repro study"

LAST_SECONDS = 5
"""How long a stage that is over may take to end, with the threads and exit handlers that others' code left in it."""


def run_stage(main: Callable[..., None]) -> None:
    """Call a stage with the command line's names; refusals are one line and exit code 2, signals one and 128 + n.

    A stage that is the program ends here, with whatever it has started and left behind.
    """
    enter()
    begin_stage()
    logging.basicConfig(format="%(message)s")
    is_program = main.__module__ == "__main__"
    with unwinding(f"{INTERRUPTED_MESSAGE} dvc repro"):
        code = _exit_code(main)
    if is_program:
        end_children()
        leave_within(LAST_SECONDS, code)
        finish(code)
    if code:
        sys.exit(code)


def _exit_code(main: Callable[..., None]) -> int:
    """Call a stage, and say in a line what stops it; of what comes of a signal, whoever answers it speaks."""
    try:
        with missing_extras_named():
            call_stage(main, sys.argv[1:])
    except HeredityError as error:
        line, code = f"error: {error}", 2
    except OSError as error:
        remedy = "mend that and start again: dvc repro goes on from the last checkpoint"
        line, code = f"error: {refused_by_system(error, Path.cwd())}; {remedy}", 2
    except KeyboardInterrupt:
        line, code = f"{INTERRUPTED_MESSAGE} dvc repro", INTERRUPTED
    else:
        return 0
    end_if_abandoned()
    if not signalled():
        print(line, file=sys.stderr)
    return code


@shortages_named()
def call_stage(main: Callable[..., None], names: Sequence[str], **tools: Any) -> None:
    """Call main with the input that the names point at, and those of the tools (such as `parallel_map`) it takes.

    A main whose first parameter is no StageInput makes the inputs of the others, and is given none.
    What it writes has one owner at a time, whichever door it comes by.
    Raises HeredityError for names that no input has, for an input that is for other code than is here, and where the
    stage is at work already.
    """
    parameters, layout = signature(main).parameters, Layout()
    kind = next((each.annotation for each in parameters.values()), None)
    wanted = {name: tool for name, tool in tools.items() if name in parameters}
    if not (isinstance(kind, type) and issubclass(kind, StageInput)):
        _refuse_names(names, ())
        with _at_work(layout, _recipe(main)), kept_workers():
            main(**wanted)
        return
    given = read_input(
        kind, layout, *_refuse_names(names, ("generation",) if issubclass(kind, GenerationInput) else ())
    )
    refuse_stale(given)
    with _at_work(layout, given.stage, *names):
        if given.stage in READ_LINEAGE:
            clear_leftovers(layout)
        name = "@".join((given.stage, *names))
        with told_and_timed(name, layout), items_told(item_teller(name)), kept_workers():
            main(given, **wanted)


def _at_work(layout: Layout, *names: str) -> AbstractContextManager[None]:
    return claimed(layout.lock(*names), " ".join(names))


def _recipe(main: Callable[..., None]) -> str:
    """Return the name of a recipe's module, which is `__main__` where it is the program."""
    spec = getattr(sys.modules.get(main.__module__), "__spec__", None)
    return spec.name.rpartition(".")[2] if spec else main.__module__


def read_input(kind: type[Given], layout: Layout, generation: str | None = None) -> Given:
    """Return what a stage is given. Raises StudyError for a generation that the study does not have."""
    path = layout.handout(kind.stage, generation)
    if generation is not None and not is_there(path):
        generations = sorted(each.parent.name for each in layout.handouts.glob(f"*/{path.name}"))
        raise StudyError(f"expected a generation out of {', '.join(generations) or '(none)'}, got {generation!r}")
    given = read_json(path, TypeAdapter(kind), StudyError, "what study hands out", AGAIN)
    if json.loads(read_text(path)) != json.loads(given.model_dump_json()):
        raise StudyError(f"{path}: expected what study hands out, got a file that lacks some of it{AGAIN}")
    if isinstance(given, GenerationInput) and given.generation != generation:
        raise StudyError(f"{path}: expected what study hands out for {generation}, got {given.generation}'s{AGAIN}")
    with within(str(path)):
        given.refuse_contradictions()
    return given


def _refuse_names(names: Sequence[str], wanted: Sequence[str]) -> Sequence[str]:
    if len(names) != len(wanted):
        usage = " ".join(f"<{name}>" for name in wanted)
        raise HeredityError(f"expected the arguments {usage or '(none)'}, got {' '.join(names) or '(none)'}")
    return names
