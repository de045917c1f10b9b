"""Every number of a comparison computed once more, by rliable, lifelines, statsmodels, SciPy, or from its definition.

Of the demo where it has been run in this clone, and of simulated arms that never finish, cross and are held.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats

from heredity.inheritance.pedigree import stored_births
from heredity.inheritance.ranking import ranking_steps
from heredity.layout import Layout, control_arm
from heredity.study.load import load_study
from heredity.study.study import SCRATCH
from heredity.training.curves import as_arrays, read_curves
from heredity.transfer.alignment import Arm
from heredity.transfer.comparison import compare
from heredity.transfer.estimates import ARMS
from heredity.transfer.inference import Design
from heredity.transfer.permutation import holm
from heredity.transfer.plan import comparison_plan
from heredity.transfer.record import read_transfers
from heredity.transfer.survival import Times, kaplan_meier
from heredity.transfer.units import units_of

ROOT = Path(__file__).parents[2]
DEMO = ("medium",)

pytestmark = pytest.mark.slow  # what recomputes is more than `make test` installs


@dataclass
class Compared:
    """What was said of two arms, and what it was said of: by arm, (steps, returns) of every run.

    units: by arm, the independent unit of every run. tested: by arm, the units of those runs that are tested.
    """

    said: object
    arms: tuple
    source: list
    threshold: float
    budgets: tuple
    units: tuple
    tested: tuple

    def by_unit(self, values):
        """Return the mean over the runs of each unit, by arm."""
        return tuple(
            np.array([np.mean(each[np.array(owners) == unit]) for unit in dict.fromkeys(owners)])
            for each, owners in zip(values, self.units, strict=True)
        )

    def means(self, cap=np.inf, *, strong=False):
        """Return each unit's mean return over the budget, steps before a run began counting as untrained."""
        horizon, untrained = self.budgets[strong], np.mean([returns[0] for _, returns in self.arms[1]])
        shifts = (self.source if strong else [0] * len(self.arms[0]), [0] * len(self.arms[1]))

        def mean(curve, shift):
            def height(t):
                return min(float(np.interp(t - shift, *curve)), cap) if t >= shift else untrained

            kinks = sorted({shift, *(step + shift for step in curve[0]), horizon})
            pieces = [0, *[kink for kink in kinks if 0 < kink <= horizon]]
            between = [np.linspace(a, b, 401) for a, b in pairwise(pieces)]
            # a step at the very beginning of a curve is approached from the right
            return (
                sum(integrate.trapezoid([height(min(t + 1e-9, horizon)) for t in part], part) for part in between)
                / horizon
            )

        return self.by_unit(
            [
                np.array([mean(*each) for each in zip(arm, shift, strict=True)])
                for arm, shift in zip(self.arms, shifts, strict=True)
            ]
        )

    def scores(self, cap=np.inf, *, strong=False):
        """Return the same on a scale from untrained control (0) to the threshold (1)."""
        untrained = np.mean([returns[0] for _, returns in self.arms[1]])
        return tuple((each - untrained) / (self.threshold - untrained) for each in self.means(cap, strong=strong))

    def times(self, *, strong=False):
        """Return each run's steps to the threshold, and whether it was seen there, within the budget."""
        horizon, found = self.budgets[strong], []
        for arm, shifts in zip(self.arms, (self.source if strong else [0] * 99, [0] * 99), strict=True):
            first = [
                next((step for step, value in zip(*curve, strict=True) if value >= self.threshold), np.inf) + shift
                for curve, shift in zip(map(after_waiting, arm), shifts, strict=False)
            ]
            found.append((np.minimum(first, horizon), np.array(first) <= horizon))
        return found


def simulated():
    rng = np.random.default_rng(3)
    steps = np.arange(0, 10_001, 500)

    def run(middle):
        returns = 1 / (1 + np.exp(-(steps - middle) / 400)) + 0.02 * rng.standard_normal(len(steps))
        above = np.flatnonzero(returns >= 0.9)
        end = above[0] + 1 if len(above) else len(steps)
        return steps[:end].astype(float), returns[:end]

    inherited = {f"m{k}": run(rng.uniform(500, 12_000)) for k in range(9)}
    control = {f"m{k}": run(rng.uniform(4_000, 16_000)) for k in range(8)}
    source = {name: 1_000 + 100 * k for k, name in enumerate(inherited)}
    said = compare(Arm(inherited, 8_000, source), Arm(control, 10_000), threshold=0.9, seed=1)
    arms, alone = (list(inherited.values()), list(control.values())), (list(inherited), list(control))
    everybody = tuple(units_of("run", names, None) for names in alone)
    return Compared(said, arms, list(source.values()), 0.9, (8_000, 10_000), alone, everybody)


def of_demo(name):
    layout = Layout(ROOT / "lineage", ROOT / "report")
    if not layout.control(name, SCRATCH).curves.exists():
        pytest.skip("the study has not been run in this clone")
    node = comparison_plan(load_study(ROOT / "params.yaml")).generations[name]
    stored = (read_curves(layout.arm(name, arm).curves) for arm in ("inherited", control_arm(SCRATCH)))
    arms = [{member: as_arrays(curve, node.window) for member, curve in curves.items()} for curves in stored]
    births = stored_births(layout, name)
    shares = ranking_steps(births.rankings, [birth.child for birth in births.heirs])
    arms[0] = {member: waited(curve, shares[member]) for member, curve in arms[0].items()}
    said = read_transfers(layout.transfer)[name]
    source = [said.source_steps[member] for member in arms[0]]
    budgets = said.horizons  # to the ends of the rollouts in which budgets are used up
    owners = [[name.partition("/")[0] for name in arm] for arm in arms]
    tested = lineages_tested(layout, name, [list(arm) for arm in arms], owners)
    curves = tuple(list(arm.values()) for arm in arms)
    return Compared(said, curves, source, node.threshold, budgets, tuple(owners), tested)


def waited(curve, share):
    """Return a curve that begins after its share of what ranking took, untrained until then."""
    steps, returns = curve
    return np.array([0, *(steps + share)]), np.array([returns[0], *returns])


def after_waiting(curve):
    """Return a curve from where its wait is over: whoever begins at the threshold is not there before it begins."""
    steps, returns = curve
    begins = 1 if len(steps) > 1 and returns[0] == returns[1] else 0
    return steps[begins:], returns[begins:]


def lineages_tested(layout, name, members, owners):
    """Return the units of those whom the test takes, drawn by the study's seed."""
    births, plan = stored_births(layout, name).heirs, comparison_plan(load_study(ROOT / "params.yaml"))
    parents = [{p for b in births if b.child.startswith(lineage) for p in b.parents} for lineage in set(owners[0])]
    design, seed = Design.of_lineages(min(map(len, parents))), plan.seeds(name).integer("compare")
    counts = (1, 1) if design.one_of_each else (None, design.most_controls)
    units = [units_of(name, each, dict(zip(each, own, strict=True))) for each, own in zip(members, owners, strict=True)]
    return tuple(
        each if count is None else each.at_most(count, seed, arm)
        for each, count, arm in zip(units, counts, ARMS, strict=True)
    )


@pytest.fixture(scope="module", params=["simulated", *DEMO])
def study(request):
    return simulated() if request.param == "simulated" else of_demo(request.param)


def test_areas_and_what_is_made_of_them(study):
    said = study.said
    x, y = study.means()
    assert said.area_difference.value == pytest.approx(x.mean() - y.mean(), rel=1e-4)
    x, y = (scores.mean() for scores in study.scores())
    assert said.transfer_ratio.value == pytest.approx(x / y, rel=1e-3)
    assert said.relative_area.value == pytest.approx((x - y) / y, rel=1e-3)
    for strong, name in ((False, "forward_transfer"), (True, "forward_transfer_strong")):
        x, y = (scores.mean() for scores in study.scores(study.threshold, strong=strong))
        assert getattr(said, name).value == pytest.approx((x - y) / (1 - y), abs=2e-3)
    untrained = [np.mean([returns[0] for _, returns in arm]) for arm in study.arms]  # of units of one size
    assert said.jumpstart.value == pytest.approx(untrained[0] - untrained[1])


def test_scores_are_rliables(study):
    from rliable import metrics

    said, (x, y) = study.said, study.scores()
    for name, of in (
        ("interquartile_mean", metrics.aggregate_iqm),
        ("optimality_gap", metrics.aggregate_optimality_gap),
    ):
        contrast = getattr(said, name)
        assert contrast.inherited.value == pytest.approx(of(x[:, None]), abs=1e-3)
        assert contrast.control.value == pytest.approx(of(y[:, None]), abs=1e-3)
    raw = study.means()
    wins = metrics.probability_of_improvement(raw[0][:, None], raw[1][:, None])
    assert said.probability_of_improvement.value == pytest.approx(wins, abs=1e-6)


def test_an_interval_is_scipys_but_for_being_expanded(study):
    from rliable import metrics

    def of(scores, axis):
        return np.apply_along_axis(lambda runs: metrics.aggregate_iqm(runs[:, None]), axis, scores)

    plain = stats.bootstrap((study.scores()[0],), of, n_resamples=4_000, method="percentile", rng=0).confidence_interval
    said, width = study.said.interquartile_mean.inherited, plain.high - plain.low
    # eight runs: Student's tails where the plain interval has normal ones, and n / (n − 1) of its variance
    assert said.low - 0.005 <= plain.low + 0.02 * width
    assert said.high + 0.005 >= plain.high - 0.02 * width
    assert (said.low, said.high) == pytest.approx((plain.low, plain.high), abs=0.01 + 0.35 * width)


@pytest.mark.parametrize("strong", [False, True])
def test_times_are_lifeliness(study, strong):
    from lifelines import KaplanMeierFitter
    from lifelines.utils import restricted_mean_survival_time

    said = study.said.time_to_threshold_strong if strong else study.said.time_to_threshold
    medians = []
    for (steps, reached), arm, mean in zip(
        study.times(strong=strong),
        (said.inherited, said.control),
        (said.restricted_mean.inherited, said.restricted_mean.control),
        strict=True,
    ):
        fitted = KaplanMeierFitter().fit(steps, reached)
        assert (arm.reached, arm.of) == (reached.sum(), len(steps))
        assert mean.value == pytest.approx(restricted_mean_survival_time(fitted, said.restricted_to))
        assert mean.value == pytest.approx(np.minimum(steps, said.restricted_to).mean())
        if not np.isclose(fitted.survival_function_.to_numpy(), 0.5).any():  # where lifelines and R's survfit differ
            assert arm.median == (None if np.isinf(fitted.median_survival_time_) else fitted.median_survival_time_)
        medians.append(arm.median)
    if None not in medians:
        assert said.speed_up.value == pytest.approx(medians[1] / medians[0])


def test_the_test_of_the_primary_outcome_is_scipys(study):
    data = zip(study.times(), study.tested, strict=True)
    x, y = (tested.means(steps.astype(float)) for (steps, _), tested in data)
    exact = stats.permutation_test(
        (x, y), lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis), n_resamples=np.inf, vectorized=True
    )
    assert study.said.test.p == pytest.approx(min(exact.pvalue, 1), rel=1e-6)
    assert "exact" in study.said.test.method


def test_the_log_rank_test_is_near_scipys(study):
    if study.said.unit != "members":
        pytest.skip("of lineages the scores of members are averaged before they are permuted")
    (x, reached), (y, also) = study.times()
    arms = [stats.CensoredData(uncensored=steps[seen], right=steps[~seen]) for steps, seen in ((x, reached), (y, also))]
    asymptotic, permuted = stats.logrank(*arms).pvalue, study.said.time_to_threshold.log_rank.p
    assert permuted == pytest.approx(asymptotic, abs=0.03)


def test_the_adjustment_for_several_generations_is_statsmodels():
    from statsmodels.stats.multitest import multipletests

    p_values = {"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.2, "e": 0.01}
    adjusted = multipletests(list(p_values.values()), method="holm")[1]
    assert list(holm(p_values).values()) == pytest.approx(list(adjusted))
    assert holm(p_values | {"f": None})["a"] == pytest.approx(adjusted[0])


def of_lineages():
    """Return what was said of six lineages of unequal size, their members' times, and the lineage of each."""
    rng = np.random.default_rng(5)

    def arm(middle):
        owners = {f"l{k}/m{m}": f"l{k}" for k in range(6) for m in range(3 + k % 3)}
        luck = {f"l{k}": rng.uniform(-2_000, 2_000) for k in range(6)}
        first = {name: middle + luck[owner] + rng.uniform(-1_500, 3_000) for name, owner in owners.items()}
        curves = {
            name: ([0.0, step], [0.0, 1.0]) if step < 8_000 else ([0.0, 8_000.0], [0.0, 0.5])
            for name, step in first.items()
        }
        times = np.minimum(list(first.values()), 8_000), np.array(list(first.values())) < 8_000
        return Arm(curves, 8_000, units=owners), times, np.array([int(owner[1]) for owner in owners.values()])

    arms = arm(4_500), arm(6_500)
    return compare(arms[0][0], arms[1][0], threshold=1.0, seed=2, design=Design("lineages")), arms


def test_the_restricted_mean_of_lineages_is_lifeliness_with_every_lineage_weighing_the_same():
    from lifelines import KaplanMeierFitter
    from lifelines.utils import restricted_mean_survival_time

    said, arms = of_lineages()
    times = said.time_to_threshold
    for (_, (steps, reached), owners), arm, mean in zip(arms, (times.inherited, times.control), (times.restricted_mean.inherited, times.restricted_mean.control), strict=True):  # fmt: skip  # noqa: E501
        weights = 60 // np.bincount(owners)[owners]  # lineages have 3, 4 or 5 members
        fitted = KaplanMeierFitter().fit(steps, reached, weights=weights)
        assert mean.value == pytest.approx(restricted_mean_survival_time(fitted, times.restricted_to))
        of_members = KaplanMeierFitter().fit(steps, reached)
        if not np.isclose(of_members.survival_function_.to_numpy(), 0.5).any():
            assert arm.median == pytest.approx(of_members.median_survival_time_)
        drawn = stats.bootstrap((np.array([steps[owners == k].mean() for k in range(6)]),), np.mean, n_resamples=9_999, method="percentile", confidence_level=1 - 2 * 0.00243, rng=0)  # fmt: skip  # noqa: E501
        assert (mean.low, mean.high) == pytest.approx(tuple(drawn.confidence_interval), rel=0.02)


def test_a_weighted_survival_curve_is_lifeliness():
    from lifelines import KaplanMeierFitter

    rng = np.random.default_rng(1)
    times = Times(np.round(rng.uniform(0, 50, 60)), rng.random(60) < 0.7)
    weights = rng.integers(0, 4, 60).astype(float)
    held = weights > 0
    fitted = KaplanMeierFitter().fit(times.steps[held], times.reached[held], weights=weights[held].astype(int))
    steps, survival = kaplan_meier(times, weights[None])
    shares = fitted.predict(steps).to_numpy()
    last = np.append(np.diff(steps) > 0, True)  # of the runs at one step, the last has them all
    assert survival[0][last] == pytest.approx(shares[last])


def test_the_test_of_lineages_is_scipys_of_their_means():
    said, arms = of_lineages()
    means = [np.array([steps[owners == k].mean() for k in range(6)]) for _, (steps, _), owners in arms]
    exact = stats.permutation_test(
        means, lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis), n_resamples=np.inf, vectorized=True
    )
    assert said.test.p == pytest.approx(exact.pvalue)
