"""What `report` is given."""

from typing import ClassVar

from heredity.pipeline.inputs.base import StageInput
from heredity.study.consistency import refuse_contradictions
from heredity.study.study import Study


class ReportInput(StageInput):
    """The study as it was resolved, and the text of its params.yaml."""

    stage: ClassVar[str] = "report"
    counts: ClassVar[tuple[str, ...]] = ("heredity.report",)

    study: Study
    params: str

    def refuse_contradictions(self) -> None:
        """Raise StudyError as params.yaml does that says such a thing."""
        refuse_contradictions(self.study)
