"""From numbers of members to estimates and tests over independent units."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from heredity.study.sections import PrimaryOutcome
from heredity.transfer.bootstrap import Picks, estimate_of_means, picks_of_arms
from heredity.transfer.estimates import ARMS, Array, Defined, Estimate, PermutationTest, Unit, defined
from heredity.transfer.permutation import permutation_test
from heredity.transfer.units import Units

NOUNS: dict[Unit, str] = {"lineages": "lineage", "parents": "parent", "members": "run"}
"""What one unit is called."""


@dataclass(frozen=True)
class Design:
    """What a comparison rests on.

    unit: what the arms' units are. outcome: the primary outcome, which alone is tested. one_of_each: the tests take one
    heir and one control of each unit, drawn by the seed, and not the means over all of them. most_controls: they take
    the mean over at most so many controls of each, drawn likewise. untested: why there is no test, which then has no
    p-value and states this; empty where there is one.
    """

    unit: Unit = "members"
    outcome: PrimaryOutcome = "steps"
    one_of_each: bool = False
    most_controls: int | None = None
    untested: str = ""

    @classmethod
    def of_lineages(cls, fewest_parents: int, outcome: PrimaryOutcome = "steps") -> "Design":
        """Return the design of a comparison over lineages, in the poorest of which the heirs have so few parents.

        The mean of many heirs of few parents is wider spread and more skewed than that of as many controls, so that a
        permutation of means would find too much. Of fewer than three parents only single members are alike; of more,
        heirs are alike enough to CONTROLS_PER_PARENT controls for each of these (docs/evidence.md).
        """
        if fewest_parents < FEWEST_PARENTS:
            return cls("lineages", outcome, one_of_each=True)
        return cls("lineages", outcome, most_controls=int(fewest_parents * CONTROLS_PER_PARENT))

    @classmethod
    def of_branches(cls, first: float, second: float, outcome: PrimaryOutcome = "steps") -> "Design":
        """Return the design of a comparison of two branches, whose heirs have so many parents in a lineage on average.

        Heirs of as many parents differ by chance alone in either direction. Where those of one branch have more than
        UNALIKE times as many, their means are less spread and less skewed, and one heir of each is tested.
        """
        fewer, more = sorted((first, second))
        return cls("lineages", outcome, one_of_each=more > UNALIKE * fewer)


FEWEST_PARENTS = 3
"""Parents of a lineage's heirs below which only single members are tested."""

CONTROLS_PER_PARENT = Fraction(4, 3)
"""Controls whose mean is tested against that of heirs, for each of their parents: four of three, ten of eight."""

UNALIKE = 2
"""How many times as many parents the heirs of one branch may have as those of the other (docs/evidence.md)."""

MEMBERS = Design()
"""Every member is a unit."""


@dataclass(frozen=True)
class Inference:
    """How numbers of an arm's members, float64[members] per arm, become estimates and tests over their units.

    units: of the inherited arm and the control, the same ones in the same order where they are paired.
    """

    units: tuple[Units, Units]
    seed: int = 0
    paired: bool = False
    design: Design = field(default=MEMBERS)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many units there are: of each arm, or pairs."""
        sizes = tuple(len(units) for units in self.units)
        return sizes[:1] if self.paired else sizes

    @property
    def noun(self) -> str:
        """What a unit is called."""
        return NOUNS[self.design.unit]

    def picks(self) -> Picks:
        """Draw the resamples of both arms' units."""
        return picks_of_arms(tuple(len(units) for units in self.units), self.seed, self.paired)

    def data(self, values: Sequence[Array]) -> tuple[Array, Array]:
        """Return the mean over each unit's members, float64[units] per arm."""
        inherited, control = (units.means(each) for units, each in zip(self.units, values, strict=True))
        return inherited, control

    def of_means(self, values: Sequence[Array], of: Callable[[Array, Array], Array]) -> Estimate:
        """Estimate a function of the arms' means over units."""
        return estimate_of_means(self.data(values), of, self.seed, paired=self.paired)

    def difference(self, values: Sequence[Array]) -> Defined:
        """Estimate the difference of the arms' means over units."""
        return defined(self.of_means(values, lambda x, y: x - y))

    def undefined(self) -> Estimate:
        """Return the estimate of what has no value."""
        return Estimate(None, None, None, sum(self.sizes))

    def tested(self, values: Sequence[Array]) -> tuple[Array, Array]:
        """Return the units' data that are tested, float64[units] per arm: means over those members that are."""
        return replace(self, units=self._sampled()).data(values)

    def test(self, values: Sequence[Array], unmeasured: str = "") -> PermutationTest:
        """Test that both arms have equal means. unmeasured: why there are no values, where there are none."""
        told = permutation_test(
            *self.tested(values),
            seed=self.seed,
            paired=self.paired,
            noun=f"{self.noun}s",
            sampled=self._sample(),
        )
        reason = self.design.untested or unmeasured
        return replace(told, p=None, method="not tested", statement=reason) if reason else told

    def _sampled(self) -> tuple[Units, Units]:
        """Return the units of those members that are tested."""
        most = (1, 1) if self.design.one_of_each else (None, self.design.most_controls)
        inherited, control = (
            units if count is None else units.at_most(count, self.seed, arm)
            for units, count, arm in zip(self.units, most, ARMS, strict=True)
        )
        return inherited, control

    def _sample(self) -> str:
        """Say which members are tested, where not all are."""
        if self.design.one_of_each:
            return f"one seeded member per {self.noun} and arm"
        most = self.design.most_controls
        thinned = most is not None and bool((self.units[1].sizes > most).any())
        return f"at most {most} seeded controls per {self.noun}" if thinned else ""
