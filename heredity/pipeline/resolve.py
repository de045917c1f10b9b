"""A study with every `auto` decided: by fixed rules, never by timing nor by what this machine has."""

from collections import defaultdict

from heredity.agents.action_noise import NOISE, noise_of, with_noise_written
from heredity.agents.known_returns import known_returns
from heredity.agents.task import Task, make_task, played_task
from heredity.agents.twins.cuda import why_not_trained
from heredity.agents.twins.registry import why_no_twin
from heredity.errors import StudyError
from heredity.study.consistency import refuse_contradictions
from heredity.study.sections import Algorithm, ControlArm, Train
from heredity.study.study import Generation, Study
from heredity.worker import acting


def resolved(study: Study) -> Study:
    """Return a study whose thresholds are numbers, whose engines have a name and whose operators say what they do.

    Where an algorithm explores by noise, it says which; and it says what the environments' returns lie between. What of
    that somebody may not expect, `decisions` tells.

    Raises StudyError where an environment registers no threshold and the study states none, and for what contradicts
    the one that it registers: another one of a branch to compare with, a floor above it.
    """
    generations = {name: _resolved(study, name) for name in study.generations}
    decided = study.model_copy(update={"generations": generations})
    refuse_contradictions(decided)
    return decided


def decisions(study: Study) -> list[str]:
    """Return a line for each decision that whoever wrote the study may not expect, with whom it concerns."""
    said = defaultdict[str, list[str]](list)
    for name, node in study.generations.items():
        task = make_task(study, name)
        if reason := _why_not_cohort(node.algorithm, task, node.train, node.inherit.guides):
            said[f"engine sb3, because cohort {reason}"].append(name)
        if noise := _usual_noise(node.algorithm):
            said[noise].append(name)
        for control, arm in node.controls.items():
            if reason := _why_not_cohort(arm.algorithm, task, arm.train, None):
                said[f"engine sb3, because cohort {reason}"].append(f"{control} of {name}")
    return [f"{', '.join(places)}: {line}" for line, places in said.items()]


def _resolved(study: Study, generation: str) -> Generation:
    node, task = study.generations[generation], make_task(study, generation)
    acting(f"generations.{generation}.env: {task.id}")
    if task.threshold is None:
        raise StudyError(
            f"generations.{generation}.threshold: expected a number, because {task.id} registers none, got nothing; "
            "write the return that counts as having learned the task"
        )
    reason = _why_not_cohort(node.algorithm, task, node.train, node.inherit.guides)
    decided = {
        "threshold": float(task.threshold),
        "algorithm": with_noise_written(node.algorithm),
        "train": _train(node.train, reason, _environments(task)),
        "inherit": node.inherit.resolved(),
        "known_returns": known_returns(played_task(study, generation)),
        "controls": {name: _resolved_control(arm, task) for name, arm in node.controls.items()},
    }
    return node.model_copy(update=decided)


def _resolved_control(arm: ControlArm, task: Task) -> ControlArm:
    reason = _why_not_cohort(arm.algorithm, task, arm.train, None)
    learning = {
        "algorithm": with_noise_written(arm.algorithm),
        "train": _train(arm.train, reason, _environments(task)),
    }
    return arm.model_copy(update=learning)


def _why_not_cohort(algorithm: Algorithm, task: Task, train: Train, guided: str | None) -> str | None:
    """Return why `engine: auto` is not cohort; None where it is, or another word stands there."""
    return why_not_trained(algorithm, task, train, guided=guided) if train.engine == "auto" else None


def _usual_noise(algorithm: Algorithm) -> str | None:
    if algorithm.hyperparameters.keys() & set(NOISE) or not (noise := noise_of(algorithm)):
        return None
    usual = f"noise_type {noise.kind} with noise_std {noise.std:g}, which is usual for {algorithm.name}"
    return f"{usual}; write noise_type: none for none"


def _environments(task: Task) -> str:
    """Return what `environments: auto` is with engine cohort: the twin where there is one, else Gymnasium's own.

    EnvPool draws other episodes from a seed, so that whether it is installed may not decide a result.
    """
    return "gymnasium" if why_no_twin(task) else "jax"


def _train(train: Train, reason: str | None, environments: str) -> Train:
    """Return the section without `auto`: cohort where it trains the task, on `environments`."""
    engine = ("sb3" if reason else "cohort") if train.engine == "auto" else train.engine
    if engine == "sb3" or train.environments != "auto":
        environments = "gymnasium" if engine == "sb3" else train.environments
    return train.model_copy(update={"engine": engine, "environments": environments})
