"""What all stages share: where things lie, and how a stage ends."""

import logging
import sys
from collections.abc import Callable, Sequence
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

from heredity.errors import HeredityError, refused_by_system
from heredity.params import load_study

LINEAGE = Path("lineage")
REPORT = Path("report")
CHECKPOINTS = Path(".heredity/checkpoints")
"""Outside of DVC's outputs: what a stage that is interrupted goes on from."""

INTERRUPTED = 130
"""The exit code of a command that Ctrl-C ended."""

INTERRUPTED_MESSAGE = "interrupted; what was trained until the last checkpoint is kept; to go on:"


def run_stage(main: Callable[..., None]) -> None:
    """Call a stage's main(study, *names) with the command line's names; refusals are one line and exit code 2."""
    logging.basicConfig(format="%(message)s")
    try:
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


def call_stage(main: Callable[..., None], names: Sequence[str], **tools: Any) -> None:
    """Call main(study, *names), with those of the tools (such as `spread`) that it takes; both doors enter here."""
    parameters = signature(main).parameters
    wanted = [name for name, parameter in parameters.items() if parameter.kind is not Parameter.KEYWORD_ONLY][1:]
    if len(names) != len(wanted):
        usage = " ".join(f"<{name}>" for name in wanted)
        raise HeredityError(f"expected the arguments {usage or '(none)'}, got {' '.join(names) or '(none)'}")
    study = load_study(check=main.__globals__["__spec__"].name == "stages.study")
    for name in names:
        study.known(name)
    main(study, *names, **{tool: value for tool, value in tools.items() if tool in parameters})
