"""What heritability says where the truth is known: nothing that differs inherited, nothing but noise, a given slope.

    python -m benchmarks.heritability [--quick] [--write docs/evidence.md]

Eight members have abilities N(50, spread), an episode's return is N(ability, 10), and the mean over 100 episodes of the
gate chooses the four best, who have two children each; every member has a child in the other branch. Children have
50 + slope · (ability − 50), give or take 2, or as much as is said.
"""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.documents import write_between_marks
from heredity.transfer.breeding import FRESH_WEIGHTS, RANDOM_MEMBERS, Baseline
from heredity.transfer.estimates import Estimate, Heritability, Regression
from heredity.transfer.families import regression
from heredity.transfer.heritability import heritability

MEMBERS, PARENTS, EPISODES, NOISE = 8, 4, 100, 10.0
STUDIES = 400


@dataclass(frozen=True)
class World:
    """What is true of simulated studies.

    spread: the standard deviation of members' abilities. slope: the share of it that children have. noise: the standard
    deviation of a child's fitness. lineages: how many a study has, which differ by ± 20.
    """

    spread: float
    slope: float
    noise: float = 2.0
    lineages: int = 1


@dataclass
class Drawn:
    """One simulated study, by address; chosen: what the gate saw of members, confirmed: what did not choose them."""

    chosen: dict[str, Any]
    confirmed: dict[str, Any]
    parents: dict[str, tuple[str, ...]]
    children: dict[str, float]
    others: dict[str, float]
    fresh: dict[str, float]


def drawn(world: World, seed: int) -> Drawn:
    """Draw one study."""
    rng, study = np.random.default_rng(seed), Drawn({}, {}, {}, {}, {}, {})
    for lineage in [""] if world.lineages == 1 else [f"l{index:02d}/" for index in range(world.lineages)]:
        shift = 20 * rng.standard_normal() if lineage else 0.0
        names = [f"{lineage}m{index}" for index in range(MEMBERS)]
        ability = dict(zip(names, rng.normal(50, world.spread, MEMBERS), strict=True))
        chosen, confirmed = (
            {name: ability[name] + shift + NOISE * rng.standard_normal(EPISODES) for name in names} for _ in range(2)
        )
        best = sorted(names, key=lambda name: -chosen[name].mean())[:PARENTS]
        parents = {child: best[index % PARENTS] for index, child in enumerate(names)}

        def fitness(couples: dict[str, str], rng: Any = rng, ability: Any = ability, shift: float = shift) -> Any:
            noise = world.noise * rng.standard_normal(len(couples))
            expected = [50 + world.slope * (ability[parent] - 50) + shift for parent in couples.values()]
            return dict(zip(couples, expected + noise, strict=True))

        study.chosen |= chosen
        study.confirmed |= confirmed
        study.parents |= {child: (parent,) for child, parent in parents.items()}
        study.children |= fitness(parents)
        study.others |= fitness(dict(zip(names, names, strict=True)))
        study.fresh |= {name: 2 * rng.standard_normal() for name in names}
    return study


def estimated(study: Drawn, baseline: Baseline) -> Heritability:
    return heritability(
        study.chosen, study.parents, study.children, study.children, confirmed=study.confirmed, baseline=baseline
    )


@dataclass(frozen=True)
class Answers:
    """What one study of one lineage comes to.

    over_fresh: R / S with fresh weights as the baseline of both, on the gate's episodes. over_all: R / S with S on
    these. raw: the corrected slope on these, where no test says whether there is one. against_random, against_fresh:
    what heredity says.
    """

    over_fresh: float
    over_all: float
    raw: Estimate | None
    against_random: Heritability
    against_fresh: Heritability


def answers(world: World, seed: int) -> Answers:
    study = drawn(world, seed)
    parents, members = np.mean([study.chosen[name].mean() for (name,) in study.parents.values()]), study.chosen.values()
    children, others, fresh = (np.mean([*each.values()]) for each in (study.children, study.others, study.fresh))
    line = regression(study.chosen, study.parents, study.children)
    return Answers(
        over_fresh=float((children - fresh) / (parents - fresh)),
        over_all=float((children - others) / (parents - np.mean([each.mean() for each in members]))),
        raw=divided(line) if line else None,
        against_random=estimated(study, Baseline(RANDOM_MEMBERS, None, study.others, study.others)),
        against_fresh=estimated(study, Baseline(FRESH_WEIGHTS, study.fresh, study.fresh, study.fresh)),
    )


def divided(line: Regression) -> Estimate | None:
    """Return a slope and its ends divided by the reliability as if that were known."""
    if not line.reliability:
        return None
    value, low, high = (
        None if end is None else end / line.reliability for end in (line.slope.value, line.slope.low, line.slope.high)
    )
    return Estimate(value, low, high, line.slope.n)


def middle(values: Iterable[float]) -> str:
    """Return the median, and the range of nine in ten."""
    low, median, high = np.quantile([*values], [0.05, 0.5, 0.95])
    return f"{median:,.2f} ({low:,.2f} to {high:,.2f})"


def holding(estimates: Iterable[Estimate | None], truth: float, studies: int) -> str:
    """Say how many studies have an estimate, and how many of these intervals hold the truth."""
    known = [each for each in estimates if each]
    held = sum(_holds(each, truth) for each in known)
    return f"{len(known) / studies:.0%}" + (f", {held / len(known):.1%} of them" if known else "")


def _holds(estimate: Estimate, truth: float) -> bool:
    """Whether an interval holds the truth; an end that is not known is beyond it."""
    low, high = estimate.low, estimate.high
    return (low is None or low <= truth) and (high is None or truth <= high)


WORLDS = {
    "nothing that differs inherited: spread 3, slope 0": World(3, 0),
    "half of the spread of means noise: spread 1, slope 1, children ± 0.1": World(1, 1, noise=0.1),
    "all of it noise: spread 0, slope 1": World(0, 1),
}


def fault_table(studies: int) -> str:
    """Return what simple quotients and slopes give, and what heredity says of the same studies."""
    rows = ["| of the same studies | " + " | ".join(WORLDS) + " |", "|---" * (len(WORLDS) + 1) + "|"]
    columns = []
    for world in WORLDS.values():
        each = [answers(world, seed) for seed in range(studies)]
        slopes = [one.raw for one in each if one.raw]
        lines = [one.against_random.trained.regression for one in each]
        columns.append(
            {
                "R / S over fresh weights, the gate's own episodes": middle(one.over_fresh for one in each),
                "R / S over random members, the gate's own episodes": middle(one.over_all for one in each),
                "corrected slope without a test, the gate's own episodes": middle(one.value or 0.0 for one in slopes),
                "… its widest interval": _widest(slopes),
                "**heredity**: `realised` against fresh weights": _known(
                    one.against_fresh.trained.realised for one in each
                ),
                "`lead_kept` against fresh weights": middle(
                    one.against_fresh.trained.lead_kept.value or 0.0
                    for one in each
                    if one.against_fresh.trained.lead_kept
                ),
                "`realised` against random members: how many, with the slope in the interval": holding(
                    (one.against_random.trained.realised for one in each), world.slope, studies
                ),
                "mean R / mean S": _quotient(one.against_random for one in each),
                "corrected slope: how many, with the slope in the interval": holding(
                    (line.corrected if line else None for line in lines), world.slope, studies
                ),
            }
        )
    rows += [f"| {name} | {' | '.join(column[name] for column in columns)} |" for name in columns[0]]
    return "\n".join(rows)


def _widest(slopes: list[Estimate]) -> str:
    ends = [(one.low, one.high) for one in slopes if one.low is not None and one.high is not None]
    low, high = max(ends, key=lambda end: end[1] - end[0])
    return f"[{low:,.0f}, {high:,.0f}]"


def _known(estimates: Iterable[Estimate | None]) -> str:
    return "none" if not any(estimates) else "some"


def _quotient(studies: Iterable[Heritability]) -> str:
    """Return the mean R over the mean S, in which a study counts whether it has a quotient or not."""
    pairs = [
        (one.trained.response.value or 0.0, one.selection.value or 0.0)
        for one in studies
        if one.trained.response and one.selection
    ]
    response, selection = np.mean(pairs, axis=0)
    return f"{response:.2f} / {selection:.2f}"


def coverage(world: World, seed: int) -> tuple[Estimate | None, Estimate | None]:
    """Return R / S against random members and the corrected slope, where there are some."""
    study = drawn(world, seed)
    one = estimated(study, Baseline(RANDOM_MEMBERS, None, study.others, study.others))
    line = one.trained.regression
    return one.trained.realised, line.corrected if line else None


def coverage_table(studies: int) -> str:
    """Return how often the intervals hold the truth."""
    rows = [
        "| lineages | true slope | R / S: how many | it holds | corrected slope: how many | it holds |",
        "|---" * 6 + "|",
    ]
    for lineages in (1, 6):
        for slope in (0.0, 0.5, 1.0):
            world = World(12 if lineages == 1 else 4, slope, lineages=lineages)
            each = [coverage(world, seed) for seed in range(studies)]
            cells = [cell for estimates in zip(*each, strict=True) for cell in _shares(estimates, slope, studies)]
            rows.append(f"| {lineages} | {slope:g} | {' | '.join(cells)} |")
            print(rows[-1], flush=True)
    return "\n".join(rows)


def _shares(estimates: Iterable[Estimate | None], truth: float, studies: int) -> tuple[str, str]:
    known = [each for each in estimates if each]
    return f"{len(known) / studies:.1%}", f"{np.mean([_holds(each, truth) for each in known]):.1%}" if known else ""


def main() -> None:
    """Simulate and print, or write into a document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the simulated studies")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    studies = STUDIES // 10 if options.quick else STUDIES
    tables = {"heritability": fault_table(studies), "kin": coverage_table(studies)}
    print(tables["heritability"])
    for name, table in tables.items() if options.write else ():
        write_between_marks(options.write, name, table)


if __name__ == "__main__":
    main()
