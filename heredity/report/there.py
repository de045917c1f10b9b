"""What of a study is there, generation by generation, where it has not come to its end or lies elsewhere in part."""

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path

from heredity.agents.kept import array_files, members_in
from heredity.errors import HeredityError
from heredity.evaluation.failures import read_failures
from heredity.gate.record import read_gate
from heredity.inheritance.pedigree import stored_births, why_ended
from heredity.layout import Layout
from heredity.reading import is_there
from heredity.study.study import Study

Part = tuple[str, str, bool, str]
"""The stage that makes it, what it is, whether it is there, and how many."""


def what_is_there(study: Study, layout: Layout, left: Collection[str] = ()) -> list[str]:
    """Return a line for every generation, and one for the comparison; none where nothing is missing.

    left: stages that have yet to run ("train@small"): what is there of theirs is of an earlier run. A generation that
    never came misses nothing. Files are looked at and not judged: one that is damaged is there.
    """
    lines, whole = [], True
    for name in study.order():
        ended = None
        with suppress(HeredityError):
            ended = why_ended(layout, name)
        if ended is not None:
            lines.append(f"{name} never came: {ended}")
            continue
        line, complete = _told(name, _of_generation(study, name, layout), left)
        lines, whole = [*lines, line], whole and complete
    line, complete = _told("comparison", _of_comparison(study, layout), left)
    return [] if whole and complete else [*lines, line]


def _told(name: str, parts: Iterator[Part], left: Collection[str]) -> tuple[str, bool]:
    """Return a line of parts, and whether all of them are there."""
    kinds: dict[str, list[str]] = {"": [], "of an earlier run: ": [], "not here: ": []}
    for stage, part, found, many in parts:
        kind = "not here: " if not found else "of an earlier run: " if stage in left else ""
        kinds[kind].append(f"{part}{many if found else ''}")
    told = "; ".join(f"{kind}{', '.join(those)}" for kind, those in kinds.items() if those)
    there = kinds[""] or kinds["of an earlier run: "]
    return f"{name}: {told if there else 'nothing is here'}", not kinds["not here: "]


def _of_generation(study: Study, generation: str, layout: Layout) -> Iterator[Part]:
    arm = layout.arm(generation, "inherited")
    births, gate = layout.pedigree(generation), layout.gate(generation)
    yield (
        f"inherit@{generation}",
        "heirs",
        is_there(births),
        _count(lambda: len(stored_births(layout, generation).heirs)),
    )
    failed = _count(lambda: len(read_failures(arm.training_failures)), " and {} that failed")
    trained = _count(lambda: len(members_in(arm.models)), f" ({{}}{failed})")
    yield f"train@{generation}", "trained models", bool(trained or array_files(arm.models)), trained
    yield f"train@{generation}", "learning curves", is_there(arm.curves), ""
    yield f"evaluate@{generation}", "evaluation", is_there(arm.evaluation), ""
    yield (
        f"gate@{generation}",
        "gate",
        is_there(gate),
        _count(lambda: len(read_gate(gate).survivors), " ({} may have heirs)", zero=True),
    )
    yield f"confirm@{generation}", "confirmation", is_there(layout.confirmation(generation)), ""
    for control in study.generations[generation].controls:
        yield f"control@{generation}", f"control {control}", is_there(layout.control(generation, control).curves), ""


def _of_comparison(study: Study, layout: Layout) -> Iterator[Part]:
    files: list[Path] = [layout.transfer, layout.spending, layout.metrics, layout.survival]
    files += [layout.contrasts] if study.compare else []
    files += [layout.continual] if study.continual else []
    for path in files:
        yield "continual" if path == layout.continual else "compare", path.name, is_there(path), ""


def _count(number: Callable[[], int], words: str = " ({})", *, zero: bool = False) -> str:
    """Return words with a number in them; none where a file does not tell it, or it is 0 and not asked for."""
    with suppress(HeredityError):
        if (counted := number()) or zero:
            return words.format(counted)
    return ""
