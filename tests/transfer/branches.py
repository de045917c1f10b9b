"""A study of several lineages with branches, written by hand through the library's own writers."""

import json
from dataclasses import dataclass, field
from typing import Any

from heredity.evaluation.returns import write_evaluation
from heredity.gate.record import Candidate, GateRecord, write_gate
from heredity.inheritance.pedigree import Birth, Births, write_births
from tests.report.conftest import STUDY, Written, _played

LINEAGES, MEMBERS = 7, 2
SIBLING = STUDY["generations"]["second"]


def addresses(lineages=range(LINEAGES)):
    return [f"l{lineage:02d}/m{member:02d}" for lineage in lineages for member in range(MEMBERS)]


def reached_after(steps, lineages=range(LINEAGES)):
    """Return curves that reach the threshold after so many steps, ten more in each further lineage."""
    return {name: [(0, 10), (steps + 10 * int(name[1:3]), 100)] for name in addresses(lineages)}


def branched():
    """Return a study that compares heirs of survivors with those of random members."""
    study = {key: value for key, value in STUDY.items() if key != "control"} | {"lineages": LINEAGES, "population": 2}
    branches = {"second": dict(SIBLING), "random": {**SIBLING, "inherit": {"donors": "random"}}}
    generations = {"first": STUDY["generations"]["first"], **branches}
    controls = {"scratch": {"generations": ["second"]}}
    return {**study, "generations": generations, "controls": controls, "compare": [["second", "random"]]}


@dataclass
class Branched(Written):
    """What is on disk; tests change a field before they write.

    curves: by generation, or control, the curves of every member. lost: by generation, the lineages that never came.
    ranking: by generation, the steps that ranking took in each lineage.
    """

    study: dict[str, Any] = field(default_factory=branched)
    curves: dict[str, Any] = field(
        default_factory=lambda: {
            "first": reached_after(500),
            "second": reached_after(200),
            "random": reached_after(300),
            "scratch": reached_after(800),
        }
    )
    lost: dict[str, dict[str, str]] = field(default_factory=dict)
    ranking: dict[str, int] = field(default_factory=dict)

    def write_lineage(self):
        (self.root / "params.yaml").write_text(json.dumps(self.study))  # which is YAML as well
        for generation, node in self.loaded().generations.items():
            self._members(generation, node.after)
            for name in node.controls:
                self._learned(self.layout.control(generation, name), self.curves[name])

    def _members(self, generation, after):
        curves = self.curves[generation]
        self._learned(self.layout.arm(generation, "inherited"), curves)
        candidates = {name: Candidate(4, 100.0, 95.0, True, "") for name in curves}
        gate = GateRecord(rule="lower_bound", passed=tuple(curves), survivors=tuple(curves), candidates=candidates)
        write_gate(self.layout.gate(generation), gate)
        write_evaluation(self.layout.confirmation(generation), {})
        heirs = [
            Birth(name, () if after == "founders" else (name,), "copy", {}, () if after == "founders" else ("0" * 64,),
                  "1" * 64, 0, 1.0)
            for name in curves
        ]  # fmt: skip
        write_births(self.layout.pedigree(generation), Births(generation, after, tuple(heirs)))
        path = self.layout.pedigree(generation)
        rankings = [
            {
                "lineage": f"l{place:02d}",
                "episodes": 20,
                "returns": {f"l{place:02d}/m00": 10.0},
                "env_steps": self.ranking[generation],
            }
            for place in range(LINEAGES if generation in self.ranking else 0)
        ]
        written = json.loads(path.read_text()) | {"rankings": rankings, "lost": self.lost.get(generation, {})}
        path.write_text(json.dumps(written))

    def _learned(self, arm, curves):
        self._arm(arm, curves)
        write_evaluation(arm.evaluation, {"report": _played(dict.fromkeys(curves, 100.0))})
