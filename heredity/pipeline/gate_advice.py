"""What a gate cannot do as it is written, which is no error: said when a study is checked."""

from heredity.agents.known_returns import known_returns
from heredity.agents.task import Task
from heredity.gate.mean_bound import best_bound, episodes_needed
from heredity.study.study import Generation, Study

ENOUGH = 0.5
"""Of the way from the lowest return to the highest, what a bound is to come to where all returns are the highest."""


def gate_advice(study: Study, tasks: dict[str, Task]) -> list[str]:
    """Return one line for each thing to know of the gates; tasks: by generation, with their thresholds."""
    nodes = study.generations
    ignored = [name for name, node in nodes.items() if node.gate.method is not None]
    level = [name for name, node in nodes.items() if _is_level(node)]
    lines = [f"{_named(ignored)}: gate.method is ignored: one bound serves all returns"] if ignored else []
    if level:
        lines.append(
            f"{_named(level)}: the gate's bar is the threshold at which training stops, where a member passes only by "
            "luck; write gate: {margin: …}, by how much the bar is to lie below the threshold"
        )
    for name, node in nodes.items():
        told = (
            _floored(node, tasks[name]),
            _let_through(node, tasks[name]),
            _untold(node, study.population, tasks[name]),
        )
        lines += [f"{name}: {line}" for line in told if line]
    return lines


def _is_level(node: Generation) -> bool:
    return node.gate.rule == "lower_bound" and node.train.until == "threshold" and not node.gate.margin


def _named(generations: list[str]) -> str:
    return ", ".join(generations)


def _floored(node: Generation, task: Task) -> str | None:
    """Say that returns may be below the floor that is stated, which a gate refuses."""
    floor, lowest = node.evaluate.floor, known_returns(task).lowest
    if floor is None or lowest is None or floor <= lowest:
        return None
    return (
        f"evaluate.floor: {floor:g} lies above {lowest:g}, the lowest return that {task.id} can have, and the gate "
        f"stops at a return below its floor; write {lowest:g}, or leave evaluate.floor out"
    )


def _let_through(node: Generation, task: Task) -> str | None:
    """Say that everybody passes, where no return can be below the gate's bar."""
    lowest, gate = known_returns(task).lowest, node.gate
    if not gate.compares_with_threshold or gate.reference or lowest is None or task.threshold is None:
        return None
    bar, remedy = task.threshold - gate.margin, "a smaller gate.margin" if gate.margin else "a higher threshold"
    if bar > lowest:
        return None
    return f"the gate's bar {bar:g} is not above the lowest return {lowest:g}, so that everybody passes; write {remedy}"


def _untold(node: Generation, population: int, task: Task) -> str | None:
    """Say that nobody can pass with so few episodes, where it is known what returns lie between."""
    known, gate = known_returns(task), node.gate
    floor = known.lowest if node.evaluate.floor is None else node.evaluate.floor
    if gate.rule != "lower_bound" or gate.reference or task.threshold is None:
        return None
    alpha = gate.alpha / (population if gate.error == "family" else 1)
    bar, n = task.threshold - gate.margin, node.evaluate.episodes
    if floor is None or known.highest is None:
        return _too_few(n, alpha)
    if (best := best_bound(floor, known.highest, n, alpha)) >= bar:
        return None
    needed = episodes_needed(floor, known.highest, bar, alpha)
    return (
        f"evaluate.episodes: {n} episodes of the highest return {known.highest:g} give a bound of {best:.4g}, below "
        f"the gate's bar {bar:g}, so that nobody can pass; {f'write {needed}' if needed else 'no number would do'}"
    )


def _too_few(n: int, alpha: float) -> str | None:
    """Say that so few episodes hardly let anybody pass, where nobody knows what returns lie between."""
    if (share := best_bound(0.0, 1.0, n, alpha)) >= ENOUGH:
        return None
    needed = episodes_needed(0.0, 1.0, ENOUGH, alpha)
    return (
        f"evaluate.episodes: {n} episodes, even if all have the highest return that there is, give a bound {share:.0%} "
        f"of the way there from the lowest, so that hardly anybody can pass; write {needed}, or more"
    )
