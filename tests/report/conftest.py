"""A finished study of two generations, written by hand through the library's own writers."""

import copy
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from heredity.evaluation.returns import Returns, write_evaluation
from heredity.gate.record import Candidate, GateRecord, write_gate
from heredity.gate.return_limits import ReturnLimit
from heredity.inheritance.pedigree import Birth, Births, write_births
from heredity.layout import ArmFolder, Layout
from heredity.report.results import Results, read_results
from heredity.study.load import load_study
from heredity.study.study import Study
from heredity.training.curves import CurveRow, write_curves
from heredity.transfer.continual import write_continual
from heredity.transfer.estimates import (
    Contrast,
    Estimate,
    PermutationTest,
    Reached,
    SpeedUp,
    TimeToThreshold,
    Transfer,
    defined,
)
from heredity.transfer.evidence import Evidence, stored_evidence
from heredity.transfer.plan import ComparisonPlan, comparison_plan
from heredity.transfer.record import write_comparison

STUDY: dict[str, Any] = {
    "study": "tiny",
    "seed": 7,
    "population": 3,
    "algorithm": {"name": "PPO", "n_envs": 2, "hyperparameters": {"n_steps": 32}},
    "gate": {"rule": "lower_bound", "at_most": 2},
    "generations": {
        "first": {"after": "founders", "env": "CartPole-v1", "threshold": 100.0, "budget": 1000},
        "second": {"after": "first", "env": "CartPole-v1", "threshold": 100.0, "budget": 1000},
    },
    "control": {"generations": ["second"], "budget": "matched"},
}
FIRST = {"m00": [(0, 10), (500, 60), (1000, 120)], "m01": [(0, 12), (600, 100)], "m02": [(0, 8), (1000, 20)]}
SECOND = {"m00": [(0, 50), (200, 110)], "m01": [(0, 40), (300, 105)], "m02": [(0, 9), (900, 100)]}
CONTROL = {"m00": [(0, 10), (800, 100)], "m01": [(0, 11), (1000, 40)], "m02": [(0, 9), (1000, 30)]}
FITNESS = {"m00": 120.0, "m01": 100.0, "m02": 20.0}
CONFIRMED = {"m00": 101.0, "m01": 103.0}
"""Of two returns, 1 below and 1 above, which say little between 0 and 500. The gate ranks m00 first, these m01."""

ENDS = {"m00": (14.842289, 441.449550), "m01": (15.138769, 441.743318)}
PARENTS = {"m00": ("m00",), "m01": ("m01",), "m02": ()}


def estimate(value: float | None, low: float | None, high: float | None, n: int = 3) -> Estimate:
    return Estimate(value, low, high, n)


def times(
    inherited: tuple[int, float | None],
    control: tuple[int, float | None],
    speed_up: Estimate | None,
    of: int = 5,
    delay: Estimate | None = None,
) -> TimeToThreshold:
    return TimeToThreshold(
        inherited=Reached(inherited[0], of, inherited[1]),
        control=Reached(control[0], of, control[1]),
        speed_up=SpeedUp(**asdict(speed_up or estimate(None, None, None))),
        restricted_mean=Contrast(
            inherited=estimate(300.0, 200.0, 400.0, of),
            control=estimate(930.0, 900.0, 1000.0, of),
            difference=defined(delay or estimate(-630.0, -800.0, -500.0)),
        ),
        restricted_to=1000.0,
        log_rank=permuted(),
    )


def permuted() -> PermutationTest:
    few = "too few runs to test: the clearest possible result of 3 pairs has p = 0.25"
    return PermutationTest(None, None, 0.25, 3, "paired, exact", few)


def found_by_test(p: float | None, p_holm: float | None = None) -> PermutationTest:
    return PermutationTest(p, p_holm, 2 / 252, 10, "unpaired, exact", f"p = {p} (unpaired, exact, 10 runs)")


def transfer(**changes: Any) -> Transfer:
    """Return one generation's part of transfer.json."""
    numbers = Transfer(
        jumpstart=defined(estimate(24.0, 5.0, 40.0)),
        asymptotic_gain=estimate(10.0, -1.0, 20.0),
        area_difference=defined(estimate(12.0, 4.0, 20.0)),
        transfer_ratio=estimate(2.0, 1.5, 2.5),
        relative_area=estimate(1.0, 0.5, 1.5),
        forward_transfer=estimate(0.41, 0.22, 0.6),
        forward_transfer_strong=estimate(0.1, -0.1, 0.3),
        time_to_threshold=times((3, 300.0), (3, 930.0), estimate(3.1, 1.9, 5.2)),
        time_to_threshold_strong=times(
            (3, 800.0), (3, 930.0), estimate(1.2, 0.8, 1.9), delay=estimate(-40.0, -200.0, 100.0)
        ),
        probability_of_improvement=estimate(0.9, 0.7, 1.0),
        test=found_by_test(0.0079),
        source_steps={"m00": 1000, "m01": 600, "m02": 0},
    )
    return replace(numbers, **changes)


@dataclass
class Written:
    """What `write` puts on disk; tests change a field before they write.

    controls: by name, the curves of a control, wherever the study has it. transfers: by generation, what stands for the
    comparison that the curves would give.
    """

    root: Path
    study: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(STUDY))
    parents: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict(PARENTS))
    controls: dict[str, Any] = field(default_factory=lambda: {"scratch": CONTROL})
    transfers: dict[str, Transfer] = field(default_factory=lambda: {"second": transfer()})
    reason: str = "bound below threshold"

    @property
    def layout(self) -> Layout:
        return Layout(self.root / "lineage", self.root / "report")

    def loaded(self) -> Study:
        return load_study(self.root / "params.yaml")

    def plan(self) -> ComparisonPlan:
        return comparison_plan(self.loaded())

    def write(self) -> Results:
        """Write params.yaml, lineage/ and report/, and read them back."""
        evidence = self.evidence()
        told = {
            name: replace(numbers, heritability=evidence.transfers[name].heritability)
            for name, numbers in self.transfers.items()
            if name in evidence.transfers
        }
        write_comparison(replace(evidence, transfers=told), self.plan(), self.layout)
        return self.read()

    def compared(self) -> Results:
        """Write the study with what `compare` really finds in it."""
        self.transfers = dict(self.evidence().transfers)
        write_continual(self.layout.continual, None)
        return self.write()

    def evidence(self) -> Evidence:
        """Write params.yaml and lineage/, and return what `compare` finds there."""
        self.write_lineage()
        return stored_evidence(self.plan(), self.layout)

    def write_lineage(self) -> None:
        YAML().dump(self.study, self.root / "params.yaml")
        self._generation("first", "founders", FIRST, dict.fromkeys(FIRST, ()))
        for name in sorted(self.study["generations"].keys() - {"first"}):
            self._generation(name, "first", SECOND, self.parents)
        for generation, node in self.loaded().generations.items():
            for name, control in node.controls.items():
                self._arm(arm := self.layout.control(generation, name), self.controls[name])
                if control.select:
                    write_gate(arm.gate, self._gate())

    def read(self) -> Results:
        """Read what is on disk as the stage does."""
        params = self.root / "params.yaml"
        return read_results(load_study(params), params.read_text(encoding="utf-8"), self.layout)

    def _generation(self, generation: str, after: str, curves: Any, parents: Any) -> None:
        self._arm(self.layout.arm(generation, "inherited"), curves)
        write_gate(self.layout.gate(generation), self._gate())
        write_evaluation(self.layout.confirmation(generation), {"confirm": _played(CONFIRMED)})
        births = tuple(
            Birth(
                child=member,
                parents=names,
                operator="copy" if names else "fresh",
                parts={},
                parent_hashes=tuple("0" * 64 for _ in names),
                child_hash=sha256(f"{generation} {member}".encode()).hexdigest(),
                seed=index,
                inherited_fraction=1.0 if names else 0.0,
            )
            for index, (member, names) in enumerate(parents.items())
        )
        write_births(self.layout.pedigree(generation), Births(generation, after, births))

    def _gate(self) -> GateRecord:
        candidates = {
            member: Candidate(4, fitness, fitness - 5, fitness > 110, "" if fitness > 110 else self.reason)
            for member, fitness in FITNESS.items()
        }
        floor, ceiling = ReturnLimit(0.0, "environment"), ReturnLimit(500.0, "environment")
        return GateRecord(
            rule="lower_bound", passed=("m00",), survivors=("m00", "m01"), candidates=candidates, floor=floor,
            ceiling=ceiling,
        )  # fmt: skip

    def _arm(self, arm: ArmFolder, curves: Any) -> None:
        rows = {
            member: [CurveRow(steps, float(mean), 0.0, 1.0, None, 100) for steps, mean in points]
            for member, points in curves.items()
        }
        write_curves(arm.curves, rows)
        write_evaluation(arm.evaluation, {"report": _played(FITNESS)})


def _played(means: dict[str, float]) -> dict[str, Returns]:
    return {
        member: Returns(np.arange(2), np.array([mean - 1, mean + 1]), np.ones(2, np.int64), np.full(2, np.nan))
        for member, mean in means.items()
    }


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)


def with_controls(written: Written) -> Written:
    """Give the second generation three controls in the place of its own, the gate choosing from the last one."""
    del written.study["control"]
    written.study["controls"] = {
        "scratch": {"generations": ["second"]},
        "longer": {"generations": ["second"], "budget": "ancestors"},
        "picked": {
            "generations": ["second"],
            "budget": "population",
            "select": True,
            "algorithm": {"hyperparameters": {"n_steps": 64}},
        },
    }
    written.controls = {
        "scratch": CONTROL,
        "longer": CONTROL | {"m01": [(0, 11), (1000, 40), (1500, 100)]},
        "picked": CONTROL | {"m01": [(0, 11), (3000, 100)], "m02": [(0, 9), (6000, 90)]},
    }
    return written


@pytest.fixture
def several(written: Written) -> Written:
    return with_controls(written)


@pytest.fixture
def results(written: Written) -> Results:
    return written.write()


@pytest.fixture(scope="session")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Return a study of many members, which tests look at and do not change."""
    from tests.report.wide import Wide

    return Wide(tmp_path_factory.mktemp("wide")).compared()
