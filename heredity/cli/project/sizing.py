"""How large a first study is: over in about two minutes, and enough for its gate to tell who has learned the task."""

import math
from dataclasses import dataclass

from heredity.agents.algorithms import rollout_steps
from heredity.agents.known_returns import known_returns
from heredity.agents.task import Task
from heredity.agents.twins.support import why_not
from heredity.cli.project.environment import Played
from heredity.gate.mean_bound import episodes_needed
from heredity.pipeline.expense import learning_seconds
from heredity.study.sections import Algorithm

BUDGETS = (40_000, 20_000, 10_000, 5_000, 2_000)
"""Environment steps of a member, of which the most are taken that are quick enough."""

EPISODES, OF_LONG_ONES, LONG = 20, 10, 200
"""Of an evaluation; and where they may take more steps than so many."""

ENOUGH_SECONDS, STARTING_SECONDS = 200, 50
"""Of all cores, of a study's learning and playing; and what its stages take to load, before which nobody is done."""

ALPHA, MOST_EPISODES = 0.05, 60
"""Of the gates of both templates; and the most episodes that one is given so that anybody can pass."""

MARGIN = 0.25
"""How far the gate's bar lies below the threshold, as a part of the way from there to random play."""


@dataclass(frozen=True)
class Shape:
    """How large a first study is, which its template says.

    trained: how many members' budgets are spent in all. evaluated: how many members' evaluations are played.
    """

    template: str
    trained: int
    evaluated: int


FROM_NOTHING = Shape("params.yaml", trained=12 * (1 + 1 + 2), evaluated=12 * (2 + 2) + 12)
FROM_A_MODEL = Shape("founders.yaml", trained=8 + 8, evaluated=8 * 2 + 4)


@dataclass(frozen=True)
class Size:
    """Steps per member, episodes per evaluation, the gate's margin, and seconds that all of it takes on two cores."""

    budget: int
    episodes: int
    margin: float
    seconds: float


def size_of(shape: Shape, played: Played, threshold: float, algorithm: Algorithm) -> Size:
    """Return the largest size whose first run is over in about two minutes; the smallest where none is."""
    margin, learning = (
        _margin(played, threshold),
        learning_seconds(algorithm, cohort=why_not(algorithm, played.task) is None),
    )
    usual = EPISODES if played.longest <= LONG else OF_LONG_ONES
    episodes, size = max(usual, _telling_episodes(played.task, threshold - margin)), Size(0, 0, margin, 0.0)
    for budget in BUDGETS:
        steps = max(budget, rollout_steps(algorithm))
        work = shape.trained * steps * (played.seconds + learning)
        work += shape.evaluated * episodes * played.longest * (played.seconds + learning / 10)
        size = Size(steps, episodes, margin, STARTING_SECONDS + work / 2)
        if work <= ENOUGH_SECONDS:
            break
    return size


def _margin(played: Played, threshold: float) -> float:
    """Return a part of the way from the threshold to random play, of the threshold itself where that is not known."""
    way = threshold - played.random if played.is_beaten(threshold) else abs(threshold)
    return _rounded(MARGIN * way)


def _telling_episodes(task: Task, bar: float) -> int:
    """Return the fewest episodes with which somebody can pass, where it is known what returns lie between."""
    known = known_returns(task)
    if known.lowest is None or known.highest is None:
        return 0
    needed = episodes_needed(known.lowest, known.highest, bar, ALPHA)
    return min(needed or 0, MOST_EPISODES)


def _rounded(value: float) -> float:
    """Return a positive number with two significant digits."""
    return round(value, 1 - math.floor(math.log10(value))) if value else 0.0
