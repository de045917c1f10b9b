"""What a run is to hold, by stored files alone."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from heredity.report.tracking.runs import OUTCOMES, RunName

COMPARISON = "compare"
"""W&B's kind of run of what was compared."""

POPULATION = "population"
"""W&B's kind of run of all members together."""


@dataclass(frozen=True)
class StoredRun:
    """What one run is to hold.

    history: rows as they are logged. tables: rows of equal keys, by the table's name. cost: summary besides, known only
    where the run was made. model: a survivor's file, where it lies on this machine. parents: (name, id) of the runs
    whose models this one's member comes from.
    """

    name: str
    run_id: str
    group: str
    job_type: str
    config: Mapping[str, Any]
    history: tuple[Mapping[str, Any], ...]
    summary: Mapping[str, Any]
    tables: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    cost: Mapping[str, Any] = field(default_factory=dict)
    model: Path | None = None
    parents: tuple[tuple[str, str], ...] = ()

    @property
    def content(self) -> str:
        """A digest of all that the run says, whatever it cost and wherever its model lies."""
        said = {key: value for key, value in asdict(self).items() if key not in ("cost", "model", "parents")}
        return digest_of(said)

    @property
    def artifact(self) -> str:
        """What the model of the run's member is called, whichever of its trainings it comes from."""
        return str(RunName(self.group, self.config["arm"], self.config["member"]))

    @property
    def outcomes(self) -> list[str]:
        """The tags that say what became of a member."""
        return [tag for tag in OUTCOMES if self.summary.get(tag)]


def digest_of(content: Any) -> str:
    """Return 16 hexadecimal digits over plain values."""
    return sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]
