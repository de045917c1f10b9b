"""Does the gate keep its word? False-pass and false-refuse rates of its rules against known true values, by simulation.

python -m benchmarks.calibration [--quick] [--write docs/gate.md]
"""

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np

from benchmarks.documents import write_between_marks
from heredity.gate.decision import decide
from heredity.study.gate_rule import GateRule
from heredity.workers import map_in_processes

EPISODES = (10, 20, 50, 100, 200)
SIMULATIONS = 2000
BETTER = 0.3
"""How far above its threshold a member is that should pass, in standard deviations of its episode returns."""

PLOT = Path("docs/images/calibration.svg")

Draw = Callable[[Any, tuple[int, int]], Any]
"""From a generator and a shape to returns of mean 0 and standard deviation 1."""


def mixture(rng: Any, shape: tuple[int, int], share: float, width: float) -> Any:
    """Draw 1 with probability `share`, else 0, blurred by a normal of standard deviation `width`; standardized."""
    raw = (rng.random(shape) < share) + width * rng.normal(size=shape)
    return (raw - share) / np.sqrt(share * (1 - share) + width**2)


SUCCESSES = "Bernoulli, 80 % successes"

DISTRIBUTIONS: dict[str, Draw] = {
    "Gaussian": lambda rng, shape: rng.normal(size=shape),
    SUCCESSES: partial(mixture, share=0.8, width=0.0),
    "heavy-tailed, Student t of 3 degrees": lambda rng, shape: rng.standard_t(3, shape) / np.sqrt(3),
    "bimodal, two equal humps": partial(mixture, share=0.5, width=0.1),
    "failures in 20 % of episodes": partial(mixture, share=0.8, width=0.02),
    "failures in 5 % of episodes": partial(mixture, share=0.95, width=0.02),
}

RULES = {
    "lower_bound": GateRule(rule="lower_bound"),
    "quantile (median)": GateRule(rule="quantile"),
    "champion": GateRule(rule="champion"),
    "champion, a steady one": GateRule(rule="champion"),
    "lower_bound, method student": GateRule(rule="lower_bound", method="student"),
    "mean": GateRule(rule="mean"),
    "mean_minus_std": GateRule(rule="mean_minus_std"),
}
STATING = ("lower_bound", "quantile (median)", "champion", "champion, a steady one")
"""Rules that state an α."""

Cell = tuple[str, str, int]


def rates(cell: Cell, simulations: int) -> tuple[float, float]:
    """Return the false-pass rate of members exactly at their bar, and the false-refuse rate BETTER above it."""
    name, kind, n = cell
    rule, draw = RULES[name], DISTRIBUTIONS[kind]
    rng = np.random.default_rng([list(RULES).index(name), list(DISTRIBUTIONS).index(kind), n])
    bar = float(np.median(draw(np.random.default_rng(0), (1, 1_000_001)))) if rule.rule == "quantile" else 0.0
    passed = []
    for above in (0.0, BETTER):
        if rule.rule == "champion":
            passed.append(_challenged(rule, draw, rng, (simulations, n), above, steady="steady" in name))
            continue
        returns, threshold = draw(rng, (simulations, n)), bar - above
        if kind == SUCCESSES:  # back to zeros and ones, as an environment reports them
            returns, threshold = np.round(0.8 + 0.4 * returns), 0.8 + 0.4 * threshold
        members = {str(k): sample.tolist() for k, sample in enumerate(returns)}
        passed.append(len(decide(members, rule, threshold=threshold).passed) / simulations)
    return passed[0], 1 - passed[1]


def _challenged(rule: GateRule, draw: Draw, rng: Any, shape: tuple[int, int], above: float, *, steady: bool) -> float:
    """Return how many challengers beat their champions, `above` standard deviations of a pair worse."""
    challengers, rivals = draw(rng, shape), np.zeros(shape) if steady else draw(rng, shape)
    rivals = rivals - above * (1 if steady else np.sqrt(2))
    passed = [
        decide({"m": mine.tolist()}, rule, threshold=0.0, champion_returns=its.tolist()).passed
        for mine, its in zip(challengers, rivals, strict=True)
    ]
    return sum(map(bool, passed)) / len(passed)


def table(found: dict[Cell, tuple[float, float]], simulations: int) -> Iterator[str]:
    """Yield the lines of the table; a false-pass rate above α by more than the simulation's error is bold."""
    yield f"| rule | returns | {' | '.join(f'n = {n}' for n in EPISODES)} |"
    yield "|---|---|" + "---|" * len(EPISODES)
    limit = 0.05 + 3 * np.sqrt(0.05 * 0.95 / simulations)
    for name in RULES:
        for kind in DISTRIBUTIONS:
            if (name, kind, EPISODES[0]) not in found:
                continue
            cells = []
            for n in EPISODES:
                wrong, refused = found[name, kind, n]
                bold = "**" if name in STATING and wrong > limit else ""
                cells.append(f"{bold}{100 * wrong:.1f}{bold} / {100 * refused:.0f}")
            yield f"| {name} | {kind} | {' | '.join(cells)} |"


def chart(found: dict[Cell, tuple[float, float]]) -> Any:
    """Draw the false-pass rates of the rules that state an α, and of Student's bound, against it."""
    rows = [
        {"rule": name, "returns": kind, "episodes": n, "false passes": wrong}
        for (name, kind, n), (wrong, _) in found.items()
        if not name.startswith("mean")
    ]
    measured = alt.Scale(type="log", domain=[EPISODES[0], EPISODES[-1]], nice=False)
    episodes = alt.X("episodes:Q", scale=measured, axis=alt.Axis(values=list(EPISODES)))
    passes = alt.Y(
        "false passes:Q", title="false passes", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 0.2], clamp=True)
    )
    lines = alt.Chart(alt.Data(values=rows)).mark_line(point=True, clip=True)
    alpha = alt.Chart(alt.Data(values=[{"alpha": 0.05}])).mark_rule(strokeDash=[4, 3]).encode(y="alpha:Q")
    panels = [
        alt.layer(
            lines.transform_filter(alt.datum.rule == name).encode(
                x=episodes, y=passes, color=alt.Color("returns:N", sort=list(DISTRIBUTIONS), title=None)
            ),
            alpha,
        ).properties(title=name, width=250, height=170)
        for name in dict.fromkeys(row["rule"] for row in rows)
    ]
    return alt.concat(*panels, columns=2)


def main() -> None:
    """Simulate and print, or write into a document and beside it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="200 simulations in place of 2000")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    simulations = SIMULATIONS // 10 if options.quick else SIMULATIONS
    cells = [
        (name, kind, n)
        for name, rule in RULES.items()
        for kind in DISTRIBUTIONS
        for n in EPISODES
        if not (rule.rule == "quantile" and kind == SUCCESSES)  # the median of zeros and ones is 1
    ]
    found = dict(zip(cells, map_in_processes(partial(rates, simulations=simulations), cells), strict=True))
    lines = "\n".join(table(found, simulations))
    print(lines)
    if options.write:
        write_between_marks(options.write, "calibration", lines)
        PLOT.parent.mkdir(parents=True, exist_ok=True)
        chart(found).save(PLOT)


if __name__ == "__main__":
    main()
