"""What a gate cannot do as it is written, which is no error: said when a study is checked."""

from heredity.agents.known_returns import known_returns
from heredity.agents.task import Task
from heredity.gate.mean_bound import best_bound, episodes_needed
from heredity.study.study import Generation, Study


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
    untold = ((name, _untold(nodes[name], study.population, tasks[name])) for name in nodes)
    return lines + [f"{name}: {line}" for name, line in untold if line]


def _is_level(node: Generation) -> bool:
    return node.gate.rule == "lower_bound" and node.train.until == "threshold" and not node.gate.margin


def _named(generations: list[str]) -> str:
    return ", ".join(generations)


def _untold(node: Generation, population: int, task: Task) -> str | None:
    """Say that nobody can pass with so few episodes, where it is known what returns lie between."""
    known, gate = known_returns(task), node.gate
    floor = known.lowest if node.evaluate.floor is None else node.evaluate.floor
    if gate.rule != "lower_bound" or gate.reference or floor is None or known.highest is None or task.threshold is None:
        return None
    alpha = gate.alpha / (population if gate.error == "family" else 1)
    bar, n = task.threshold - gate.margin, node.evaluate.episodes
    if (best := best_bound(floor, known.highest, n, alpha)) >= bar:
        return None
    needed = episodes_needed(floor, known.highest, bar, alpha)
    return (
        f"evaluate.episodes: {n} episodes of the highest return {known.highest:g} give a bound of {best:.4g}, below "
        f"the gate's bar {bar:g}, so that nobody can pass; {f'write {needed}' if needed else 'no number would do'}"
    )
