"""The code, packages and files that a stage's input is for, and whether they are still those that are here."""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from heredity.agents.task import Task, entry_modules, find_spec
from heredity.agents.twins.registry import twin_modules
from heredity.agents.vecnormalize import statistics_places
from heredity.errors import HeredityError
from heredity.extras import CUDA_LIBRARIES
from heredity.layout import normalizer_path
from heredity.pipeline.fingerprint import NEUTRAL, fingerprint, forget_sources, installed_packages
from heredity.pipeline.inputs.base import StageInput
from heredity.pipeline.inputs.train import Training
from heredity.pipeline.sources import source_of
from heredity.study.sections import on_cpu

RECIPES = "stages"

FORCED = "dvc repro -f study, then dvc repro"
"""What helps where code or packages have changed, of which DVC sees what `study` depends on alone."""

ON_TWIN, ON_GPU = "heredity.evaluation.on_twin", "heredity.evaluation.tile_plays"
"""Play what has a twin, and what is played on a GPU, and nothing else."""

DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*(?:[.:][^\W\d]\w*)")
"""A name that a class may be found by: package.module.Class, or package.module:Class."""


def stamped(given: StageInput) -> StageInput:
    """Return an input with the fingerprint of the code that its stage runs, and the digests of files that it names."""
    left_out = frozenset(name for name in NEUTRAL if name not in given.counts) | given.without()
    named = named_modules(given.tasks()) | given.providers()
    now = fingerprint(f"{RECIPES}.{given.stage}", named=named, without=left_out | _unplayed(given.tasks()))
    files = {str(path): _content_digest(path) for name in given.models() for path in model_files(name)}
    return given.model_copy(update={"code": now.code, "packages": now.packages, "files": files})


def training_digest(training: Training) -> str:
    """Return one name for the code and packages that train members so, whatever else their stage does."""
    left_out = frozenset(NEUTRAL) | training.without()
    named = named_modules((training.task,)) | training.providers()
    now = fingerprint("heredity.training.engines", named=named, without=left_out | _unplayed((training.task,)))
    return StageInput(code=now.code, packages=now.packages).digest


def is_stale(given: StageInput) -> bool:
    """Whether code, packages or files are not those that the input is for."""
    return stamped(given) != given


def refuse_stale(given: StageInput) -> None:
    """Raise HeredityError where code, packages or files are not those of the input, naming what has changed."""
    forget_sources()
    changes = changed(given, "{name} ({then} then, {now} now)")
    if changes:
        verb = "have" if len(changes) > 1 else "has"
        raise HeredityError(f"{given.stage}: {' and '.join(changes)} {verb} changed since study ran; type: {FORCED}")


def changed(given: StageInput, package: str) -> list[str]:
    """Return what is no longer what an input is for: code, packages, files.

    package: how one is told, by its name, and its versions `then` and `now`.
    """
    current = stamped(given)
    packages = [
        package.format(name=name, then=given.packages.get(name, "absent"), now=current.packages.get(name, "absent"))
        for name in sorted({*current.packages, *given.packages})
        if current.packages.get(name) != given.packages.get(name)
    ]
    files = sorted({*current.files, *given.files})
    others = [name for name in files if current.files.get(name) != given.files.get(name)]
    return [*([] if current.code == given.code else ["the code"]), *packages, *others]


def _unplayed(tasks: tuple[Task, ...]) -> frozenset[str]:
    played = {ON_TWIN: any(task.twin for task in tasks), ON_GPU: any(not on_cpu(task.device) for task in tasks)}
    return frozenset(module for module, somebody in played.items() if not somebody)


def named_modules(tasks: tuple[Task, ...]) -> frozenset[str]:
    """Return the modules that define the environments and wrappers of some tasks, and classes that arguments name.

    What an id is registered with counts as what a study writes.
    """
    return frozenset(module for task in tasks for module in _modules(task))


def _modules(task: Task) -> list[str]:
    spec = find_spec(task.id, task.imports)
    wrappers = [wrapper.entry_point.partition(":")[0] for wrapper in spec.additional_wrappers]
    written = [task.kwargs, *(wrapper.kwargs for wrapper in task.wrappers)]
    registered = [spec.kwargs, *(wrapper.kwargs for wrapper in spec.additional_wrappers)]
    named = [_module(text) for text in _texts([*written, *registered]) if DOTTED.fullmatch(text)]
    twins = [*(twin_modules(task) if task.twin else []), *(() if on_cpu(task.device) else CUDA_LIBRARIES)]
    return [*entry_modules(task), *wrappers, *filter(None, named), *twins]


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts among arguments, however deep they lie."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)


def _module(text: str) -> str:
    """Return the module that a dotted name begins with: all of it, or all but the class; empty where nobody has one."""
    module = text.partition(":")[0] if ":" in text or source_of(text) else text.rpartition(".")[0]
    return module if source_of(module) or module.partition(".")[0] in installed_packages() else ""


def model_files(name: str) -> list[Path]:
    """Return the files that a model named by a study consists of: itself, and statistics beside it that are there."""
    model = Path(name)
    return [model, *(path for path in (normalizer_path(model), *statistics_places(model)) if path.is_file())]


def _content_digest(path: Path) -> str:
    """Return 16 hexadecimal digits over a file's content, "absent" where there is none."""
    return sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else "absent"
