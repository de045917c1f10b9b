"""What `founders` is given."""

from typing import ClassVar

from heredity.pipeline.inputs.base import StageInput
from heredity.study.study import Study


class FoundersInput(StageInput):
    """founders: the Stable-Baselines3 .zip files that the study begins from."""

    stage: ClassVar[str] = "founders"

    founders: tuple[str, ...]

    @classmethod
    def of(cls, study: Study) -> "FoundersInput":
        """Return the input for a study."""
        return cls(founders=study.founders)

    def models(self) -> tuple[str, ...]:
        """The paths of models that the study names and the stage reads."""
        return self.founders
