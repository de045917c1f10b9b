"""How a stage's input has members play, as a trial without a player."""

from heredity.evaluation.trial import Trial
from heredity.pipeline.inputs.evaluate import Playing


def empty_trial(playing: Playing, generation: str, seed: int, split: str = "report") -> Trial:
    """Return a trial for every player of a split; `seed` is what its episodes derive from."""
    rule = playing.evaluate
    return Trial(
        "", "random", playing.task, rule.episodes, seed, rule.deterministic, generation, split,
        step_limit=rule.step_limit, success_return=rule.success_return, masked=playing.masked,
    )  # fmt: skip
