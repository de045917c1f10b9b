"""A finished study of two generations, written by hand through the library's own writers."""

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from heredity.agent import Agent
from heredity.curves import CurveRow, Returns, write_curves, write_evaluation
from heredity.evidence import stored_evidence
from heredity.files import write_json
from heredity.inheritance import Heir
from heredity.params import load_study
from heredity.pedigree import write_pedigree
from heredity.report.story import Story, read_story
from heredity.spending import total

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
PARENTS = {"m00": ("m00",), "m01": ("m01",), "m02": ()}


def estimate(value: float | None, low: float | None, high: float | None, n: int = 3) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "n": n}


def times(inherited: tuple[int, float | None], control: tuple[int, float | None], speed_up: Any, of: int = 5) -> Any:
    arms = {"inherited": inherited, "control": control}
    return {
        **{arm: {"reached": reached, "of": of, "median": median} for arm, (reached, median) in arms.items()},
        "speed_up": speed_up or estimate(None, None, None),
        "restricted_mean": {
            "inherited": estimate(300.0, 200.0, 400.0),
            "control": estimate(930.0, 900.0, 1000.0),
            "difference": estimate(-630.0, -800.0, -500.0),
        },
        "restricted_to": 1000.0,
        "log_rank": permuted(),
    }


def permuted() -> dict[str, Any]:
    few = "too few runs to test: the clearest possible result of 3 pairs has p = 0.25"
    return {"p": None, "p_holm": None, "smallest_p": 0.25, "n": 3, "method": "paired, exact", "statement": few}


def transfer(**changes: Any) -> dict[str, Any]:
    """Return one generation's part of transfer.json."""
    return {
        "jumpstart": estimate(24.0, 5.0, 40.0),
        "asymptotic_gain": estimate(10.0, -1.0, 20.0),
        "area_difference": estimate(12.0, 4.0, 20.0),
        "transfer_ratio": estimate(2.0, 1.5, 2.5),
        "relative_area": estimate(1.0, 0.5, 1.5),
        "forward_transfer": estimate(0.41, 0.22, 0.6),
        "forward_transfer_strong": estimate(0.1, -0.1, 0.3),
        "time_to_threshold": times((3, 300.0), (3, 930.0), estimate(3.1, 1.9, 5.2)),
        "time_to_threshold_strong": times((3, 800.0), (3, 930.0), estimate(1.2, 0.8, 1.9)),
        "probability_of_improvement": estimate(0.9, 0.7, 1.0),
        "test": permuted(),
        "negative_transfer": False,
        "notes": [],
        "source_steps": {"m00": 1000, "m01": 600, "m02": 0},
        **changes,
    }


@dataclass
class Written:
    """What `write` puts on disk; tests change a field before they write."""

    root: Path
    study: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(STUDY))
    parents: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict(PARENTS))
    transfers: dict[str, Any] = field(default_factory=lambda: {"second": transfer()})
    reason: str = "bound below threshold"

    def write(self) -> Story:
        """Write params.yaml, lineage/ and report/transfer.json, and read them back."""
        YAML().dump(self.study, self.root / "params.yaml")
        lineage = self.root / "lineage"
        self._generation(lineage / "first", "founders", FIRST, dict.fromkeys(FIRST, ()))
        for name in sorted(self.study["generations"].keys() - {"first"}):
            self._generation(lineage / name, "first", SECOND, self.parents)
        self._arm(lineage / "second" / "control", CONTROL)
        write_json(self.root / "report" / "transfer.json", self.transfers)
        return self.read()

    def compared(self) -> Story:
        """Write the study with what `compare` really finds in it."""
        found = stored_evidence(self.write().study, self.root / "lineage")
        self.transfers = dict(found.transfers)
        write_json(self.root / "report" / "spending.json", {"steps": total(found.spent)})
        write_json(self.root / "report" / "continual.json", {})
        return self.write()

    def read(self) -> Story:
        """Read what is on disk as the stage does."""
        params = self.root / "params.yaml"
        study = load_study(params, check=False)
        return read_story(study, params.read_text(encoding="utf-8"), self.root / "lineage", self.root / "report")

    def _generation(self, directory: Path, after: str, curves: Any, parents: Any) -> None:
        self._arm(directory, curves)
        candidates = {
            member: {
                "episodes": 4,
                "mean": fitness,
                "bound": fitness - 5,
                "passed": fitness > 110,
                "reason": "" if fitness > 110 else self.reason,
            }
            for member, fitness in FITNESS.items()
        }
        gate = {"passed": ["m00"], "survivors": ["m00", "m01"], "candidates": candidates}
        write_json(directory / "gate.json", {**gate, "fallback": None, "empty_gate": False})
        heirs = [
            Heir(
                member,
                Agent(f"{directory.name} {member}".encode()),
                index,
                "copy" if names else "fresh",
                names,
                tuple("0" * 64 for _ in names),
            )
            for index, (member, names) in enumerate(parents.items())
        ]
        write_pedigree(directory / "heirs" / "pedigree.json", directory.name, after, heirs)

    def _arm(self, directory: Path, curves: Any) -> None:
        rows = {
            member: [CurveRow(steps, float(mean), 0.0, 1.0, None, 100) for steps, mean in points]
            for member, points in curves.items()
        }
        write_curves(directory / "curves.csv", rows)
        played = {
            member: Returns(np.arange(2), np.array([mean - 1, mean + 1]), np.ones(2, np.int64), np.full(2, np.nan))
            for member, mean in FITNESS.items()
        }
        write_evaluation(directory / "evaluation.csv", {"report": played})


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)


@pytest.fixture
def story(written: Written) -> Story:
    return written.write()
