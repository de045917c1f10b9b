"""evaluate: every member of one generation plays the same fresh episodes, and so does whoever it is compared with.

reads   lineage/study/<generation>/evaluate.json, lineage/<generation>/models/, lineage/<generation>/heirs/pedigree.json
writes  lineage/<generation>/evaluation.csv
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from heredity.agent import Agent, read_agent, read_agents
from heredity.curves import Returns, joined, write_evaluation
from heredity.evaluation import Trial, run_trial
from heredity.nulls import NULL_POLICIES, NullPolicy
from heredity.params import Study
from heredity.racing import race
from heredity.seeds import seed_integer
from heredity.task import make_task
from heredity.workers import Spread, map_in_processes
from stages.common import LINEAGE, run_stage
from stages.models import best_parent

Players = Mapping[str, Agent | NullPolicy]
Played = Mapping[str, Mapping[str, Returns]]
"""Returns by split and player."""


def plan(study: Study, generation: str, agents: Players) -> list[Trial]:
    """Return the gate's trials: those of the members, then those of whoever they are compared with."""
    players = {"report": agents, **compared(study, generation)}
    return [trial for split, named in players.items() for trial in trials(study, generation, named, split)]


def trials(study: Study, generation: str, players: Players, split: str = "report") -> list[Trial]:
    """Give every player the same episodes: for `select` on seeds of its own, for all others on those of the gate."""
    node, task = study.generations[generation], make_task(study, generation)
    rule, seed = node.evaluate, seed_integer(study.seed, generation, "select" if split == "select" else "report")
    algorithm = node.algorithm if split in ("champion", "reference") else None
    return [
        Trial(
            name, player, task, rule.episodes, seed, rule.deterministic, generation, split,
            step_limit=rule.step_limit, success_return=rule.success_return, algorithm=algorithm,
        )
        for name, player in players.items()
    ]  # fmt: skip


def compared(study: Study, generation: str) -> dict[str, Players]:
    """Return whom the gate compares the members with, by split."""
    node = study.generations[generation]
    found: dict[str, Players] = {"null": {kind: kind for kind in NULL_POLICIES}} if node.evaluate.null_policies else {}
    if node.gate.rule == "champion" and node.gate.champion:
        path = best_parent(study, generation) if node.gate.champion == "parent" else node.gate.champion
        found["champion"] = {"champion": read_agent(path)}
    if node.gate.reference:
        found["reference"] = {"reference": read_agent(node.gate.reference)}
    return found


def select(study: Study, generation: str, agents: Players, spread: Spread) -> tuple[Players, dict[str, Returns]]:
    """Race the members where the study asks for it; return the finalists, and what everybody played in the race."""
    rule = study.generations[generation].evaluate
    if not rule.select_episodes or rule.finalists is None:
        return agents, {}
    blocks: dict[str, list[Returns]] = {name: [] for name in agents}

    def play(left: Sequence[str], first: int, last: int) -> dict[str, list[float]]:
        planned = trials(study, generation, {name: agents[name] for name in left}, "select")
        played = work([replace(trial, first=first, episodes=last - first) for trial in planned], spread)["select"]
        for name, returns in played.items():
            blocks[name].append(returns)
        return {name: returns.returns.tolist() for name, returns in played.items()}

    finalists = race(list(agents), play, finalists=rule.finalists, episodes=rule.select_episodes).finalists
    return {name: agents[name] for name in agents if name in finalists}, {
        name: joined(played) for name, played in blocks.items() if played
    }


def work(planned: list[Trial], spread: Spread = map_in_processes) -> Played:
    """Play the trials side by side."""
    played: dict[str, dict[str, Returns]] = {}
    for trial, returns in zip(planned, spread(run_trial, planned), strict=True):
        played.setdefault(trial.split, {})[trial.member] = returns
    return played


def collect(path: Path, played: Played) -> None:
    """Write evaluation.csv."""
    write_evaluation(path, played)


def main(study: Study, generation: str, *, spread: Spread = map_in_processes) -> None:
    """Run the stage."""
    finalists, raced = select(study, generation, read_agents(LINEAGE / generation / "models"), spread)
    played = work(plan(study, generation, finalists), spread)
    collect(LINEAGE / generation / "evaluation.csv", {**played, "select": raced})


if __name__ == "__main__":
    run_stage(main)
