"""What `report` is given."""

from typing import ClassVar

from heredity.pipeline.inputs.base import StageInput
from heredity.study.study import Study


class ReportInput(StageInput):
    """The study as it was resolved, and the text of its params.yaml."""

    stage: ClassVar[str] = "report"
    counts: ClassVar[tuple[str, ...]] = ("heredity.report",)

    study: Study
    params: str
