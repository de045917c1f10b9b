"""control: the same task, population and seeds from random weights, trained and evaluated by the same code.

reads   lineage/study/<generation>/control.json
writes  lineage/<generation>/control/
"""

from heredity.params import Study
from heredity.training import Shard
from heredity.training.dealing import shards
from heredity.workers import Spread, map_in_processes
from stages import evaluate, train
from stages.common import LINEAGE, run_stage
from stages.inherit import heirs


def plan(study: Study, generation: str) -> list[Shard]:
    """Return one shard per worker process, fresh members inside."""
    fresh = {heir.name: heir.agent for heir in heirs(study, generation, {})}
    return shards(study, generation, "control", fresh, study.control_budget(generation))


def main(study: Study, generation: str, *, spread: Spread = map_in_processes) -> None:
    """Run the stage."""
    trained = train.work(study, generation, plan(study, generation), spread)
    directory = LINEAGE / generation / "control"
    living = train.collect(study, generation, directory, trained)
    trials = evaluate.trials(study, generation, {member.name: member.agent for member in living})
    found = evaluate.living(generation, len(living), evaluate.work(trials, spread))
    evaluate.collect(directory, found, f"dvc repro --force --single-item control@{generation}")
    train.forget(generation, "control")


if __name__ == "__main__":
    run_stage(main)
