"""What `study` hands to the other stages: a file for each, stamped with code, packages and files that it is for."""

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter

from heredity.errors import StudyError, printable_lines, shortened
from heredity.files import new_directory, write_text
from heredity.layout import Layout
from heredity.pipeline.fingerprint import forget_sources, source_files
from heredity.pipeline.inputs.base import GenerationInput, StageInput
from heredity.pipeline.inputs.compare import CompareInput
from heredity.pipeline.inputs.confirm import ConfirmInput
from heredity.pipeline.inputs.continual import ContinualInput
from heredity.pipeline.inputs.control import ControlInput
from heredity.pipeline.inputs.evaluate import EvaluateInput
from heredity.pipeline.inputs.extend import ExtendInput
from heredity.pipeline.inputs.founders import FoundersInput
from heredity.pipeline.inputs.gate import GateInput
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.pipeline.inputs.report import ReportInput
from heredity.pipeline.inputs.train import TrainInput
from heredity.pipeline.stamp import changed, is_stale, model_files, named_modules, stamped
from heredity.reading import NAME, NAME_LENGTH, is_there, read_json, read_text, readable
from heredity.study.study import Study

OF_STUDY = (FoundersInput, CompareInput, ContinualInput, ReportInput)
OF_GENERATION = (InheritInput, TrainInput, EvaluateInput, ExtendInput, GateInput, ConfirmInput, ControlInput)


def handouts(study: Study, params: str) -> dict[tuple[str, str | None], StageInput]:
    """Return every stage's input by stage and generation, which is None for those of the whole study.

    study: resolved. params: the text of its params.yaml.
    """
    whole = (FoundersInput.of(study), CompareInput.of(study), ContinualInput.of(study))
    inputs: list[StageInput] = [*whole, ReportInput(study=study, params=printable_lines(params))]
    inputs += [kind.of(study, name) for name in study.generations for kind in OF_GENERATION]
    return {(given.stage, given.generation if isinstance(given, GenerationInput) else None): given for given in inputs}


def write_handouts(layout: Layout, inputs: Mapping[tuple[str, str | None], StageInput], name: str) -> None:
    """Replace the folder of hand-outs by these, each stamped; name: what the study is called, which is no input."""
    forget_sources()
    with new_directory(layout.handouts) as directory:
        write_text(directory / layout.study_name.name, f"{name}\n")
        for (stage, generation), given in inputs.items():
            path = layout.handout(stage, generation).relative_to(layout.handouts)
            write_text(directory / path, _written(given))


def read_study_name(layout: Layout) -> str:
    """Return what the study is called: W&B's project, and a part of Prefect's artifacts; "study" before it has run.

    Raises StudyError for a file that `write_handouts` has not written.
    """
    if not is_there(layout.study_name):
        return "study"
    with readable(layout.study_name, StudyError):
        name = read_text(layout.study_name, NAME_LENGTH + 1).removesuffix("\n")
        if not re.fullmatch(NAME, name):
            raise ValueError(f"expected the name of a study, got {shortened(name)}")
    return name


def named_files(study: Study) -> list[Path]:
    """Return the project's own files that environments, wrappers and models named by a study consist of."""
    given = handouts(study, "").values()
    modules = frozenset(module for each in given for module in named_modules(each.tasks()))
    models = {path for each in given for name in each.models() for path in model_files(name)}
    return [*source_files(modules), *sorted(models)]


def stale_stages(project: Path) -> list[str]:
    """Return the stages whose code or packages are no longer those that `study` handed out; none before it has run.

    What another version of heredity handed out, and this one cannot read, is of other code.
    """
    layout = Layout(project / "lineage")
    each = (
        (kind, path) for kind in (*OF_STUDY, *OF_GENERATION) for path in layout.handouts.glob(f"**/{kind.stage}.json")
    )
    return sorted({kind.stage for kind, path in each if _is_stale(path, kind)})


def _is_stale(path: Path, kind: type[StageInput]) -> bool:
    try:
        return is_stale(read_json(path, TypeAdapter(kind), StudyError, "what study hands out"))
    except StudyError:
        return True


def outdated_stages(study: Study, params: str, layout: Layout) -> list[str]:
    """Return the stages ("train@small") that would be handed something else now, by params.yaml, code or packages.

    study: resolved. params: the text of its params.yaml. The report, in which that text stands, is left out: a comment
    makes no result stale. None before `study` has run.
    """
    if not layout.handouts.is_dir():
        return []
    forget_sources()
    return [
        stage if generation is None else f"{stage}@{generation}"
        for (stage, generation), given in handouts(study, params).items()
        if not isinstance(given, ReportInput) and _differs(layout.handout(stage, generation), given)
    ]


def outdated_because(study: Study, params: str, layout: Layout) -> dict[str, list[str]]:
    """Return why stages ("train@small") would be handed something else now: "the code", "numpy 2.1 → 2.2", …

    study: resolved. params: the text of its params.yaml, in which a remark concerns the report alone and is no reason.
    What another version of heredity handed out, and this one cannot read, is of other code. None before `study` ran.
    """
    if not layout.handouts.is_dir():
        return {}
    forget_sources()
    reasons = {
        stage if generation is None else f"{stage}@{generation}": _reasons(layout.handout(stage, generation), given)
        for (stage, generation), given in handouts(study, params).items()
    }
    return {stage: each for stage, each in reasons.items() if each}


def _reasons(path: Path, given: StageInput) -> list[str]:
    try:
        before = read_json(path, TypeAdapter(type(given)), StudyError, "what study hands out")
    except StudyError:
        return ["the code"] if is_there(path) else ["it is new"]
    reasons = changed(before, "{name} {then} → {now}")
    if reasons or isinstance(given, ReportInput) or not _differs(path, given):
        return reasons
    return ["its numbers"]


def _differs(path: Path, given: StageInput) -> bool:
    try:
        return read_text(path) != _written(given)
    except (OSError, ValueError):
        return True


def _written(given: StageInput) -> str:
    return stamped(given).model_dump_json(indent=2) + "\n"
