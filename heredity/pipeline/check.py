"""What only building things can tell: whether environments exist and the algorithm can take them."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import cast

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from heredity.agents.agent import Agent
from heredity.agents.algorithms import build, rollout_steps
from heredity.agents.boundary.closing import closed_after
from heredity.agents.boundary.global_generators import generators_kept
from heredity.agents.boundary.process_kept import process_kept
from heredity.agents.founders import read_founder
from heredity.agents.replay_buffer import pack_replay
from heredity.agents.task import Task, import_modules, make_task, played_task
from heredity.agents.twins.cuda import why_not_trained
from heredity.agents.twins.registry import why_no_twin
from heredity.errors import AgentError, GateError, StudyError, TaskError, within
from heredity.evaluation.successive_halving import rounds
from heredity.extras import require
from heredity.gate.candidates import fewest_episodes
from heredity.inheritance.mutation import mutated
from heredity.pipeline.check_environments import (
    refuse_too_few_places,
    refuse_too_many_copies,
    refuse_unlike_environments,
    warn_of_early_goals,
)
from heredity.pipeline.check_parents import refuse_ranking_by_play, refuse_unfit_parents
from heredity.pipeline.device_advice import device_advice
from heredity.pipeline.gate_advice import gate_advice
from heredity.pipeline.rehearsal import Rehearsal, play_copies, rehearsal_advice, rehearsed
from heredity.pipeline.resolve import decisions
from heredity.study.consistency import refuse_contradictions
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import on_cpu
from heredity.study.study import Generation, Study
from heredity.training.cohort.environments import why_not_envpool
from heredity.worker import acting

log = logging.getLogger(__name__)


def check_study(study: Study) -> dict[str, Rehearsal]:
    """Build every generation's task and algorithm once, small, and play for a moment; return what that showed.

    What can run and will not do what one hopes for is logged. Raises StudyError naming the key to mend, and
    HeredityError where an engine's packages are not installed.
    """
    founders, models, tasks = _founders(study), dict[str, BaseAlgorithm](), dict[str, Task]()
    rehearsals, on_gpu = dict[str, Rehearsal](), set[str]()
    for name in study.order():
        node, where = study.generations[name], f"generations.{name}"
        _check_episodes(where, study.population, node)
        refuse_too_many_copies(f"{where}.algorithm", node.algorithm, node)
        task, models[name], rehearsals[name] = _built(study, name, rehearsals)
        tasks[name] = replace(played_task(study, name), threshold=task.threshold)
        refuse_unlike_environments(study, name, task)
        if tasks[name] not in [each for other, each in tasks.items() if other != name]:
            refuse_too_few_places(study, name)
        if task.threshold is None:
            raise StudyError(
                f"{where}.threshold: expected a number, because {task.id} registers none, got nothing; "
                "write the return that counts as having learned the task"
            )
        on_gpu |= _check_engine(where, node, task) | _check_controls(study, name)
        try:
            mutated(node.inherit, node.algorithm, None, 0)
        except AgentError as error:
            raise StudyError(f"{where}.inherit.{error}") from None
        _check_replay(study, name, models[name])
        warn_of_early_goals(where, node.algorithm, models[name], task)
        refuse_unfit_parents(study, name, models, founders)
        refuse_ranking_by_play(study, name, models, founders)
        least = rollout_steps(node.algorithm)
        for key, steps in (("budget", node.budget), ("gate.extend_budget", node.gate.extension_steps or least)):
            if steps < least:
                raise StudyError(f"{where}.{key}: expected at least one rollout of {least} steps, got {steps}")
    refuse_contradictions(_with_thresholds(study, tasks))
    advice = gate_advice(study, tasks), rehearsal_advice(study, rehearsals), decisions(study), device_advice(on_gpu)
    for line in chain(*advice):
        log.warning("%s", line)
    return rehearsals


def _with_thresholds(study: Study, tasks: dict[str, Task]) -> Study:
    """Return a study with the thresholds that its environments register."""
    nodes = study.generations.items()
    looked_up = {name: node.model_copy(update={"threshold": tasks[name].threshold}) for name, node in nodes}
    return study.model_copy(update={"generations": looked_up})


def _founders(study: Study) -> dict[str, Agent]:
    """Read the models that a study begins from, by the keys that name them. Raises StudyError where one cannot be."""
    founders = {}
    for index, path in enumerate(study.founders):
        key = f"founders.{index}"
        try:
            founders[key] = read_founder(path)
        except AgentError as error:
            raise StudyError(f"{key}: expected a Stable-Baselines3 model, got {error}") from None
    return founders


def _check_controls(study: Study, generation: str) -> set[str]:
    """Refuse controls of a generation that learn otherwise than it does and cannot; return engines on a GPU."""
    node, on_gpu = study.generations[generation], set[str]()
    for control, arm in node.controls.items():
        where = f"controls.{control}"
        if arm.algorithm == node.algorithm:
            continue
        refuse_too_many_copies(f"{where}.algorithm", arm.algorithm, node)
        task = make_task(study, generation)
        acting(f"{where}: {task.id}")
        try:
            with process_kept(), generators_kept():
                model = build(arm.algorithm, task, 0, 0)
                if (envs := model.get_env()) is not None:
                    with closed_after(envs.close):
                        play_copies(model, task.id)
        except StudyError as error:
            raise StudyError(f"{where}.{error}") from None
        learning = {"algorithm": arm.algorithm, "inherit": InheritRule()}  # nobody's heirs
        on_gpu |= _check_engine(where, node.model_copy(update=learning), task)
        least, steps = rollout_steps(arm.algorithm), study.control_budget(generation, control)
        if steps < least:
            raise StudyError(f"{where}.budget: expected at least one rollout of {least} steps, got {steps}")
    return on_gpu


def _built(study: Study, generation: str, rehearsals: Mapping[str, Rehearsal]) -> tuple[Task, BaseAlgorithm, Rehearsal]:
    """Return a generation's task, an untrained model on it whose environments are closed again, and what it played.

    rehearsals: of the generations before; one that is alike is not played once more.
    """
    node = study.generations[generation]
    try:
        import_modules(node.imports)
    except TaskError as error:
        where = "" if node.imports == study.imports else f"generations.{generation}."
        raise StudyError(f"{where}{error}") from None
    try:
        import_modules(node.modules())  # those of the classes that its algorithm names
    except TaskError as error:
        raise StudyError(_placed(study, generation, f"algorithm: {str(error).removeprefix('import: ')}")) from None
    acting(f"generations.{generation}.env: {node.env.id}")
    alike = (name for name in rehearsals if _played(study.generations[name]) == _played(node))
    try:
        with process_kept(), generators_kept():
            task = make_task(study, generation)
            model = build(node.algorithm, task, 0, 0)
            with closed_after(cast(VecEnv, model.get_env()).close):
                name = next(alike, None)
                played = rehearsed(model, node.algorithm, task.id) if name is None else rehearsals[name]
    except TaskError as error:
        raise StudyError(f"generations.{generation}.env: {error}") from None
    except StudyError as error:
        raise StudyError(_placed(study, generation, str(error))) from None
    return task, model, played


def _played(node: Generation) -> tuple[object, ...]:
    """Return all that a rehearsal depends on."""
    return node.imports, node.env, node.algorithm


def _check_episodes(where: str, population: int, node: Generation) -> None:
    """Refuse fewer episodes than the gate's rule, or a race, needs."""
    played, fewest = node.evaluate, fewest_episodes(node.gate, population)
    if played.episodes < fewest:
        raise StudyError(
            f"{where}.evaluate.episodes: expected at least {fewest}, which rule {node.gate.rule} needs, "
            f"got {played.episodes}"
        )
    if played.select_episodes and played.finalists is not None:
        try:
            rounds(population, finalists=played.finalists, episodes=played.select_episodes)
        except GateError as error:
            raise StudyError(f"{where}.evaluate.select_episodes: {error}") from None


def _check_engine(where: str, node: Generation, task: Task) -> set[str]:
    """Refuse an engine that cannot train a task; return it, by its name, where it is to do so on a GPU."""
    engine, environments = node.train.engine, node.train.environments
    if engine == "sb3":
        return set() if on_cpu(node.train.device) else {engine}
    unfit = why_not_trained(node.algorithm, task, node.train, guided=node.inherit.guides)
    if engine == "cohort" and unfit:
        raise StudyError(f"{where}: train.engine: cohort {unfit}; write auto or sb3")
    if unfit is None:
        with within(f"{where}: engine cohort"):
            require("cohort")
    if environments == "envpool" and (reason := why_not_envpool(task)):
        raise StudyError(f"{where}: train.environments: envpool cannot make {task.id}: {reason}; write gymnasium")
    if environments == "jax" and (reason := why_no_twin(task)):
        raise StudyError(f"{where}: train.environments: jax cannot play {task.id}: {reason}; write auto")
    return set() if on_cpu(node.train.device) else {"sb3" if unfit else "cohort"}


def _check_replay(study: Study, generation: str, model: BaseAlgorithm) -> None:
    """Refuse a replay buffer that is to be kept where there is none, or none that can be stored."""
    node = study.generations[generation]
    kept = node.inherit.replay_buffer == "keep" or study.keeps_replay(generation)
    where = f"generations.{generation}.algorithm"
    try:
        if pack_replay(model) is not None or not kept:
            return
        reason = f"got {type(model).__name__}"
    except AgentError as error:
        if not kept:  # every checkpoint has it too
            raise StudyError(f"{where}: {error}") from None
        reason = str(error)
    raise StudyError(f"{where}: inherit.replay_buffer: keep expects a replay buffer, {reason}; write reset")


def _placed(study: Study, generation: str, message: str) -> str:
    """Say where the algorithm was written: in the study, or in the generation that overrides it."""
    shared = study.generations[generation].algorithm == study.algorithm
    return message if shared and "cannot take" not in message else f"generations.{generation}.{message}"
