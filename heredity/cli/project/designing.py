"""The study of one environment, looked up, written and tried out."""

from pathlib import Path

from heredity.agents.task import Task
from heredity.cli.options import population_text
from heredity.cli.project.algorithm import founders_algorithm, usual_algorithm
from heredity.cli.project.design import Design, Wanted
from heredity.cli.project.environment import Played, displays_named, play
from heredity.cli.project.params import filled_in, scalar
from heredity.cli.project.sizing import FROM_A_MODEL, FROM_NOTHING, Size, size_of
from heredity.errors import StudyError, within
from heredity.layout import PARAMS, Layout
from heredity.pipeline.check import check_study
from heredity.pipeline.expense import expected_expense
from heredity.pipeline.fingerprint import COMPUTING, fingerprint, installed_version, source_files
from heredity.pipeline.handouts import handouts, named_files
from heredity.pipeline.stamp import named_modules
from heredity.study.load import parse_study
from heredity.study.sections import Algorithm
from heredity.study.study import Study


def designed(wanted: Wanted) -> Design:
    """Return the study that was wanted. Raises HeredityError of one line where there can be no such study."""
    if wanted.params:
        return _given(wanted.text, wanted.params)
    played = play(wanted.id, wanted.imports)
    threshold = _threshold(wanted, played.task)
    shape, founder = FROM_NOTHING, dict[str, str]()
    if wanted.model is None:
        algorithm = usual_algorithm(played)
    else:
        shape, (algorithm, steps) = FROM_A_MODEL, founders_algorithm(wanted.model, played)
        took = f"; the founder took {steps}" if steps else ": raise it until members pass"
        founder = {"founder": scalar(wanted.founder), "steps": took}
    size = size_of(shape, played, threshold, algorithm)
    text = filled_in(wanted.templates[shape.template], wanted.name, played.task, threshold, algorithm, size, **founder)
    study = parse_study(text, PARAMS)
    with displays_named():
        check_study(study.model_copy(update={"founders": tuple(str(each) for each in (wanted.model,) if each)}))
    named = named_modules((played.task,))
    told, empty = _told(study, played.task, threshold, algorithm, size), _empty(played, threshold)
    return Design(text, tuple(source_files(named)), _packages(named), told, empty, size.seconds)


def _given(text: str, path: Path) -> Design:
    """Return a study that is written already, as it is."""
    study = parse_study(text, path)
    with within(str(path)), displays_named():
        expense = expected_expense(study, check_study(study), Layout())
    tasks = tuple(task for each in handouts(study, text).values() for task in each.tasks())
    told = f"{study.study}: {population_text(study)}; {expense}"
    return Design(text, tuple(named_files(study)), _packages(named_modules(tasks)), told, "", None)


def _threshold(wanted: Wanted, task: Task) -> float:
    threshold = task.threshold if wanted.threshold is None else wanted.threshold
    if threshold is None:
        raise StudyError(
            f"--threshold: expected a number, because {task.id} registers none, got nothing; add --threshold N, the "
            "return that counts as having learned the task"
        )
    return float(threshold)


def _empty(played: Played, threshold: float) -> str:
    """Say that whoever has learned nothing would pass, which no gate lets happen; nothing where nobody would."""
    if not played.random >= threshold:  # NaN is not
        return ""
    return (
        f"random play of {played.task.id} returned {played.random:.4g} on average, which is not below the threshold "
        f"{threshold:g}: the gate will refuse it; write a higher one, the return that counts as having learned the task"
    )


def _packages(named: frozenset[str]) -> dict[str, str]:
    """Return the versions of what computes in any study, and of what an environment comes from."""
    computing = {name: installed_version(name) for names in COMPUTING.values() for name in names}
    versions = {**computing, **fingerprint("heredity.training.engines", named=named).packages}
    return {name: version for name, version in sorted(versions.items()) if version}


def _told(study: Study, task: Task, threshold: float, algorithm: Algorithm, size: Size) -> str:
    wrapped = "".join(f" in {wrapper.name}" for wrapper in task.wrappers)
    lineages = "1 lineage" if study.lineages == 1 else f"{study.lineages} lineages"
    return (
        f"{task.id}{wrapped}, {lineages} of {study.population}, {algorithm.name} with {algorithm.policy}, threshold "
        f"{threshold:g}, {size.budget} steps per member"
    )
