"""A study of many members, written by hand: three lineages of forty, two generations and a control."""

from dataclasses import replace

import numpy as np

from heredity.evaluation.returns import Returns, write_evaluation
from heredity.gate.record import Candidate, GateRecord, LineageGate, write_gate
from heredity.inheritance.pedigree import Birth, Births, write_births
from heredity.study.lineages import address, lineage_names, lineage_of, member_name
from heredity.training.curves import CurveRow, write_curves
from tests.report.conftest import Written

LINEAGES, MEMBERS = 3, 40
NAMES = [address(lineage, member_name(each)) for lineage in lineage_names(LINEAGES) for each in range(MEMBERS)]
FINAL = {name: 40.0 + place for place, name in enumerate(NAMES)}
"""The mean return of every member at its end; those from 100 on pass: the last twenty of l01, all of l02."""

SURVIVORS = [name for name in reversed(NAMES) if FINAL[name] >= 100]


class Wide(Written):
    """That study, on disk as stages write it. The heirs of each lineage have its first two members for parents."""

    def write_lineage(self):
        self.study |= {"lineages": LINEAGES, "population": MEMBERS}
        super().write_lineage()

    def _generation(self, generation, after, curves, parents):
        heirs = generation != "first"
        self._arm(self.layout.arm(generation, "inherited"), curves, first=30.0 * heirs)
        write_gate(self.layout.gate(generation), self._gate())
        firsts = {lineage_of(name): name for name in reversed(SURVIVORS)}.values()
        write_evaluation(self.layout.confirmation(generation), {"confirm": _played(dict.fromkeys(firsts, 90.0))})
        births = (_born(name, place, heirs) for place, name in enumerate(NAMES))
        write_births(self.layout.pedigree(generation), Births(generation, after, tuple(births)))

    def _arm(self, arm, curves, first=0.0):
        rows = {
            name: [
                CurveRow(steps, first + share * (final - first), 0.0, 1.0, None, 100)
                for steps, share in ((0, 0.0), (500, 0.5), (1000, 1.0))
            ]
            for name, final in FINAL.items()
        }
        write_curves(arm.curves, rows)
        write_evaluation(arm.evaluation, {"report": _played(FINAL)})

    def _gate(self):
        candidates = {name: Candidate(4, mean, mean - 5, mean >= 100, "bound") for name, mean in FINAL.items()}
        return replace(
            GateRecord(rule="lower_bound", passed=tuple(SURVIVORS), survivors=tuple(SURVIVORS), candidates=candidates),
            lineages={name: LineageGate() for name in lineage_names(LINEAGES)},
        )


def _born(name, place, heirs):
    lineage = lineage_of(name)
    parents = (address(lineage, member_name(place % 2)),) if heirs else ()
    return Birth(
        child=name, parents=parents, operator="copy" if heirs else "fresh", parts={},
        parent_hashes=tuple("0" * 64 for _ in parents), child_hash=f"{place:064x}", seed=place,
        inherited_fraction=float(heirs),
    )  # fmt: skip


def _played(means):
    return {
        name: Returns(np.arange(2), np.array([mean - 1, mean + 1]), np.ones(2, np.int64), np.full(2, np.nan))
        for name, mean in means.items()
    }
