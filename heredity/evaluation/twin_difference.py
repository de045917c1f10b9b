"""Whether members do on an environment what they do on its twin: a twin that others have proved may still be wrong."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from heredity.errors import TaskError
from heredity.evaluation.returns import Returns
from heredity.study.lineages import member_place

CONFIDENCE = 0.9999
"""Of the interval, since every survivor of every generation is looked at."""

TOLERATED = 0.02
"""Of the way from acting at random to the threshold: a smaller difference may be sure, and matters to nobody."""


@dataclass(frozen=True)
class TwinDifference:
    """By how much more a member is paid on the original than on the twin, in the mean, with Welch's interval."""

    mean: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        """Say it in numbers."""
        return f"{self.mean:+.2g} [{self.low:+.2g}, {self.high:+.2g}]"


def twin_difference(original: Returns, twin: Returns) -> TwinDifference:
    """Return the difference of two samples of episodes (Welch 1947); of a single episode nothing is sure."""
    if min(len(original.returns), len(twin.returns)) < 2:
        return TwinDifference(float(original.returns.mean() - twin.returns.mean()), -np.inf, np.inf)
    mean = float(original.returns.mean() - twin.returns.mean())
    samples = [(each.returns.var(ddof=1) / len(each.returns), len(each.returns)) for each in (original, twin)]
    variance = sum(of_mean for of_mean, _ in samples)
    if not variance:  # all of them alike
        return TwinDifference(mean, mean, mean)
    freedom = variance**2 / sum(of_mean**2 / (count - 1) for of_mean, count in samples)
    half = float(special.stdtrit(freedom, (1 + CONFIDENCE) / 2) * np.sqrt(variance))
    return TwinDifference(mean, mean - half, mean + half)


def twin_differences(originals: Mapping[str, Returns], twins: Mapping[str, Returns]) -> dict[str, TwinDifference]:
    """Return by member how the original and the twin differ, for those who played both."""
    return {name: twin_difference(played, twins[name]) for name, played in originals.items() if name in twins}


def refuse_apart(differences: Mapping[str, TwinDifference], generation: str, task: str, scale: float) -> None:
    """Raise TaskError where a member surely does otherwise on the twin than on the original.

    scale: from what acting at random pays to the threshold.
    """
    for member, difference in differences.items():
        if difference.sure and abs(difference.mean) > TOLERATED * abs(scale):
            raise TaskError(
                f"{member_place(generation, member)}: expected the same of {task} and of its twin, got {difference} "
                "more on the original; write train.environments: gymnasium, and say so to whoever keeps the twin"
            )
