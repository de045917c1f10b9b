"""What all stages share: where things lie, and how a stage ends."""

import logging
import sys
from collections.abc import Callable, Sequence
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

from heredity.errors import HeredityError
from heredity.params import Study, load_study

LINEAGE = Path("lineage")
REPORT = Path("report")


def run_stage(main: Callable[..., None]) -> None:
    """Call a stage's main(study, *names) with the command line's names; refusals are one line and exit code 2."""
    logging.basicConfig(format="%(message)s")
    try:
        call_stage(main, sys.argv[1:])
    except HeredityError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


def call_stage(main: Callable[..., None], names: Sequence[str], **tools: Any) -> None:
    """Call main(study, *names), with those of the tools (such as `spread`) that it takes; both doors enter here."""
    parameters = signature(main).parameters
    wanted = [name for name, parameter in parameters.items() if parameter.kind is not Parameter.KEYWORD_ONLY][1:]
    if len(names) != len(wanted):
        usage = " ".join(f"<{name}>" for name in wanted)
        raise HeredityError(f"expected the arguments {usage or '(none)'}, got {' '.join(names) or '(none)'}")
    study = load_study(check=main.__globals__["__spec__"].name == "stages.study")
    for name in names:
        known(study, name)
    main(study, *names, **{tool: value for tool, value in tools.items() if tool in parameters})


def known(study: Study, generation: str) -> str:
    """Return the name of a generation. Raises HeredityError when the study has no such one."""
    if generation not in study.generations:
        raise HeredityError(f"expected a generation out of {', '.join(study.generations)}, got {generation!r}")
    return generation
