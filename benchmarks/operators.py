"""What each inheritance operator is worth: DoorKey 6×6 → 8×8, and Continual Gym CartPole.

    python -m benchmarks.operators [--quick] [--only doorkey] [--arms "kickstart 1"] [--write docs/inheritance.md]

Eight lineages per arm, each with its own founder and seeds; a row's interval is a bootstrap interval over lineages.
The area is the mean return over the budget. An arm's heirs are made by `heredity.inherit` and trained by the cohort
engine, one process, one thread.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.documents import write_between_marks
from heredity.agents.task import Task
from heredity.agents.wrappers import FLAT_VIEW
from heredity.inheritance.heirs import Donor, inherit
from heredity.seeds import seed_integer
from heredity.study.inherit_rule import InheritRule
from heredity.study.sections import Algorithm, Train, Wrapper
from heredity.training.curves import as_arrays
from heredity.training.engines import train
from heredity.training.shard import Member, Shard, Trained

LINEAGES = 8
DOORKEY = Algorithm(
    name="PPO",
    hyperparameters={"n_steps": 128, "batch_size": 256, "n_epochs": 4, "learning_rate": 0.001, "ent_coef": 0.01},
)
CARTPOLE = Algorithm(
    name="PPO", hyperparameters={"n_steps": 128, "batch_size": 256, "n_epochs": 10, "learning_rate": 0.001}
)
RULES: dict[str, dict[str, Any]] = {
    "copy": {"operator": "copy"},
    "copy, optimizer kept": {"operator": "copy", "optimizer": "keep"},
    "actor": {"operator": "actor"},
    "features": {"operator": "features"},
    "shrink_perturb 0.8": {"operator": "shrink_perturb", "parent_share": 0.8},
    "copy, update_share 0.9999": {"operator": "copy", "update_share": 0.9999},
    "copy, update_share 0.99": {"operator": "copy", "update_share": 0.99},
    "distil": {"operator": "distil", "distil": {"states": 4_000, "epochs": 8}},
    "kickstart 0.3": {"operator": "kickstart", "kickstart": 0.3},
    "kickstart 1": {"operator": "kickstart"},
    "kickstart 3": {"operator": "kickstart", "kickstart": 3.0},
    "crossover (negative control)": {"operator": "crossover"},
    "permute (negative control)": {"operator": "permute"},
}
TASKS, BUDGET_CARTPOLE, BUDGET_DOORKEY = 4, 40_960, 65_536
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Arm:
    """One number per lineage: area, steps until the threshold (infinite where it was not reached), final return."""

    area: Array
    time: Array
    final: Array


def trained(donors: list[Mapping[str, Donor]], work: "Work", rule: InheritRule, role: str) -> list[Trained]:
    """Make one heir per lineage from its own donors, and train all of them as one shard."""
    members = []
    for k, own in enumerate(donors):
        seed = seed_integer(0, work.name, str(k), "heirs")
        [heir] = inherit(own, work.task, rule, population=1, seed=seed, algorithm=work.algorithm)
        seed = seed_integer(0, work.name, str(k), role)
        members.append(Member(f"m{k:02d}", heir.agent, seed, heir.birth.hyperparameters, heir.warm_start))
    settings = Train(engine="cohort", environments=work.environments, until=work.until)  # type: ignore[arg-type]
    return train(Shard(work.name, "inherited", work.task, work.algorithm, settings, work.budget, 20, tuple(members)))


@dataclass(frozen=True)
class Work:
    """What every arm of a comparison has in common."""

    name: str
    task: Task
    algorithm: Algorithm
    budget: int
    environments: str = "gymnasium"
    until: str = "budget"


def measured(members: list[Trained], work: Work) -> Arm:
    grid = np.linspace(0, work.budget, 201)
    curves = [as_arrays(member.curve) for member in members]
    threshold = work.task.threshold
    reached = [next((int(s) for s, r in zip(*curve, strict=True) if s and r >= threshold), np.inf) for curve in curves]
    area = np.array([np.interp(grid, *curve).mean() for curve in curves])
    return Arm(area, np.array(reached), np.array([curve[1][-1] for curve in curves]))


def donors_of(members: list[Trained], task: Task, mates: bool) -> list[dict[str, Donor]]:
    """Return each lineage's own donor, and its neighbour's second where two are mixed."""
    own = [Donor(member.agent, task=task) for member in members]
    others = [{f"p{(k + 1) % len(own)}": own[(k + 1) % len(own)]} if mates else {} for k in range(len(own))]
    return [{f"p{k}": donor, **other} for (k, donor), other in zip(enumerate(own), others, strict=True)]


def doorkey(scale: float) -> dict[str, Arm]:
    """Parents learn 6×6 until the threshold; every arm then learns 8×8."""
    budget = int(BUDGET_DOORKEY * scale)
    six, eight = (
        Task(f"MiniGrid-DoorKey-{size}-v0", wrappers=(Wrapper(name=FLAT_VIEW),), threshold=0.9)
        for size in ("6x6", "8x8")
    )
    before = Work("6x6", six, DOORKEY, int(200_000 * scale), "envpool", "threshold")
    work = Work("8x8", eight, DOORKEY, budget, "envpool")
    nobody: list[Mapping[str, Donor]] = [{}] * LINEAGES
    parents = trained(nobody, before, InheritRule(), "train")
    arms = {"fresh": measured(trained(nobody, work, InheritRule(), "train"), work)}
    for name, rule in RULES.items():
        donors = donors_of(parents, before.task, rule["operator"] == "crossover")
        arms[name] = measured(trained(list(donors), work, InheritRule(**rule), "train"), work)
    longer = Work("6x6", before.task, DOORKEY, 10_240, "envpool")
    copies = [
        trained(list(donors_of(parents, before.task, False)), longer, InheritRule(), role) for role in ("one", "two")
    ]
    pairs: list[Mapping[str, Donor]] = [
        {f"s{i}": Donor(child.agent, parent_hashes=(parent.agent.digest,)) for i, child in enumerate(siblings)}
        for parent, *siblings in zip(parents, *copies, strict=True)
    ]
    arms["soup of 2 siblings"] = measured(trained(pairs, work, InheritRule(operator="soup"), "train"), work)
    return arms


def cartpole(scale: float) -> tuple[dict[str, Arm], dict[str, Array]]:
    """Return the arms over tasks 2 to 4, and final returns [task, lineage] with and without an immigrant."""
    works = [
        Work(
            f"task {k}",
            Task(
                "CartPole-v1",
                wrappers=(Wrapper(name="benchmarks.offset.ObservationOffset", kwargs={"seed": k}),),
                threshold=400.0,
            ),
            CARTPOLE,
            int(BUDGET_CARTPOLE * scale),
        )
        for k in range(TASKS)
    ]
    nobody: list[Mapping[str, Donor]] = [{}] * LINEAGES
    fresh = [trained(nobody, work, InheritRule(), "train") for work in works]
    again = [trained(nobody, work, InheritRule(), "again") for work in works[1:]]
    arms = {"fresh": _over([measured(m, w) for m, w in zip(fresh[1:], works[1:], strict=True)])}
    chains = {name: _chain(fresh, works, InheritRule(**rule)) for name, rule in RULES.items()}
    arms |= {name: _over(chain) for name, chain in chains.items()}
    hedged = _chain(fresh, works, InheritRule(), immigrants=True)
    finals = {
        "copy with an immigrant, the better of the two": np.stack([arm.final for arm in hedged]),
        "fresh, the better of two": np.stack(
            [np.maximum(_final(a), _final(b)) for a, b in zip(fresh[1:], again, strict=True)]
        ),
        **{name: np.stack([arm.final for arm in chain]) for name, chain in chains.items() if name == "kickstart 1"},
        "fresh": np.stack([_final(members) for members in fresh[1:]]),
    }
    return arms, finals


def _chain(fresh: list[list[Trained]], works: list[Work], rule: InheritRule, immigrants: bool = False) -> list[Arm]:
    """Let every lineage go through the tasks; with immigrants, the better of heir and fresh member goes on."""
    donors, arms = fresh[0], []
    for before, work, newcomers in zip(works, works[1:], fresh[1:], strict=False):
        heirs = trained(list(donors_of(donors, before.task, rule.operator == "crossover")), work, rule, "train")
        if immigrants:
            heirs = [
                max(pair, key=lambda one: one.curve[-1].return_mean or 0.0)
                for pair in zip(heirs, newcomers, strict=True)
            ]
        arms.append(measured(heirs, work))
        donors = heirs
    return arms


def _final(members: list[Trained]) -> Array:
    return np.array([as_arrays(member.curve)[1][-1] for member in members])


def _over(arms: list[Arm]) -> Arm:
    """Return each lineage's mean over tasks."""
    return Arm(*(np.mean([getattr(arm, name) for arm in arms], axis=0) for name in ("area", "time", "final")))


def _interval(statistic: Callable[..., Any], *samples: Array, digits: int, sign: str = "") -> str:
    """Return a value with its 95 % bootstrap interval over lineages."""
    rng = np.random.default_rng(0)
    drawn = [sample[rng.integers(len(sample), size=(20_000, len(sample)))] for sample in samples]
    low, high = np.percentile(statistic(*drawn), [2.5, 97.5])
    value = statistic(*samples)
    return f"{value:{sign}.{digits}f} [{low:{sign}.{digits}f}, {high:{sign}.{digits}f}]"


def _mean(x: Array) -> Any:
    return x.mean(axis=-1)


def _difference(x: Array, y: Array) -> Any:
    return x.mean(axis=-1) - y.mean(axis=-1)


def table(arms: Mapping[str, Arm], digits: int, times: bool) -> str:
    rows = [
        f"| heirs by | area | − fresh | − copy |{' reached, median steps |' if times else ''} final return |",
        f"|---|---|---|---|{'---|' if times else ''}---|",
    ]
    for name, arm in arms.items():
        versus = [
            "" if name == other else _interval(_difference, arm.area, arms[other].area, digits=digits, sign="+")
            for other in ("fresh", "copy")
        ]
        median = np.sort(arm.time)[(len(arm.time) - 1) // 2]
        shown = "never" if np.isinf(median) else f"{median:,.0f}"
        reached = f"{np.isfinite(arm.time).sum()}/{len(arm.time)}, {shown} | " if times else ""
        area, final = (_interval(_mean, values, digits=digits) for values in (arm.area, arm.final))
        rows.append(f"| {name} | {area} | {versus[0]} | {versus[1]} | {reached}{final} |")
    return "\n".join(rows)


def hedge_table(finals: Mapping[str, Array]) -> str:
    rows = ["| final return | task 2 | task 3 | task 4 |", "|---|---|---|---|"]
    for name, values in finals.items():
        rows.append(f"| {name} | {' | '.join(_interval(_mean, task, digits=0) for task in values)} |")
    return "\n".join(rows)


def cartpole_tables(scale: float) -> str:
    arms, finals = cartpole(scale)
    return f"{table(arms, 0, times=False)}\n\n{hedge_table(finals)}"


def doorkey_table(scale: float) -> str:
    return table(doorkey(scale), 3, times=True)


def main() -> None:
    """Measure and print, or write into a document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the budgets: does it run?")
    parser.add_argument("--only", choices=("cartpole", "doorkey"))
    parser.add_argument("--arms", nargs="+", choices=list(RULES), default=list(RULES), help="besides fresh and soup")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    for name in RULES.keys() - {"copy", *options.arms}:
        del RULES[name]
    scale = 0.1 if options.quick else 1.0
    for name, measure in (("cartpole", cartpole_tables), ("doorkey", doorkey_table)):
        if options.only in (None, name):
            content = measure(scale)
            print(content, flush=True)
            if options.write:
                write_between_marks(options.write, f"operators-{name}", content)


if __name__ == "__main__":
    main()
