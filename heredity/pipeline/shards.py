"""How a stage's input has members learn, as a shard without members."""

from heredity.pipeline.inputs.train import Training
from heredity.training.shard import Shard


def empty_shard(training: Training, generation: str, arm: str, code: str) -> Shard:
    """Return a shard without members, to be dealt."""
    return Shard(
        generation, arm, training.task, training.algorithm, training.train, training.budget_steps,
        training.zero_shot_episodes, (), training.keeps_replay, code,
    )  # fmt: skip
