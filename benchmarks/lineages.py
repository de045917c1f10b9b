"""How often do lineages that inherited nothing look as if they had, and how often is what they inherited found?

    python -m benchmarks.lineages [--quick] [--only TABLE] [--write docs/evidence.md]

Studies are simulated in which the heirs of a lineage share the luck of its parents and controls are independent.
A/A: heirs and controls are of one population. A/B: heirs are better by one standard deviation of a member. What is
tested, and on what the intervals rest, is what `compare` uses; some studies go through `compare` itself.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.documents import write_between_marks
from heredity.transfer.alignment import Arm
from heredity.transfer.bootstrap import estimate_of_means
from heredity.transfer.comparison import compare
from heredity.transfer.estimates import ARMS
from heredity.transfer.inference import MEMBERS, Design, Inference
from heredity.transfer.permutation import ALPHA
from heredity.transfer.units import Units, units_of
from heredity.workers import map_in_processes

Array = Any

HORIZON = 1.6
"""Where times to the threshold, exp of a standard normal, are censored: a third of the members never reach it."""

OUTCOMES: dict[str, Callable[[Array], Array]] = {
    "normal": lambda z: z,
    "skewed": np.exp,
    "censored": lambda z: np.minimum(np.exp(z), HORIZON),
    "best": lambda z: np.minimum(np.exp(z), HORIZON),
}
"""From standard normal to what is measured; the last where `when_none: best` made one the parent of all in some."""

NOBODY_PASSES = 0.3
"""How often, with `when_none: best`."""

LINEAGES = (4, 6, 8, 16, 32)
MANY = 16
"""From so many lineages on a test takes long, and only OF_MANY are simulated, a third as often."""

SURPRISING = 3.5
"""Standard errors above 5 % at which a cell is called a failure: chance does that once in 4,000 cells."""


@dataclass(frozen=True)
class Kinship:
    """One way of being related: members per arm and lineage, the parents of its heirs, and their share of variance."""

    population: int
    parents: int
    share: float


KINSHIPS = (
    Kinship(1, 1, 0.0),
    *(Kinship(population, parents, 0.9) for population, parents in ((2, 1), (2, 2), (8, 1), (8, 2))),
    Kinship(8, 8, 0.0),
    *(
        Kinship(population, parents, share)
        for population, parents in ((8, 3), (8, 8), (16, 3), (16, 8))
        for share in (0.5, 0.9)
    ),
)
"""Where single members are tested, their share changes nothing: each of them is one draw of the population."""

OF_MANY = (Kinship(8, 1, 0.9), Kinship(8, 3, 0.9), Kinship(8, 8, 0.5))


def simulated(rng: np.random.Generator, lineages: int, kin: Kinship, nobody: float = 0.0) -> tuple[Array, Array]:
    """Return standard normal heirs and controls, float64[lineages, population] each."""
    parents = np.where(rng.random(lineages) < nobody, 1, kin.parents)
    luck = rng.standard_normal((lineages, kin.parents))
    of_parents = np.take_along_axis(luck, np.arange(kin.population) % parents[:, None], axis=1)
    alone = rng.standard_normal((2, lineages, kin.population))
    return np.sqrt(kin.share) * of_parents + np.sqrt(1 - kin.share) * alone[0], alone[1]


def lineages_of(lineages: int, population: int) -> tuple[Units, Units]:
    """Return the units of both arms."""
    owners = {f"l{unit:02d}/m{member:02d}": f"l{unit:02d}" for unit in range(lineages) for member in range(population)}
    inherited, control = (units_of(arm, [*owners], owners) for arm in ARMS)
    return inherited, control


def found(
    kin: Kinship, outcome: str, lineages: int, studies: int, designs: Sequence[Design], better: float = 0.0
) -> list[float]:
    """Return in which share of studies each design's test finds something."""
    nobody = NOBODY_PASSES if outcome == "best" else 0.0
    rng = np.random.default_rng([lineages, kin.population, kin.parents, round(100 * kin.share), *outcome.encode()])
    units, counts = lineages_of(lineages, kin.population), np.zeros(len(designs))
    for study in range(studies):
        heirs, controls = simulated(rng, lineages, kin, nobody)
        values = [OUTCOMES[outcome](arm).ravel() for arm in (heirs - better, controls)]
        seed = study if lineages < MANY else 0  # the seed of many lineages draws permutations, which takes long
        counts += [
            (p := Inference(units, seed, design=design).test(values).p) is not None and p < ALPHA for design in designs
        ]
    return [float(share) for share in counts / studies]


def as_compared(kin: Kinship, outcome: str) -> Design:
    """Return the design that a study of such lineages has."""
    return Design.of_lineages(1 if outcome == "best" else kin.parents)


def size(cell: tuple[Kinship, str, int], studies: int) -> float | None:
    """Return how often something is found in A/A studies, None where the cell is left out."""
    kin, outcome, lineages = cell
    if lineages >= MANY and kin not in OF_MANY:
        return None
    return found(kin, outcome, lineages, studies_of(lineages, studies), [as_compared(kin, outcome)])[0]


def studies_of(lineages: int, studies: int) -> int:
    """Return how many studies a cell of so many lineages is of."""
    return max(1, studies // 3) if lineages >= MANY else studies


def size_table(studies: int) -> tuple[str, bool]:
    """Return the table of sizes, and whether a cell is above 5 % by more than chance."""
    cells = [(kin, outcome, lineages) for kin in KINSHIPS for lineages in LINEAGES for outcome in OUTCOMES]
    sizes = dict(zip(cells, map_in_processes(partial(size, studies=studies), cells), strict=True))
    rows = ["| members | parents | share | " + " | ".join(f"{lineages} lineages" for lineages in LINEAGES) + " |"]
    rows.append("|---" * (3 + len(LINEAGES)) + "|")
    for kin in KINSHIPS:
        told = [[sizes[kin, outcome, lineages] for outcome in OUTCOMES] for lineages in LINEAGES]
        shown = [" / ".join(f"{100 * each:.1f}" for each in cell if each is not None) or "–" for cell in told]
        rows.append(f"| {kin.population} | {kin.parents} | {kin.share:g} | {' | '.join(shown)} |")
    failed, lines = False, []
    for few, label in ((True, "4, 6 and 8"), (False, "16 and 32")):
        these = [each for (_, _, n), each in sizes.items() if each is not None and (n < MANY) == few]
        error = (ALPHA * (1 - ALPHA) / studies_of(0 if few else MANY, studies)) ** 0.5
        failed |= max(these) > ALPHA + SURPRISING * error
        lines.append(
            f"{label} lineages: {len(these)} cells of standard error {100 * error:.1f} points, on average "
            f"{100 * np.mean(these):.1f} %, at most {100 * max(these):.1f} %"
        )
    return "\n".join([*rows, "", *(f"- {line}." for line in lines)]), failed


RULES = (Kinship(8, 1, 0.9), Kinship(8, 2, 0.9), Kinship(8, 3, 0.9), Kinship(16, 3, 0.9))


def rule(cell: tuple[Kinship, str], studies: int) -> list[float]:
    """Return how often A/A studies of six lineages find something by all members' means, and as they are compared."""
    kin, outcome = cell
    return found(kin, outcome, 6, studies, [Design("lineages"), as_compared(kin, outcome)])


def rule_table(studies: int) -> str:
    """Return what is found by the means over all members, and what by those who are tested."""
    cells = [(kin, outcome) for kin in RULES for outcome in ("normal", "skewed", "censored")]
    rows = ["| members | parents | outcome | all members' means | as tested |", "|---|---|---|---|---|"]
    for (kin, outcome), (means, tested) in zip(
        cells, map_in_processes(partial(rule, studies=studies), cells), strict=True
    ):
        rows.append(f"| {kin.population} | {kin.parents} | {outcome} | {means:.1%} | {tested:.1%} |")
    return "\n".join(rows)


BEFORE = (Kinship(8, 8, 0.0), Kinship(8, 3, 0.5), Kinship(8, 3, 0.87), Kinship(8, 1, 0.5), Kinship(8, 1, 0.87))


def before_and_after(kin: Kinship, studies: int) -> list[float]:
    """Return how often six lineages that inherited nothing are found to have: members as units, lineages as units.

    Interval without 0 and p < 0.05 of the first lineage's members; p < 0.05 of all members; the same of lineages.
    """
    rng, counts = np.random.default_rng([kin.parents, round(100 * kin.share)]), np.zeros(5)
    units = lineages_of(6, kin.population)
    one, every = ((units_of(*each, None),) * 2 for each in (("", units[0].members[:8]), ("", units[0].members)))
    for study in range(studies):
        arms = [arm.ravel() for arm in simulated(rng, 6, kin)]
        told = [
            (Inference(one, study, design=MEMBERS), [arm[: kin.population] for arm in arms]),
            (Inference(units, study, design=as_compared(kin, "normal")), arms),
        ]
        tests = [inference.test(values).p for inference, values in told]
        spans = [inference.difference(values) for inference, values in told]
        pooled = Inference(every, 0, design=MEMBERS).test(arms).p
        outside = [not span.low <= 0 <= span.high for span in spans]  # type: ignore[operator]
        counts += [outside[0], tests[0] < ALPHA, pooled < ALPHA, outside[1], tests[1] < ALPHA]  # type: ignore[operator]
    return [float(share) for share in counts / studies]


def before_table(studies: int) -> str:
    """Return the findings of A/A studies by what counts as a unit."""
    rows = [
        "| parents of the 8 heirs | their share of variance | members of one lineage: interval without 0 | p < 0.05 "
        "| members of six lineages: p < 0.05 | six lineages: interval without 0 | p < 0.05 |",
        "|---" * 7 + "|",
    ]
    for kin, shares in zip(BEFORE, map_in_processes(partial(before_and_after, studies=studies), BEFORE), strict=True):
        rows.append(f"| {kin.parents} | {kin.share:g} | {' | '.join(f'{share:.1%}' for share in shares)} |")
    return "\n".join(rows)


COVERED = [(Kinship(8, parents, 0.9), outcome) for parents in (1, 3) for outcome in ("normal", "skewed", "censored")]
COVERED_LINEAGES = (6, 8, 16)


def coverage(cell: tuple[Kinship, str], studies: int) -> list[float]:
    """Return how often the interval of the difference holds the truth, which is 0, by number of lineages."""
    kin, outcome = cell
    shares = []
    for lineages in COVERED_LINEAGES:
        rng, held = np.random.default_rng([lineages, kin.parents, *outcome.encode()]), 0
        for study in range(studies):
            means = [OUTCOMES[outcome](arm).mean(axis=1) for arm in simulated(rng, lineages, kin)]
            told = estimate_of_means(means, lambda x, y: x - y, study)
            held += told.low <= 0 <= told.high  # type: ignore[operator]
        shares.append(held / studies)
    return shares


def coverage_table(studies: int) -> str:
    """Return the coverage of intervals over lineages."""
    rows = ["| parents of the 8 heirs | outcome | " + " | ".join(f"{n} lineages" for n in COVERED_LINEAGES) + " |"]
    rows.append("|---" * (2 + len(COVERED_LINEAGES)) + "|")
    for (kin, outcome), shares in zip(
        COVERED, map_in_processes(partial(coverage, studies=studies), COVERED), strict=True
    ):
        rows.append(f"| {kin.parents} | {outcome} | {' | '.join(f'{share:.1%}' for share in shares)} |")
    return "\n".join(rows)


POWERED = (Kinship(1, 1, 0.0), Kinship(8, 1, 0.5), Kinship(8, 3, 0.5), Kinship(8, 3, 0.9), Kinship(8, 8, 0.5))
POWERED_LINEAGES = (4, 6, 8, 12)


def power(kin: Kinship, studies: int) -> list[float]:
    """Return how often one standard deviation is found, normal and censored in turn, by number of lineages."""
    return [
        found(kin, outcome, lineages, studies, [as_compared(kin, outcome)], 1.0)[0]
        for lineages in POWERED_LINEAGES
        for outcome in ("normal", "censored")
    ]


def power_table(studies: int) -> str:
    """Return the power of the test."""
    rows = ["| members | parents | share | " + " | ".join(f"{n} lineages" for n in POWERED_LINEAGES) + " |"]
    rows.append("|---" * (3 + len(POWERED_LINEAGES)) + "|")
    for kin, shares in zip(POWERED, map_in_processes(partial(power, studies=studies), POWERED), strict=True):
        cells = [f"{normal:.0%} / {censored:.0%}" for normal, censored in zip(shares[::2], shares[1::2], strict=True)]
        rows.append(f"| {kin.population} | {kin.parents} | {kin.share:g} | {' | '.join(cells)} |")
    return "\n".join(rows)


def through_compare(seed: int) -> bool:
    """Return whether `compare` finds something in an A/A study of six lineages, 8 heirs of 3 parents, their share 0.9.

    Raises ValueError where its p-value is not the one that the tables are of.
    """
    kin, budget, units = Kinship(8, 3, 0.9), 16_000, lineages_of(6, 8)
    times = [np.exp(arm).ravel() for arm in simulated(np.random.default_rng(seed), 6, kin)]
    arms = []
    for arm, members in zip(times, units, strict=True):
        ends = {
            name: (time * 10_000, 1.0 if time < HORIZON else 0.5)
            for name, time in zip(members.members, arm, strict=True)
        }
        curves = {name: ([0, min(end, budget)], [0.0, last]) for name, (end, last) in ends.items()}
        arms.append(Arm(curves, budget, units={name: name.partition("/")[0] for name in curves}))
    told = compare(arms[0], arms[1], threshold=1.0, seed=seed, design=Design.of_lineages(3)).test.p
    table = Inference(units, seed, design=Design.of_lineages(3)).test([np.minimum(arm, HORIZON) for arm in times]).p
    if told is None or table is None or abs(told - table) > 1e-9:
        raise ValueError(f"study {seed}: expected the p-value {table} of compare, got {told}")
    return told < ALPHA


def compared_line(studies: int) -> str:
    """Return what `compare` itself finds in A/A studies."""
    count = sum(map_in_processes(through_compare, range(studies)))
    return f"`compare` itself found something in {count} of {studies} such studies, by the same p-values."


FOUNDERS = 8
"""Members of which the parents of both branches are some."""

BRANCHES = (((3, 3), 0.5), ((3, 3), 0.9), ((1, 8), 0.9))
"""Parents of the 8 heirs of each branch, and the share of the heirs' variance that is their parents'."""

PAIRS = (5, 7, 8, 16)


def branches(rng: np.random.Generator, lineages: int, parents: tuple[int, int], share: float) -> list[Array]:
    """Return standard normal heirs of two branches of the same founders, float64[lineages, FOUNDERS] each.

    The parents of both are some of the founders at random: selecting is worth nothing.
    """
    luck, arms = rng.standard_normal((lineages, FOUNDERS)), []
    for count in parents:
        donors = rng.random((lineages, FOUNDERS)).argsort(axis=1)[:, np.arange(FOUNDERS) % count]
        alone = rng.standard_normal((lineages, FOUNDERS))
        arms.append(np.sqrt(share) * np.take_along_axis(luck, donors, axis=1) + np.sqrt(1 - share) * alone)
    return arms


def paired(cell: tuple[tuple[int, int], float, str, int], studies: int) -> float:
    """Return how often A/A studies find something between two branches, by pairs of lineages."""
    parents, share, outcome, lineages = cell
    rng = np.random.default_rng([lineages, *parents, round(100 * share), *outcome.encode()])
    units, design, hits = lineages_of(lineages, FOUNDERS), Design.of_branches(*parents), 0
    for study in range(studies):
        values = [OUTCOMES[outcome](arm).ravel() for arm in branches(rng, lineages, parents, share)]
        p = Inference(units, study, paired=True, design=design).test(values).p
        hits += p is not None and p < ALPHA
    return hits / studies


def paired_table(studies: int) -> tuple[str, bool]:
    """Return the sizes of the paired test, and whether one is above 5 % by more than chance."""
    names = ("normal", "skewed", "censored")
    cells = [(*branch, outcome, lineages) for branch in BRANCHES for lineages in PAIRS for outcome in names]
    sizes = dict(zip(cells, map_in_processes(partial(paired, studies=studies), cells), strict=True))
    rows = ["| parents of the heirs | share | " + " | ".join(f"{lineages} lineages" for lineages in PAIRS) + " |"]
    rows.append("|---" * (2 + len(PAIRS)) + "|")
    for parents, share in BRANCHES:
        shown = [" / ".join(f"{100 * sizes[parents, share, each, n]:.1f}" for each in names) for n in PAIRS]
        rows.append(f"| {parents[0]} and {parents[1]} | {share:g} | {' | '.join(shown)} |")
    error = (ALPHA * (1 - ALPHA) / studies) ** 0.5
    return "\n".join(rows), max(sizes.values()) > ALPHA + SURPRISING * error


TABLES: dict[str, Callable[[int], tuple[str, bool]]] = {
    "size": lambda less: size_table(1000 // less),
    "units": lambda less: (before_table(300 // less), False),
    "rule": lambda less: (rule_table(2000 // less) + "\n\n" + compared_line(60 // less), False),
    "lineage coverage": lambda less: (coverage_table(300 // less), False),
    "power": lambda less: (power_table(300 // less), False),
    "branches": lambda less: paired_table(2000 // less),
}
"""By name, the text and whether it shows a size above 5 %; made of a so many times smaller number of studies."""


def main() -> int:
    """Simulate and print, or write into a document; fail where a size is above 5 % by more than chance."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the simulated studies")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--only", choices=[*TABLES], help="one table alone")
    options, failures = parser.parse_args(), []
    for name in [options.only] if options.only else [*TABLES]:
        text, failed = TABLES[name](20 if options.quick else 1)
        failures += [name] if failed else []
        print(f"\n{name}\n{text}", flush=True)
        if options.write:
            write_between_marks(options.write, name, text)
    return int(bool(failures))


if __name__ == "__main__":
    raise SystemExit(main())
