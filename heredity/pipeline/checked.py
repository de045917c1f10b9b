"""A study checked and decided in processes of their own: whoever asks for it loads nothing that trains."""

from pathlib import Path

from heredity.errors import within
from heredity.layout import Layout
from heredity.study.load import parse_study
from heredity.study.study import Study
from heredity.workers import ParallelMap, map_in_processes


def checked_study(text: str, path: str | Path, local_map: ParallelMap = map_in_processes) -> Study:
    """Return the text of a params.yaml as a study that can run. Raises StudyError as `priced_study` does."""
    return priced_study(text, path, local_map)[0]


def priced_study(text: str, path: str | Path, local_map: ParallelMap = map_in_processes) -> tuple[Study, str]:
    """Return the text of a params.yaml as a study that can run, and in a line what it takes at most.

    local_map: maps over a process of its own, which what is built may end, on this machine: it reads founders.
    Raises StudyError beginning with the path.
    """
    study = parse_study(text, path)
    with within(str(path)):
        (price,) = local_map(_check, [study])
    return study, price


def decided_study(study: Study, local_map: ParallelMap = map_in_processes) -> Study:
    """Return a study with every `auto` decided, as `resolved` decides it."""
    (decided,) = local_map(_decided, [study])
    return decided


def _check(study: Study) -> str:
    from heredity.pipeline.check import check_study
    from heredity.pipeline.expense import expected_expense

    return str(expected_expense(study, check_study(study), Layout()))


def _decided(study: Study) -> Study:
    from heredity.pipeline.resolve import resolved

    return resolved(study)
