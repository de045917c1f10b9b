"""What stages hand to each other in JSON files, and the one place where each of these is read.

Only the keys that somebody uses are looked at; others are kept as they are.
"""

from pathlib import Path
from typing import Annotated, Any, NotRequired

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter
from typing_extensions import TypedDict

from heredity.errors import AgentError, GateError, HeredityError
from heredity.paths import NAME, NAME_LENGTH
from heredity.reading import parse_json, read_json

Name = Annotated[str, StringConstraints(pattern=NAME, max_length=NAME_LENGTH)]
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]*$", max_length=100)]
Count = Annotated[int, Field(ge=0)]
AGAIN = "; type: dvc repro"


class _Open(TypedDict):
    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]


class _Candidate(_Open):
    episodes: Count
    mean: float
    bound: float | None
    passed: bool
    reason: str


class _Gate(_Open):
    survivors: list[Name]
    passed: NotRequired[list[Name]]
    candidates: NotRequired[dict[Name, _Candidate]]
    nulls: NotRequired[dict[Name, _Candidate]]
    threshold: NotRequired[float]
    bar: NotRequired[float]
    fallback: NotRequired[str | None]


class _Estimate(_Open):
    value: float | None
    low: float | None
    high: float | None
    n: Count


class _Known(_Open):
    value: float
    low: float | None
    high: float | None
    n: Count


class _Contrast(_Open):
    inherited: _Estimate
    control: _Estimate
    difference: _Known


class _Test(_Open):
    p: float | None
    p_holm: float | None
    statement: str


class _Reached(_Open):
    reached: Count
    of: Count
    median: float | None


class _Times(_Open):
    inherited: _Reached
    control: _Reached
    speed_up: _Estimate
    restricted_mean: _Contrast
    restricted_to: float
    log_rank: _Test


class _Transfer(_Open):
    jumpstart: _Known
    asymptotic_gain: _Estimate
    area_difference: _Known
    transfer_ratio: _Estimate
    relative_area: _Estimate
    forward_transfer: _Estimate
    forward_transfer_strong: _Estimate
    forward_transfer_study: NotRequired[_Estimate | None]
    probability_of_improvement: _Estimate
    interquartile_mean: NotRequired[_Contrast | None]
    optimality_gap: NotRequired[_Contrast | None]
    time_to_threshold: _Times
    time_to_threshold_strong: _Times
    time_to_threshold_study: NotRequired[_Times | None]
    test: _Test
    negative_transfer: bool | None
    notes: NotRequired[list[str]]
    source_steps: dict[Name, Count]


class _Spending(_Open):
    steps: Count
    generations: NotRequired[dict[Name, Any]]


class _Node(_Open):
    task: Name
    ancestors: list[Name]
    returns: dict[Name, dict[Name, float]]


class _Continual(_Open):
    thresholds: NotRequired[dict[Name, float]]
    fresh: NotRequired[dict[Name, float]]
    nodes: NotRequired[dict[Name, _Node]]
    forward_transfer: NotRequired[dict[Name, _Estimate | None]]
    forgetting: NotRequired[dict[Name, dict[Name, _Estimate | None]]]
    backward_transfer: NotRequired[dict[Name, _Estimate | None]]


class _Upbringing(_Open):
    kickstart: NotRequired[Annotated[float, Field(ge=0)]]
    update_share: NotRequired[Annotated[float, Field(ge=0, le=1)]]
    explores_anew: NotRequired[bool]
    replay_hash: NotRequired[Word | None]


class _Birth(_Open):
    child: Name
    parents: list[Name]
    operator: Word
    parts: dict[Word, Word]
    parent_hashes: list[Word]
    child_hash: Word
    seed: Count
    inherited_fraction: Annotated[float, Field(ge=0, le=1)]
    outcomes: NotRequired[dict[Word, list[str]]]
    hyperparameters: NotRequired[dict[Word, float | str]]
    upbringing: NotRequired[_Upbringing]


class _Pedigree(_Open):
    generation: Name
    after: Name
    heirs: list[_Birth]


GATE: TypeAdapter[Any] = TypeAdapter(_Gate)
TRANSFERS: TypeAdapter[Any] = TypeAdapter(dict[Name, _Transfer])
SPENDING: TypeAdapter[Any] = TypeAdapter(_Spending)
CONTINUAL: TypeAdapter[Any] = TypeAdapter(_Continual)
PEDIGREE: TypeAdapter[Any] = TypeAdapter(_Pedigree)
SOURCES: TypeAdapter[dict[str, str]] = TypeAdapter(dict[Name, str])


def read_gate(directory: Path) -> dict[str, Any]:
    """Return what the gate of a generation decided; founders are survivors whom no gate has seen.

    `survivors`, `passed`, `candidates`, `nulls` and `fallback` are always there. Raises GateError naming file and key.
    """
    path = directory / "gate.json"
    found = read_json(path, GATE, GateError, "what gate writes", AGAIN)
    found = {"passed": [], "candidates": {}, "nulls": {}, "fallback": None, **found}
    for key in ("passed", "survivors") if found["candidates"] else ():
        if strangers := [name for name in found[key] if name not in found["candidates"]]:
            raise GateError(f"{path}: {key}: expected names out of candidates, got {strangers[0]}{AGAIN}")
    return found


def read_transfers(path: Path) -> dict[str, Any]:
    """Return transfer.json: by generation, what compare found. Raises HeredityError naming the file and the key."""
    return dict(read_json(path, TRANSFERS, HeredityError, "what compare writes", AGAIN))


def parse_transfers(name: str, text: str) -> dict[str, Any]:
    """Return the text of a transfer.json that lies in no file. Raises HeredityError beginning with its `name`."""
    try:
        return dict(parse_json(text, TRANSFERS))
    except ValueError as error:
        raise HeredityError(f"{name}: expected what compare writes, got {error}") from None


def read_spending(path: Path) -> dict[str, Any]:
    """Return spending.json. Raises HeredityError naming the file and the key."""
    return dict(read_json(path, SPENDING, HeredityError, "what compare writes", AGAIN))


def read_continual(path: Path) -> dict[str, Any]:
    """Return continual.json, empty where the study asks for none. Raises HeredityError naming the file and the key."""
    return dict(read_json(path, CONTINUAL, HeredityError, "what continual writes", AGAIN))


def read_births(path: Path) -> dict[str, Any]:
    """Return a generation's pedigree.json: `generation`, `after`, and a mapping per heir in `heirs`.

    Raises AgentError naming the file and the key.
    """
    found = dict(read_json(path, PEDIGREE, AgentError, "a pedigree as inherit writes it"))
    names = [birth["child"] for birth in found["heirs"]]
    for name, birth in zip(names, found["heirs"], strict=True):
        if names.count(name) > 1:
            raise AgentError(f"{path}: expected every heir once, got {name} twice")
        if len(birth["parents"]) != len(birth["parent_hashes"]):
            raise AgentError(f"{path}: {name}: expected a hash for each parent, got {len(birth['parent_hashes'])}")
    return found


def read_sources(path: Path) -> dict[str, str]:
    """Return the files that founders were read from, by founder. Raises AgentError naming the file and the key."""
    return read_json(path, SOURCES, AgentError, "founders and their files") if path.exists() else {}
