"""What `compare` is given."""

from typing import ClassVar

from heredity.pipeline.inputs.base import StageInput
from heredity.study.study import Study
from heredity.transfer.plan import ComparisonPlan, comparison_plan


class CompareInput(StageInput):
    """What both arms of every generation were asked."""

    stage: ClassVar[str] = "compare"

    plan: ComparisonPlan

    def refuse_contradictions(self) -> None:
        """Raise StudyError where the generations are no tree."""
        self.plan.refuse_no_tree()

    @classmethod
    def of(cls, study: Study) -> "CompareInput":
        """Return the input for a study."""
        return cls(plan=comparison_plan(study))
