"""What a study will take at most: environment steps, core-hours, megabytes. Timed where it has run, else estimated."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm

from heredity.agents.algorithms import algorithm_class, value_of
from heredity.agents.task import make_task
from heredity.agents.twins.cuda import why_not_trained
from heredity.agents.twins.registry import why_no_twin
from heredity.errors import HeredityError
from heredity.layout import Layout, control_arm
from heredity.pipeline.rehearsal import Rehearsal
from heredity.study.sections import Algorithm, on_cpu
from heredity.study.study import Generation, Study
from heredity.training.curves import read_curves
from heredity.training.timings import read_timings

LEARNING_SECONDS = {"cohort": 2e-5, "MlpPolicy": 2e-4, "MultiInputPolicy": 5e-4, "CnnPolicy": 6e-3, "replay": 2e-3}
"""Of a step, by the engine, the policy or the buffer that is learned from; playing one takes a tenth."""

ENOUGH_COPIES = 4
"""Of an environment, with which a step of all of them takes hardly longer than of one."""

AGENTS_KEPT, REPLAYS_KEPT = 12, 3
"""Of a member, in sizes of an untrained agent: heir, trained agent with its optimizer, the same in the store, and both
in DVC's cache. Of a replay buffer: beside the agent, in the store, in the cache."""

FEW_HOURS = 0.1


@dataclass(frozen=True)
class Expense:
    """steps: of training, at most. core_seconds: of all that trains and plays. timed: whether it has all run before.

    on_gpu: whether some of it is for a GPU and has not run here, which core_seconds leave out.
    """

    steps: int
    core_seconds: float
    timed: bool
    kept_bytes: int
    on_gpu: bool = False

    def __add__(self, other: "Expense") -> "Expense":
        """Return both together."""
        seconds, kept = self.core_seconds + other.core_seconds, self.kept_bytes + other.kept_bytes
        timed, on_gpu = self.timed and other.timed, self.on_gpu or other.on_gpu
        return Expense(self.steps + other.steps, seconds, timed, kept, on_gpu)

    def __str__(self) -> str:
        """Say it in one line."""
        hours, megabytes = self.core_seconds / 3600, self.kept_bytes / 1e6
        rounded = f"{_rounded(hours):,}" if hours > 10 else f"{hours:.1f}"
        source = "as timed here before" if self.timed else "a rough estimate"
        few = hours < FEW_HOURS
        time = f"under {FEW_HOURS:g} core-hours" if few else f"about {rounded} core-hours ({source})"
        time += " and a time on a GPU that is not estimated" * self.on_gpu
        size = f"{_rounded(megabytes):,} MB" if megabytes < 1e4 else f"{_rounded(megabytes / 1000):,} GB"
        return f"at most {self.steps:,} environment steps of training, {time}, about {size}"


def expected_expense(study: Study, rehearsals: Mapping[str, Rehearsal], layout: Layout) -> Expense:
    """Return what a study takes where everybody spends the whole budget; rehearsals: by generation."""
    arms = [
        _arm(study, name, arm, rehearsals[name], layout)
        for name in study.order()
        for arm in (None, *study.generations[name].controls)
    ]
    return sum(arms[1:], arms[0])


def learning_seconds(algorithm: Algorithm, *, cohort: bool) -> float:
    """Return what learning takes of a step, by engine cohort or sb3; with fewer copies at once each takes longer."""
    if issubclass(algorithm_class(algorithm.name), OffPolicyAlgorithm):
        return LEARNING_SECONDS["replay"]
    usual = LEARNING_SECONDS.get("cohort" if cohort else algorithm.policy, LEARNING_SECONDS["MultiInputPolicy"])
    return usual * max(1.0, ENOUGH_COPIES / algorithm.n_envs)


def _arm(study: Study, generation: str, control: str | None, played: Rehearsal, layout: Layout) -> Expense:
    """Return what the members of a generation, or of one of its controls, take at most."""
    node, members = study.generations[generation], study.lineages * study.population
    arm = node if control is None else node.controls[control]
    guided = node.inherit.guides if control is None else None
    budget = node.budget + node.gate.extension_steps if control is None else study.control_budget(generation, control)
    task = make_task(study, generation)
    cohort = arm.train.engine != "sb3" and why_not_trained(arm.algorithm, task, arm.train, guided=guided) is None
    on_twin = cohort and arm.train.environments in ("auto", "jax") and why_no_twin(task) is None
    learning = learning_seconds(arm.algorithm, cohort=cohort)
    stepping = 0.0 if on_twin else played.step_seconds  # of a twin it is a part of learning
    timed = _timed(layout, generation, "inherited" if control is None else control_arm(control))
    on_gpu = timed is None and not on_cpu(arm.train.device)
    pace = stepping + learning * (not on_gpu) if timed is None else timed
    playing = _episodes(node) * (played.limit or played.steps) * (stepping + learning / 10)
    kept = AGENTS_KEPT * played.agent_bytes
    if control is None and study.keeps_replay(generation):
        kept += REPLAYS_KEPT * played.replay_bytes * min(budget, value_of(arm.algorithm, "buffer_size") or 0)
    seconds = members * (budget * pace + playing)
    return Expense(members * budget, seconds, timed is not None, members * kept, on_gpu)


def _episodes(node: Generation) -> int:
    return node.evaluate.episodes + node.evaluate.zero_shot_episodes + node.evaluate.select_episodes


def _timed(layout: Layout, generation: str, arm: str) -> float | None:
    """Return the core-seconds of a step that an arm has taken on this machine; None where that is not known."""
    curves = layout.arm(generation, arm).curves
    with suppress(HeredityError, OSError):
        if seconds := read_timings(curves, layout):
            steps = {member: curve[-1].env_steps for member, curve in read_curves(curves).items()}
            taken = sum(steps.get(member, 0) for member in seconds)
            return sum(seconds.values()) / taken if taken else None
    return None


def _rounded(value: float) -> int:
    """Return a number with two significant digits, at least 1."""
    return max(1, int(float(f"{value:.2g}")))
