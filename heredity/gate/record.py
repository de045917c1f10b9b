"""gate.json: a decision with all that led to it, read back into the value that wrote it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from heredity.errors import GateError, named
from heredity.files import write_json
from heredity.gate.approval import Approval
from heredity.gate.glance import decision_html, decision_line
from heredity.gate.return_limits import ReturnLimit
from heredity.layout import FOUNDERS
from heredity.reading import Address, Count, Name, read_json
from heredity.study.lineages import lineage_of


@dataclass(frozen=True)
class Candidate:
    """One member before the gate, and the verdict.

    episodes: how many the verdict took; `mean` is over all that were played. bound: what the rule compared with the
    bar, None where the rule compares no such number. alpha: the level at which it was judged, None for rules that have
    none. shrunken: the mean without its expected luck, None for a null policy.
    """

    episodes: Count
    mean: float
    bound: float | None
    passed: bool
    reason: str
    alpha: float | None = None
    shrunken: float | None = None


@dataclass(frozen=True)
class PopulationError:
    """P(at least one member passes that is not above the bar) over all looks, at most.

    separate: where members play on seeds of their own. always: whatever they share.
    """

    separate: float
    always: float


@dataclass(frozen=True)
class Decision:
    """Who passed, who has heirs, and why; tuples of member names are in order of mean return, best first.

    error: of a member or of the family of all. looks: how often a member may be judged. alpha: the rate at which one
    look passes a member, or any of the family, that is exactly at the bar; None for rules that state none, and for a
    bound from the lowest return seen. bar: what the bounds were compared with: the threshold less the margin, or what a
    rule that compares members puts in its place. floor, ceiling: what returns lie between.
    cannot_tell: whether somebody played too few episodes to pass with whatever returns. episodes_needed: with how many
    it would, None where no number would do. ties: members of equal means, in the order that was drawn.
    Selection differential, reliability, winner's curse and f_test_p: see heredity.gate.luck.
    The defaults are those of survivors whom no gate has seen.
    """

    rule: str | None = None
    confidence: float | None = None
    error: str | None = None
    looks: int | None = None
    alpha: float | None = None
    population_error: PopulationError | None = None
    floor: ReturnLimit | None = None
    ceiling: ReturnLimit | None = None
    threshold: float | None = None
    bar: float | None = None
    passed: tuple[Address, ...] = ()
    survivors: tuple[Address, ...] = ()
    candidates: Mapping[Address, Candidate] = field(default_factory=dict)
    nulls: Mapping[Address, Candidate] = field(default_factory=dict)
    fallback: str | None = None
    empty_gate: bool = False
    cannot_tell: bool = False
    episodes_needed: int | None = None
    ties: tuple[tuple[Address, ...], ...] = ()
    selection_differential: float | None = None
    reliability: float | None = None
    winners_curse: float | None = None
    f_test_p: float | None = None

    def ranked(self) -> list[tuple[str, Candidate]]:
        """Return the candidates as a table has them: best mean first, equal ones as drawn, null policies last.

        Lineage by lineage, where there are several.
        """
        drawn = {name: place for tie in self.ties for place, name in enumerate(tie)}
        best = sorted(
            self.candidates.items(),
            key=lambda item: (lineage_of(item[0]), -item[1].mean, drawn.get(item[0], 0), item[0]),
        )
        nulls = sorted(self.nulls.items(), key=lambda item: (-item[1].mean, item[0]))
        return best + nulls

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, as gate.json holds them."""
        return asdict(self)

    def __repr__(self) -> str:
        """Say how many passed and who survives; `candidates` say why."""
        return decision_line(self)

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        return decision_html(self)


@dataclass(frozen=True)
class Raced:
    """What one member played before the gate, in a race for a place among the finalists."""

    episodes: int
    mean: float


@dataclass(frozen=True)
class Extended:
    """That members were trained once more, and the decision that asked for it.

    lineages: those whose members were, out of several.
    """

    budget_steps: int
    first: Decision
    lineages: tuple[Name, ...] = ()


@dataclass(frozen=True)
class EpisodeSeeds:
    """What the gate's episodes derive from: `episodes` seeds split from `root`."""

    split: str
    root: int
    episodes: int


@dataclass(frozen=True)
class LineageGate:
    """What a gate says of one lineage out of several, besides what it says of its members.

    Bar, limits, fallback, ties and luck: as in `Decision`. seeds: of its episodes. ended: why nobody of it may have
    heirs, None where somebody may.
    """

    bar: float | None = None
    alpha: float | None = None
    population_error: PopulationError | None = None
    floor: ReturnLimit | None = None
    ceiling: ReturnLimit | None = None
    fallback: str | None = None
    episodes_needed: int | None = None
    ties: tuple[tuple[Address, ...], ...] = ()
    selection_differential: float | None = None
    reliability: float | None = None
    winners_curse: float | None = None
    f_test_p: float | None = None
    seeds: EpisodeSeeds | None = None
    ended: str | None = None


@dataclass(frozen=True, repr=False)
class GateRecord(Decision):
    """The content of gate.json.

    failed: what members failed of, by name. lineages: what is said of each, where there are several. ended: why the
    generation never came, None for one that came; then, and for founders, whom no gate has seen, nothing but
    `survivors` is known.
    """

    approval: Approval | None = None
    extension: Extended | None = None
    race: Mapping[str, Raced] | None = None
    seeds: EpisodeSeeds | None = None
    failed: Mapping[str, str] | None = None
    lineages: Mapping[Name, LineageGate] = field(default_factory=dict)
    ended: str | None = None

    @classmethod
    def of(cls, decision: Decision, **record: Any) -> "GateRecord":
        """Put a decision on record with what belongs to it."""
        return cls(**{each.name: getattr(decision, each.name) for each in fields(Decision)}, **record)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, those left out that are not known."""
        decided = {each.name for each in fields(Decision)} if self.rule is not None else {"survivors"}
        plain = asdict(self) | ({"approval": self.approval.model_dump()} if self.approval else {})
        worth_writing = {each.name for each in fields(self) if getattr(self, each.name) not in (None, False, (), {})}
        return {each.name: plain[each.name] for each in fields(self) if each.name in decided | worth_writing}


@dataclass(frozen=True)
class _Written(GateRecord):
    """A file says who survived, even where nobody did."""

    survivors: tuple[Address, ...] = field(kw_only=True)


GATE = TypeAdapter(_Written)


def write_gate(path: Path, record: GateRecord) -> None:
    """Write gate.json."""
    write_json(path, record.to_dict())


def read_gate(path: Path) -> GateRecord:
    """Return what a gate decided. Raises GateError naming file and key for a file that no gate has written."""
    again = "; type: dvc repro"
    written = read_json(path, GATE, GateError, "what gate writes", again)
    record = GateRecord(**{each.name: getattr(written, each.name) for each in fields(GateRecord)})
    if trouble := _trouble(record, judged=path.parent.name != FOUNDERS):
        raise GateError(f"{path}: {trouble}{again}")
    return record


def _trouble(record: GateRecord, *, judged: bool) -> str | None:
    """Say what in a record no gate has written. judged: whether a gate, or why there was none, is to be on record."""
    if record.ended is not None:
        return "survivors: expected nobody of a generation that never came" if record.survivors else None
    if judged and record.rule is None:
        return "rule: expected the gate's rule, got none"
    if record.rule is not None and not record.candidates:
        return "candidates: expected at least one member, got none"
    for key, names in (("passed", record.passed), ("survivors", record.survivors)):
        if record.candidates and (strangers := [name for name in names if name not in record.candidates]):
            return f"{key}: expected names out of candidates, got {strangers[0]}"
        if len(set(names)) < len(names):
            return f"{key}: expected every name once, got {named(names)}"
    return None
