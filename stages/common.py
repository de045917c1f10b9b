"""What all stages share: where things lie, and how a stage ends."""

import logging
import sys
from collections.abc import Callable
from inspect import signature
from pathlib import Path

from heredity.errors import HeredityError
from heredity.params import Study, load_study

LINEAGE = Path("lineage")
REPORT = Path("report")


def run_stage(main: Callable[..., None]) -> None:
    """Call a stage's main(study, *names) with the command line's names; refusals are one line and exit code 2."""
    logging.basicConfig(format="%(message)s")
    wanted = list(signature(main).parameters)[1:]
    names = sys.argv[1:]
    try:
        if len(names) != len(wanted):
            usage = " ".join(f"<{name}>" for name in wanted)
            raise HeredityError(f"expected the arguments {usage or '(none)'}, got {' '.join(names) or '(none)'}")
        study = load_study(check=main.__module__ == "stages.study")
        for name in names:
            known(study, name)
        main(study, *names)
    except HeredityError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


def known(study: Study, generation: str) -> str:
    """Return the name of a generation. Raises HeredityError when the study has no such one."""
    if generation not in study.generations:
        raise HeredityError(f"expected a generation out of {', '.join(study.generations)}, got {generation!r}")
    return generation
