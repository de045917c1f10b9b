"""The files of a comparison: transfer.json, contrasts.json, spending.json, survival.json, metrics, and curves."""

from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from heredity.errors import HeredityError
from heredity.files import new_directory, write_json, write_table
from heredity.gate.extension import extension_steps
from heredity.layout import CONTROL, Layout, control_arm
from heredity.reading import Name, parse_json, read_json
from heredity.training.curves import as_arrays
from heredity.transfer.areas import delayed
from heredity.transfer.contrasts import BranchContrast
from heredity.transfer.estimates import Transfer
from heredity.transfer.evidence import Evidence, Survival
from heredity.transfer.headlines import headlines, median_curves
from heredity.transfer.plan import ComparisonPlan
from heredity.transfer.spending import Spending

T = TypeVar("T")

TRANSFERS = TypeAdapter(dict[Name, Transfer])
CONTRASTS = TypeAdapter(tuple[BranchContrast, ...])
SURVIVAL = TypeAdapter(dict[Name, Survival])
SPENDING = TypeAdapter(Spending)

EXPECTED = "what compare writes"
REMEDY = "; type: dvc repro"


def write_comparison(evidence: Evidence, plan: ComparisonPlan, layout: Layout) -> None:
    """Write the numbers, and the arms' median curves for `dvc plots`: of the first control under `control`."""
    write_json(layout.transfer, {name: transfer.to_dict() for name, transfer in evidence.transfers.items()})
    write_json(layout.contrasts, [contrast.to_dict() for contrast in evidence.contrasts])
    write_json(layout.spending, evidence.spending.to_dict())
    write_json(layout.survival, {name: survival.to_dict() for name, survival in evidence.survival.items()})
    with new_directory(layout.metrics) as directory:
        for title, numbers in headlines(plan, evidence.transfers, layout, evidence.contrasts).items():
            write_json(directory / f"{title}.json", numbers)
    with new_directory(layout.median_curves) as directory:
        for name, arms in evidence.arms.items():
            node = plan.generations[name]
            first, *others = [control_arm(each) for each in node.controls] or [CONTROL]
            spent = evidence.spending.generations[name]
            charged = {
                CONTROL if arm == first else arm: {
                    member: delayed(as_arrays(curve, node.window), spent[arm].ranking.get(member, 0))
                    for member, curve in curves.items()
                }
                for arm, curves in arms.items()
            }
            rows = median_curves(charged, node.budget + extension_steps(layout, name))
            write_table(directory / f"{name}.csv", ["env_steps", "inherited", CONTROL, *others], rows)


def read_transfers(path: Path) -> dict[str, Transfer]:
    """Return transfer.json: by generation, what compare found. Raises HeredityError naming the file and the key."""
    return read_json(path, TRANSFERS, HeredityError, EXPECTED, REMEDY)


def read_contrasts(path: Path) -> tuple[BranchContrast, ...]:
    """Return contrasts.json: what branches came to. Raises HeredityError naming the file and the key."""
    return read_json(path, CONTRASTS, HeredityError, EXPECTED, REMEDY)


def parse_transfers(name: str, text: str) -> dict[str, Transfer]:
    """Return the text of a transfer.json that lies in no file. Raises HeredityError beginning with its `name`."""
    return _parsed(name, text, TRANSFERS)


def parse_contrasts(name: str, text: str) -> tuple[BranchContrast, ...]:
    """Return the text of a contrasts.json that lies in no file. Raises HeredityError beginning with its `name`."""
    return _parsed(name, text, CONTRASTS)


def _parsed(name: str, text: str, shape: TypeAdapter[T]) -> T:
    try:
        return parse_json(text, shape)
    except ValueError as error:
        raise HeredityError(f"{name}: expected {EXPECTED}, got {error}") from None


def read_spending(path: Path) -> Spending:
    """Return spending.json. Raises HeredityError naming the file and the key."""
    return read_json(path, SPENDING, HeredityError, EXPECTED, REMEDY)


def read_survival(path: Path) -> dict[str, Survival]:
    """Return survival.json, by generation that came. Raises HeredityError naming the file and the key."""
    return read_json(path, SURVIVAL, HeredityError, EXPECTED, REMEDY)
