"""Which training a run of W&B is of: one id, name and config, while it trains and from its files."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from pydantic import TypeAdapter

from heredity.errors import StudyError
from heredity.inheritance.pedigree import Birth, read_pedigree, stored_births
from heredity.layout import Layout, control_name
from heredity.pipeline.inputs.control import ControlInput
from heredity.pipeline.inputs.extend import ExtendInput
from heredity.pipeline.inputs.train import Training, TrainInput
from heredity.reading import is_there, read_json
from heredity.report.tracking.runs import RunName, logged
from heredity.study.lineages import lineage_of
from heredity.study.study import Study
from heredity.training.curves import CurveRow, read_curves
from heredity.transfer.spending import INHERITED, stored_charges

EXTENSION = "extension"

HandOut = TrainInput | ExtendInput | ControlInput


@dataclass(frozen=True)
class MemberRun:
    """The run of one training of a member, before anything was recorded.

    charged_steps: of the member's own ancestors, and its share of ranking them. begun_steps: of the training that an
    extension goes on from.
    """

    name: RunName
    run_id: str
    config: Mapping[str, Any]
    charged_steps: int = 0
    begun_steps: int = 0

    def logged(self, row: CurveRow) -> dict[str, Any]:
        """Return a row of the curve of this training alone as it is logged."""
        return logged(row, self.begun_steps, self.charged_steps)


def member_runs(
    study_name: str, layout: Layout, generation: str, arm: str, members: Iterable[str], study: Study | None = None
) -> dict[str, MemberRun]:
    """Return the run of each of these members of an arm: "inherited", its "extension", or a control's.

    study: stands for hand-outs that are not there. Empty where neither says how the arm learns.
    """
    if (given := _handed(layout, generation, arm, study)) is None or (training := _training(given, arm)) is None:
        return {}
    control = control_name(arm) is not None
    births = {} if control else {birth.child: birth for birth in stored_births(layout, generation).heirs}
    charges = {} if control else stored_charges(layout, read_pedigree(layout.lineage), generation)
    members, first, begun = list(members), {}, {}
    if arm == EXTENSION:
        first = member_runs(study_name, layout, generation, INHERITED, members, study)
        curves = read_curves(layout.arm(generation, INHERITED).curves)
        begun = {name: curve[-1].env_steps for name, curve in curves.items()}
    population = INHERITED if arm == EXTENSION else arm
    settings: dict[str, Any] = {"study": study_name, "generation": generation, "arm": population}
    settings |= {"seed": given.seed, **_settings(training)}
    runs = {}
    for member in members:
        config = {**settings, "member": member, "lineage": lineage_of(member), **_descent(births.get(member))}
        earlier = first[member].run_id if member in first else ""
        run_id = _digest(config, arm, given.seed_name, given.digest, earlier)
        name = RunName(generation, arm, member)
        runs[member] = MemberRun(name, run_id, config, charges.get(member, 0), begun.get(member, 0))
    return runs


def tags_of(config: Mapping[str, Any], experiment: str | None) -> list[str]:
    """Return what a member's run is found by; W&B takes at most 64 characters. experiment: DVC's name of it."""
    named = {key: config[key] for key in ("study", "lineage", "generation", "arm")} | {"experiment": experiment}
    return [f"{key}:{value}"[:64] for key, value in named.items() if value]


def _handed(layout: Layout, generation: str, arm: str, study: Study | None) -> HandOut | None:
    kinds: dict[str, type[HandOut]] = {INHERITED: TrainInput, EXTENSION: ExtendInput}
    kind = kinds.get(arm, ControlInput)
    path = layout.handout(kind.stage, generation)
    if is_there(path):
        return read_json(path, TypeAdapter(kind), StudyError, "what study hands out", "; type: dvc repro")
    return kind.of(study, generation) if study else None


def _training(given: HandOut, arm: str) -> Training | None:
    if isinstance(given, ControlInput):
        return next((each.training for each in given.controls if each.name == control_name(arm)), None)
    if isinstance(given, ExtendInput):
        return given.extending.training if given.extending else None
    return given.training


def _settings(training: Training) -> dict[str, Any]:
    """Return how the members of an arm learn, by the names of params.yaml where it has them."""
    told = training.model_dump(mode="json")
    return {"env": told.pop("task"), "budget": told.pop("budget_steps"), **told}


def _descent(birth: Birth | None) -> dict[str, Any]:
    """Return a member's birth, and its parents by the names of their runs; both empty for a control's member."""
    if birth is None:
        return {"pedigree": {}, "parents": []}
    parents = [str(RunName(birth.after, INHERITED, parent)) for parent in birth.parents]
    return {"pedigree": json.loads(json.dumps(asdict(birth))), "parents": parents}


def _digest(*parts: Any) -> str:
    return sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]
