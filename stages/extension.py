"""The members of a generation that nobody passed, trained once more and seen on fresh episodes.

They go on with their weights, statistics and optimizers, for the whole of `gate.extend_budget`; schedules of
hyperparameters run once more over it, and replay buffers begin empty.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from heredity.agent import read_agents
from heredity.curves import CurveRow, read_curves
from heredity.files import write_json
from heredity.params import Study
from heredity.seeds import seed_integer
from heredity.settled import EXTENSION, STEPS
from heredity.training import Member, Shard, Trained
from heredity.training.dealing import stored_shards
from heredity.workers import Spread
from stages import evaluate, train
from stages.common import LINEAGE


@dataclass(frozen=True)
class Extension:
    """What came of training once more: `trained` with whole curves, and the fresh episodes of those that lived."""

    budget_steps: int
    trained: list[Trained]
    evaluation: evaluate.Evaluation

    @property
    def failed(self) -> dict[str, str]:
        """Return what members failed of, by name."""
        dead = {member.name: member.failure for member in self.trained if member.failure}
        return {**dead, **{failure.member: failure.reason for failure in self.evaluation.failures}}


def plan(study: Study, generation: str) -> list[Shard]:
    """Return the shards of the members as they are, on seeds of their own, for all of the steps."""
    node, agents = study.generations[generation], read_agents(LINEAGE / generation / "models")
    until_budget = node.train.model_copy(update={"until": "budget"})  # the gate did not believe the threshold
    planned = []
    for shard in stored_shards(study, generation, LINEAGE, agents):
        members = tuple(
            Member(
                member.name,
                agents[member.name],
                seed_integer(study.seed, generation, member.name, "extend"),
                member.hyperparameters,
            )
            for member in shard.members
        )
        planned.append(
            replace(shard, arm="extension", train=until_budget, budget_steps=node.gate.extension_steps, members=members)
        )
    return planned


def extend(study: Study, generation: str, spread: Spread) -> Extension:
    """Train every living member by `gate.extend_budget` steps more and evaluate it anew."""
    trained = train.work(study, generation, plan(study, generation), spread)
    before = read_curves(LINEAGE / generation / "curves.csv")
    whole = [_whole(member, before[member.name]) for member in trained]
    agents = {member.name: member.agent for member in trained if not member.failure}
    evaluation = evaluate.evaluated(study, generation, agents, spread, again=True)
    return Extension(study.generations[generation].gate.extension_steps, whole, evaluation)


def write_extension(study: Study, generation: str, extension: Extension) -> None:
    """Write extension/ with models, curves and evaluation; its steps, written last, make it hold.

    Raises TrainingError where fewer than two members lived.
    """
    directory = LINEAGE / generation / EXTENSION
    shutil.rmtree(directory, ignore_errors=True)
    train.collect(study, generation, directory, extension.trained)
    evaluate.collect(directory, extension.evaluation, f"dvc repro --force --single-item gate@{generation}")
    write_json(directory / STEPS, extension.budget_steps)
    train.forget(generation, "extension")


def seen(played: evaluate.Played) -> Mapping[str, Mapping[str, Sequence[float]]]:
    """Return the returns by split and player, as a gate takes them."""
    return {split: {name: one.returns.tolist() for name, one in of.items()} for split, of in played.items()}


def _whole(member: Trained, before: Sequence[CurveRow]) -> Trained:
    """Return a member with one curve: the later rows count on, and their zero-shot row is left out."""
    steps = before[-1].env_steps
    later = (replace(row, env_steps=steps + row.env_steps) for row in member.curve[1:])
    return replace(member, curve=(*before, *later), env_steps=steps + member.env_steps)
