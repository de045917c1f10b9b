"""What a project is wanted for, and the study that it gets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Wanted:
    """What was typed, and what the project makes of it.

    id: of the environment, which `imports` register. model: the founder's file, where it lies now. founder: how
    params.yaml will name it. name: of the study. templates: of params.yaml, by their names. params: instead of all that
    a params.yaml that is to be the project's, and text what it says.
    """

    id: str
    imports: tuple[str, ...] = ()
    threshold: float | None = None
    model: Path | None = None
    founder: str = ""
    name: str = "study"
    templates: Mapping[str, str] = field(default_factory=dict)
    params: Path | None = None
    text: str = ""


@dataclass(frozen=True)
class Design:
    """A study that can run.

    sources: the files that its environments and models consist of, where these are no installed distribution's.
    packages: the versions of all that computes. told: what it is, in a few words. empty: why its gate will be refused,
    empty where it will not. seconds: what a first run takes on two cores, None where it is only known what it takes at
    most.
    """

    params: str
    sources: tuple[Path, ...]
    packages: Mapping[str, str]
    told: str
    empty: str
    seconds: float | None
