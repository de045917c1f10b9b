"""evaluate: every member of one generation plays the same fresh episodes, and so does whoever it is compared with.

reads   lineage/study/<generation>/evaluate.json, lineage/<generation>/models/, lineage/<generation>/heirs/pedigree.json
writes  lineage/<generation>/evaluation.csv, lineage/<generation>/failures.json (members whose environment misbehaved)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from heredity.agent import Agent, read_agent, read_agents
from heredity.curves import Returns, joined, write_evaluation
from heredity.errors import TaskError
from heredity.evaluation import Trial
from heredity.failures import Failure, read_failures, write_failures
from heredity.nulls import NULL_POLICIES, NullPolicy
from heredity.params import Study
from heredity.racing import race
from heredity.seeds import evaluation_seed
from heredity.settled import ended
from heredity.task import make_task
from heredity.together import passes, play_pass
from heredity.workers import Spread, map_in_processes
from stages.common import LINEAGE, run_stage
from stages.models import best_parent

Players = Mapping[str, Agent | NullPolicy]
Played = Mapping[str, Mapping[str, Returns]]
"""Returns by split and player."""

FEWEST = 2
"""Members that must live for a generation to go on."""


@dataclass(frozen=True)
class Evaluation:
    """What was played, and the members whose environments misbehaved."""

    played: Played
    failures: tuple[Failure, ...] = ()


def plan(study: Study, generation: str, agents: Players, *, again: bool = False) -> list[Trial]:
    """Return the gate's trials: those of the members, then those of whoever they are compared with."""
    players = {"report": agents, **compared(study, generation)}
    return [trial for split, named in players.items() for trial in trials(study, generation, named, split, again=again)]


def trials(
    study: Study, generation: str, players: Players, split: str = "report", *, again: bool = False
) -> list[Trial]:
    """Give every player the same episodes; `again` for members that were trained once more."""
    node, task = study.generations[generation], make_task(study, generation)
    rule, seed = node.evaluate, evaluation_seed(study.seed, generation, split, again=again)
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


def select(
    study: Study, generation: str, agents: Players, spread: Spread, *, again: bool = False
) -> tuple[Players, Evaluation]:
    """Race the members where the study asks for it; return the finalists, and what everybody played in the race."""
    rule = study.generations[generation].evaluate
    if not rule.select_episodes or rule.finalists is None:
        return agents, Evaluation({})
    blocks: dict[str, list[Returns]] = {name: [] for name in agents}
    failures: list[Failure] = []

    def play(left: Sequence[str], first: int, last: int) -> dict[str, list[float]]:
        planned = trials(study, generation, {name: agents[name] for name in left}, "select", again=again)
        found = work([replace(trial, first=first, episodes=last - first) for trial in planned], spread)
        failures.extend(found.failures)
        played = found.played.get("select", {})
        for name, returns in played.items():
            blocks[name].append(returns)
        return {name: returns.returns.tolist() for name, returns in played.items()}

    finalists = race(list(agents), play, finalists=rule.finalists, episodes=rule.select_episodes).finalists
    raced = {name: joined(played) for name, played in blocks.items() if played}
    return {name: agents[name] for name in agents if name in finalists}, Evaluation({"select": raced}, tuple(failures))


def work(planned: list[Trial], spread: Spread = map_in_processes) -> Evaluation:
    """Play the trials in passes, side by side."""
    played: dict[str, dict[str, Returns]] = {}
    failures: list[Failure] = []
    each = [found for together in spread(play_pass, passes(planned)) for found in together]
    for trial, found in zip(planned, each, strict=True):
        if isinstance(found, Failure):
            failures.append(found)
        else:
            played.setdefault(trial.split, {})[trial.member] = found
    return Evaluation(played, tuple(failures))


def living(generation: str, members: int, evaluation: Evaluation) -> Evaluation:
    """Return an evaluation that at least FEWEST of its members lived through, else raise TaskError with a failure."""
    failed = evaluation.failures
    if failed and members - len(failed) < FEWEST:
        first = failed[0]
        raise TaskError(
            f"{generation}: expected at least {FEWEST} of {members} members to live, got {members - len(failed)}; "
            f"{first.member}: {first.reason}"
        )
    return evaluation


def collect(directory: Path, evaluation: Evaluation, command: str = "") -> None:
    """Write evaluation.csv, and failures.json with those of training, each with the `command` that reproduces it."""
    told = [replace(failure, command=command) for failure in evaluation.failures]
    write_evaluation(directory / "evaluation.csv", evaluation.played)
    write_failures(directory / "failures.json", [*read_failures(directory / "models" / "failures.json"), *told])


def evaluated(study: Study, generation: str, agents: Players, spread: Spread, *, again: bool = False) -> Evaluation:
    """Race the members where the study asks for it, then let the finalists play for the gate.

    Raises TaskError where the environments of too many members misbehave.
    """
    finalists, raced = select(study, generation, agents, spread, again=again)
    found = work(plan(study, generation, finalists, again=again), spread)
    failures = (*raced.failures, *found.failures)
    return living(generation, len(agents), Evaluation({**found.played, **raced.played}, failures))


def main(study: Study, generation: str, *, spread: Spread = map_in_processes) -> None:
    """Run the stage; of a generation that never came nobody plays."""
    directory = LINEAGE / generation
    agents = read_agents(directory / "models")
    found = Evaluation({}) if ended(directory) else evaluated(study, generation, agents, spread)
    collect(directory, found, f"dvc repro --force --single-item evaluate@{generation}")


if __name__ == "__main__":
    run_stage(main)
