"""What plays what: every algorithm on every kind of observation and action, as a study of it is checked and trained.

    python -m benchmarks.spaces [--write docs/algorithms.md]

Each cell is a params.yaml. "yes" was checked, trained and evaluated, by engine cohort where it says so; "no" is refused
by `heredity check` in one line. What is checked and then fails ends the program: check would have said it too late.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from benchmarks.documents import write_between_marks
from heredity.agents.agent import fresh_agent
from heredity.errors import HeredityError, StudyError
from heredity.evaluation.episodes import run_trial
from heredity.pipeline.check import check_study
from heredity.pipeline.inputs.evaluate import Playing
from heredity.pipeline.inputs.train import Training
from heredity.pipeline.resolve import resolved
from heredity.pipeline.trials import empty_trial
from heredity.study.load import parse_study
from heredity.study.study import Study
from heredity.training.engines import train
from heredity.training.shard import Member, Shard
from tests.examples import TINY

ON_POLICY = ("PPO", "A2C", "TRPO", "MaskablePPO", "RecurrentPPO")
OFF_POLICY = ("DQN", "QRDQN", "SAC", "TD3", "DDPG", "TQC", "CrossQ")
ALGORITHMS = (*ON_POLICY, *OFF_POLICY, "ARS")

OBSERVATIONS = {
    "Box": "vector", "Discrete": "choice", "MultiDiscrete": "choices", "MultiBinary": "bits", "image": "image",
    "Dict": "dict", "Dict with an image": "dict of image", "Tuple": "tuple", "Dict in a Dict": "nested",
}  # fmt: skip
"""By the table's words, what tests/field.py calls it."""

ACTIONS = ("Discrete", "MultiDiscrete", "MultiBinary", "Box")

SAID = "What `heredity check` says of the first that is refused in a column:"

STEPS = 40


@dataclass(frozen=True)
class Case:
    """One study, by what is other than its algorithm's usual one."""

    algorithm: str
    shown: str = "vector"
    played: str = ""
    policy: str = ""
    env: Mapping[str, Any] = field(default_factory=dict)
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    normalize: bool = False

    def study(self) -> Study:
        """Return it. Raises StudyError."""
        env = {"id": "Cue-v0", "kwargs": {"shown": self.shown, "played": self.played or self.usual}, **self.env}
        algorithm = {
            "name": self.algorithm,
            "policy": self.policy or policy_for(self.algorithm, self.shown),
            "n_envs": 2,
            "normalize": self.normalize,
            "hyperparameters": {**numbers_of(self.algorithm), **self.hyperparameters},
        }
        node = {"after": "founders", "env": env, "threshold": 99.0, "budget": 2 * STEPS}
        raw = {**TINY, "import": ["tests.field"], "algorithm": algorithm, "train": {"until": "budget"}}
        raw |= {"generations": {"first": node}, "control": {"generations": []}}
        return parse_study(yaml.safe_dump(raw))

    @property
    def usual(self) -> str:
        """The actions that the algorithm takes, if it is asked about its observations."""
        return "Box" if self.algorithm in ("SAC", "TD3", "DDPG", "TQC", "CrossQ") else "Discrete"


def policy_for(algorithm: str, shown: str) -> str:
    """Return what a user would write for observations of a kind, whether or not the algorithm has such a policy."""
    kind = "MultiInput" if shown.startswith(("dict", "goal", "nested")) else "Cnn" if shown == "image" else "Mlp"
    return f"{kind}{'Lstm' if algorithm == 'RecurrentPPO' else ''}Policy"


def numbers_of(algorithm: str) -> dict[str, Any]:
    """Return hyperparameters small enough to train in a moment."""
    if algorithm == "ARS":
        return {"n_delta": 1}
    if algorithm in OFF_POLICY:
        return {"learning_starts": STEPS // 2, "buffer_size": 200, "batch_size": 8}
    return {"n_steps": STEPS // 2, **({} if algorithm == "A2C" else {"batch_size": STEPS})}


def special(algorithm: str) -> dict[str, Case]:
    """Return the cases that not every algorithm has, by name."""
    dictionary = policy_for(algorithm, "dict")
    small = {"features_extractor_class": "tests.field.TinyExtractor"}
    own = {"policy": "tests.field.AsymmetricPolicy", "shown": "dict of image"}
    stack = {"wrappers": [{"name": "heredity.wrappers.ChannelStack", "kwargs": {"stack_size": 2}}]}
    goal = {"id": "Goal-v0", "kwargs": {"played": Case(algorithm).usual}}
    usual = Case(algorithm)
    return {
        "gSDE": replace(usual, played="Box", hyperparameters={"use_sde": True}),
        "memory": usual if algorithm == "RecurrentPPO" else replace(usual, policy="MlpLstmPolicy"),
        "masks": replace(
            usual, env={"id": "ToldByKey-v0", "kwargs": {}, "wrappers": ["heredity.wrappers.MaskFromKey"]}
        ),
        "HerReplayBuffer": replace(
            usual, policy=dictionary, env=goal, hyperparameters={"replay_buffer_class": "HerReplayBuffer"}
        ),
        "frame stack": replace(usual, shown="image", policy=policy_for(algorithm, "image"), env=stack),
        "own extractor": replace(
            usual, shown="small image", policy=policy_for(algorithm, "image"), hyperparameters={"policy_kwargs": small}
        ),
        "normalize": replace(usual, shown="dict of image", policy=dictionary, normalize=True),
        "keys for the critic alone": replace(
            usual, **own, hyperparameters={"policy_kwargs": {"actor_keys": ["vector"]}}
        ),
    }


def refused(case: Case) -> str:
    """Return the line by which `heredity check` refuses a case, nothing where it can run."""
    try:
        check_study(case.study())
    except StudyError as error:
        return str(error)
    return ""


def outcome(case: Case) -> str:
    """Return a cell. Raises HeredityError where something fails that was checked."""
    if refused(case):
        return "no"
    study = resolved(case.study())
    training = Training.of(study, "first")
    members = (Member("m00", fresh_agent(training.algorithm, training.task, 0), 0),)
    shard = Shard("first", "inherited", training.task, training.algorithm, training.train, 2 * STEPS, 2, members)
    (trained,) = train(shard)
    if trained.failure:
        raise HeredityError(f"{case}: {trained.failure}")
    run_trial(
        replace(empty_trial(Playing.of(study, "first"), "first", 0), member="m00", agent=trained.agent, episodes=2)
    )
    return f"yes{', cohort' if training.train.engine == 'cohort' else ''}"


def tables() -> dict[str, dict[str, dict[str, Case]]]:
    """Return every case by table, algorithm and column."""
    return {
        "observations": {
            name: {word: Case(name, shown) for word, shown in OBSERVATIONS.items()} for name in ALGORITHMS
        },
        "actions": {name: {played: Case(name, played=played) for played in ACTIONS} for name in ALGORITHMS},
        "special": {name: special(name) for name in ALGORITHMS},
    }


def lines(rows: Mapping[str, Mapping[str, str]]) -> str:
    """Return a table in Markdown."""
    columns = next(iter(rows.values()))
    head = f"| | {' | '.join(columns)} |", f"|{'---|' * (len(columns) + 1)}"
    return "\n".join([*head, *(f"| {name} | {' | '.join(cells.values())} |" for name, cells in rows.items())])


def reasons(cases: Mapping[str, Mapping[str, Case]]) -> str:
    """Return what is said of the first algorithm that each column refuses, as a list."""
    said = {}
    for cells in cases.values():
        for column, case in cells.items():
            if column not in said and (line := refused(case)):
                said[column] = line.removeprefix("generations.first.")
    return "\n".join(f"- {column}: `{said[column]}`" for column in next(iter(cases.values())) if column in said)


def main() -> None:
    """Try and print, or write into a document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    for name, cases in tables().items():
        cells = {row: {column: outcome(case) for column, case in each.items()} for row, each in cases.items()}
        content = f"{lines(cells)}\n\n{SAID}\n\n{reasons(cases)}"
        print(content, flush=True)
        if options.write:
            write_between_marks(options.write, name, content)


if __name__ == "__main__":
    main()
