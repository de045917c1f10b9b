"""The code and the packages that a stage's input is for, and whether they are still those that are here."""

from heredity.agents.task import Task, entry_modules
from heredity.errors import HeredityError
from heredity.pipeline.fingerprint import NEUTRAL, Fingerprint, fingerprint, forget_sources
from heredity.pipeline.inputs.base import StageInput

RECIPES = "stages"


def stamped(given: StageInput) -> StageInput:
    """Return an input with the fingerprint of the code that its stage runs."""
    now = _fingerprint(given)
    return given.model_copy(update={"code": now.code, "packages": now.packages})


def is_stale(given: StageInput) -> bool:
    """Whether code or packages are not those that the input is for."""
    now = _fingerprint(given)
    return (now.code, now.packages) != (given.code, dict(given.packages))


def refuse_stale(given: StageInput) -> None:
    """Raise HeredityError where code or packages are not those that the input is for, naming what has changed."""
    forget_sources()
    now = _fingerprint(given)
    changes = [] if now.code == given.code else ["the code"]
    changes += [
        f"{name} ({given.packages.get(name, 'absent')} then, {now.packages.get(name, 'absent')} now)"
        for name in sorted({*now.packages, *given.packages})
        if now.packages.get(name) != given.packages.get(name)
    ]
    if changes:
        verb = "have" if len(changes) > 1 else "has"
        raise HeredityError(
            f"{given.stage}: {' and '.join(changes)} {verb} changed since study ran; "
            "type: dvc repro -f study, then dvc repro"
        )


def named_modules(tasks: tuple[Task, ...]) -> frozenset[str]:
    """Return the modules that define the environments and wrappers of some tasks."""
    return frozenset(module for task in tasks for module in entry_modules(task))


def _fingerprint(given: StageInput) -> Fingerprint:
    left_out = frozenset(name for name in NEUTRAL if name not in given.counts) | given.without()
    named = named_modules(given.tasks()) | given.providers()
    return fingerprint(f"{RECIPES}.{given.stage}", named=named, without=left_out)
