"""Heritability: how much of what set the parents apart do their children show?

The breeder's equation is R = h² S (Mühlenbein & Schlierkamp-Voosen, Evolutionary Computation 1(4), 1993): S is by how
much the parents exceed the population that they were taken from, R by how much their children exceed the children of
members taken at random. Where a study has no such children there is no heritability: against fresh weights, R over the
parents' lead is the share of that lead which their children keep, and that is near 1 even where nothing that differs
between members is inherited. `baseline` says which it was.

S and the lead are of episodes that did not choose the parents, because on those that did they are partly luck.
"""

import math
from collections.abc import Sequence

import numpy as np

from heredity.errors import CurveError
from heredity.study.lineages import by_lineage
from heredity.transfer.breeding import RANDOM_MEMBERS, Baseline, Breeding, Difference, Fitness
from heredity.transfer.estimates import Heritability, Measure, Regression
from heredity.transfer.families import ALPHA, Parents, Returns, equality_p, measured_by, regression


def heritability(
    members: Returns,
    parents: Parents,
    zero_shot: Fitness,
    trained: Fitness,
    *,
    confirmed: Returns | None = None,
    baseline: Baseline | None = None,
    one_scale: bool = True,
) -> Heritability:
    """Estimate the heritability of fitness from parents to children.

    members: episode returns of every member of the parents' generation on their task. parents: by child, the names of
    its parents. zero_shot, trained: by child, its fitness on its own task before and after training. confirmed: returns
    of parents on episodes that did not choose them; where those of one of them are lacking there is no S, and the
    regression is on what `members` has. one_scale: whether returns of both tasks have the same ends, without which R
    over S is no share.

    Names are addresses. Of several lineages (l03/m07) each is compared with itself alone, those that lack a side left
    out; the differences in each are the data of Student's, and intervals hold for lineages of the study. In one lineage
    they hold for its parents alone: S varies with the episodes that measured it, which members that played equally many
    are taken to share, R with the children of both sides. R over S has Fieller's interval, and is None where that of S
    holds 0. There is no regression where an F test does not find the parents to differ.
    Raises CurveError for a parent without returns, or fewer than two children.
    """
    _check(members, parents, zero_shot, trained, confirmed or {})
    breeding, played, p = _bred(members, parents, confirmed or {}, baseline)
    of_random = baseline is not None and baseline.kind == RANDOM_MEMBERS
    selection, lead = breeding.selection(), breeding.lead()
    under = selection if of_random else lead

    def measure(children: Fitness, others: Fitness | Sequence[float] | None) -> Measure:
        line = regression(played, parents, children) if p < ALPHA else None
        response = None if others is None else breeding.response(children, others)
        return _measure(response, under if one_scale else None, line, of_random=of_random)

    return Heritability(
        baseline=baseline.kind if baseline else None,
        selection=selection.measured.estimate() if selection else None,
        zero_shot=measure(zero_shot, baseline.zero_shot if baseline else None),
        trained=measure(trained, baseline.trained if baseline else None),
        notes=tuple(_notes(breeding, under, one_scale) + _equality_notes(parents, p)),
        lead=lead.measured.estimate() if lead else None,
        unit="lineages" if breeding.several else "members",
    )


def _measure(
    response: Difference | None, under: Difference | None, line: Regression | None, *, of_random: bool
) -> Measure:
    share = response.over(under) if response and under else None
    realised, lead_kept = (share, None) if of_random else (None, share)
    return Measure(response.measured.estimate() if response else None, realised, line, lead_kept)


def _donors(parents: Parents) -> list[str]:
    return sorted({name for couple in parents.values() for name in couple})


def _bred(
    members: Returns, parents: Parents, confirmed: Returns, baseline: Baseline | None
) -> tuple[Breeding, Returns, float]:
    """Return the generation, the returns that its parents are measured by, and the p of their being equal."""
    donors = _donors(parents)
    breeding = Breeding(members, confirmed if confirmed.keys() >= set(donors) else None, parents, baseline)
    played = measured_by(members, confirmed, donors)
    return breeding, played, equality_p({name: played[name] for name in donors})


def _notes(breeding: Breeding, under: Difference | None, one_scale: bool) -> list[str]:
    """Say why a number that a reader looks for is not there."""
    if breeding.confirmed is None:
        return ["no S, because not all parents were seen on episodes that did not choose them"]
    if (baseline := breeding.baseline) is None:
        return []
    if not breeding.names:
        return [f"no R, because no lineage has both children and {baseline.kind}"]
    if not one_scale:
        return ["no R / S, because returns of the parents' task and the children's are not known to have the same ends"]
    if under is None:
        return ["no lead over fresh weights, because nobody measured these on the parents' task"]
    lead = "S" if baseline.kind == RANDOM_MEMBERS else "the parents' lead"
    return [] if under.measured.clearly_positive else [f"no R / S, because {lead} is not clearly above 0"]


def _equality_notes(parents: Parents, p: float) -> list[str]:
    """Say why there is no slope, where there are families for one."""
    families = [{tuple(sorted(couple)) for couple in each.values()} for each in by_lineage(parents).values()]
    if p < ALPHA or max(map(len, families)) < 2:
        return []
    return [f"no slope, because the parents' returns do not differ by more than their noise (F test, p = {p:.2g})"]


def _check(members: Returns, parents: Parents, zero_shot: Fitness, trained: Fitness, confirmed: Returns) -> None:
    if len(parents) < 2:
        raise CurveError(f"expected at least 2 children, got {len(parents)}")
    for name, played in (*members.items(), *confirmed.items()):
        if len(played) < 2 or not np.isfinite(played).all():
            raise CurveError(f"parent {name}: expected at least 2 finite episode returns, got {list(played)[:3]}")
    for child, names in parents.items():
        if lost := [name for name in names if name not in members] or (["a parent"] if not names else []):
            raise CurveError(f"child {child}: expected the returns of {lost[0]}, got none")
        for fitness in (zero_shot, trained):
            if not math.isfinite(fitness.get(child, math.nan)):
                raise CurveError(f"child {child}: expected a finite fitness, got {fitness.get(child)}")
