"""What every stage's input has: which code, packages and files it is for."""

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

from heredity.reading import Count, Name
from heredity.seeds import Seeds
from heredity.study.sections import Section
from heredity.study.study import Study

if TYPE_CHECKING:  # a stage that plays nothing does not run the code of tasks
    from heredity.agents.task import Task


class StageInput(Section):
    """All that one stage is given. `study` fills in code, packages and files: what they were when it ran."""

    stage: ClassVar[str]
    counts: ClassVar[tuple[str, ...]] = ()
    """Rooms that are neutral for other stages, and not for this one."""

    code: str = ""
    packages: Mapping[str, str] = {}
    files: Mapping[str, str] = {}

    @property
    def digest(self) -> str:
        """One name for code and packages."""
        packages = "".join(f"{name} {version}\n" for name, version in sorted(self.packages.items()))
        return sha256(f"{self.code}\n{packages}".encode()).hexdigest()[:16]

    def refuse_contradictions(self) -> None:
        """Raise StudyError where parts of the input do not fit together."""

    def tasks(self) -> "tuple[Task, ...]":
        """The environments whose code the stage runs."""
        return ()

    def models(self) -> tuple[str, ...]:
        """The paths of models that the study names and the stage reads."""
        return ()

    def providers(self) -> frozenset[str]:
        """Modules of installed packages that the stage uses for this input alone."""
        return frozenset()

    def without(self) -> frozenset[str]:
        """Modules that the stage imports for other inputs, and not for this one."""
        return frozenset()


class GenerationInput(StageInput):
    """What a stage of one generation is given besides; every draw derives from `seed` and `seed_name`."""

    generation: Name
    seed: Count
    seed_name: Name

    @property
    def seeds(self) -> Seeds:
        """The draws of this generation."""
        return Seeds(self.seed, self.seed_name)


def of_generation(study: Study, generation: str) -> dict[str, str | int]:
    """Return the fields of `GenerationInput`."""
    return {"generation": generation, "seed": study.seed, "seed_name": study.seed_name(generation)}
