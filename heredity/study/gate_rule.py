"""The `gate` section of params.yaml: how a member passes."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from heredity.reading import LARGEST_RETURN


class GateRule(BaseModel):
    """How a member passes: the `gate` section of params.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Literal["mean", "lower_bound", "mean_minus_std", "quantile", "spread", "top", "champion"] = Field(
        "lower_bound",
        description="mean, lower_bound, mean_minus_std, quantile, spread, top or champion",
        examples=["lower_bound"],
    )
    confidence: float = Field(0.95, ge=0.5, lt=1, description="a confidence from 0.5 to below 1", examples=[0.95])
    method: Literal["auto", "student", "bootstrap", "wilson"] | None = Field(
        None, description="nothing: one bound serves all returns", examples=["null"], exclude=True
    )
    error: Literal["member", "family"] = Field("member", description="member or family", examples=["member"])
    margin: float = Field(
        0.0, ge=0, le=LARGEST_RETURN, description="by how much the gate's bar lies below the threshold", examples=[0.05]
    )
    deviations: float = Field(1.0, ge=0, le=1e6, description="a number of standard deviations from 0", examples=[1.0])
    quantile: float = Field(0.5, ge=0.001, le=0.999, description="a quantile between 0.001 and 0.999", examples=[0.5])
    champion: str | None = Field(None, description="parent or the path of a model's .zip", examples=["parent"])
    effect: float = Field(0.3, gt=0, le=1000, description="a positive number of standard deviations", examples=[0.3])
    power: float = Field(0.95, ge=0.5, lt=1, description="a power from 0.5 to below 1", examples=[0.95])
    reference: str | None = Field(None, description="the path of a model's .zip, or null", examples=["expert.zip"])
    fraction: float = Field(0.9, gt=0, le=1000, description="a positive part of the reference's score", examples=[0.9])
    at_most: int | None = Field(
        None, ge=1, description="a positive number of members that rule top lets in, or null", examples=[3]
    )
    when_none: Literal["best", "extend", "stop"] = Field("best", description="best, extend or stop", examples=["best"])
    extend_budget: int | None = Field(
        None, ge=1, description="a positive number of environment steps per member", examples=[50000]
    )
    approval: Literal["none", "required"] = Field("none", description="none or required", examples=["required"])

    @property
    def lacks(self) -> str | None:
        """The key that the rule needs and that is not there."""
        needed = {"top": ("at_most", self.at_most), "champion": ("champion", self.champion)}.get(self.rule)
        return needed[0] if needed and needed[1] is None else None

    @property
    def looks(self) -> int:
        """How often a member may be judged: once more after an extension."""
        return 2 if self.when_none == "extend" else 1

    @property
    def alpha(self) -> float:
        """How often one look may let through who is exactly at the bar."""
        return round(1 - self.confidence, 12) / self.looks

    @property
    def compares_with_threshold(self) -> bool:
        """Whether the threshold, less the margin, is what members are compared with."""
        return self.rule not in ("spread", "top", "champion")

    @property
    def extension_steps(self) -> int:
        """How many steps a member may be trained once more, 0 where nobody is."""
        return self.extend_budget or 0 if self.when_none == "extend" else 0
