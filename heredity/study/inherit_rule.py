"""The `inherit` section of params.yaml: what a child takes from its parents, and which parents it has."""

from collections.abc import Mapping
from operator import not_
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

Operator = Literal[
    "copy", "actor", "features", "shrink_perturb", "soup", "distil", "kickstart", "crossover", "permute"
]  # fmt: skip
Switch = Literal["keep", "reset", "blend"]
Factor = Annotated[float, Field(ge=1e-6, le=1e6)]

PARTS = ("actor", "critic", "heads", "exploration", "observation_statistics", "reward_statistics")
"""What a switch can be written for; `heads`, the last layers, goes before actor and critic where it is given."""

RESETS: Mapping[str, Mapping[str, Switch]] = {
    "actor": {"critic": "reset", "reward_statistics": "reset"},
    "features": {"heads": "reset", "exploration": "reset", "reward_statistics": "reset"},
    "shrink_perturb": {"actor": "blend", "critic": "blend"},
    "distil": {"actor": "reset", "critic": "reset", "exploration": "reset"},
    "kickstart": {"actor": "reset", "critic": "reset", "exploration": "reset"},
}
"""What an operator does not keep, unless the study says otherwise."""

PERTURBABLE = ("clip_range", "ent_coef", "learning_rate", "max_grad_norm", "target_kl", "tau", "vf_coef")
"""Hyperparameters that can be multiplied by a factor without changing the shape of anything."""

KICKSTARTED = ("PPO", "A2C")
"""Algorithms whose loss kickstart can join: it has an entropy term and judges actions by the policy that it trains."""

_SWITCH = "keep, reset or blend, or nothing for what the operator does"


def _switch() -> Any:
    return Field(None, description=_SWITCH, examples=["keep"])


class Distil(BaseModel):
    """How long a child is fitted to its parent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    states: int = Field(
        20_000, ge=1, le=10**7, description="a positive number of the parent's states", examples=[20000]
    )
    epochs: int = Field(10, ge=1, le=10_000, description="a positive number of passes over the states", examples=[10])


class InheritRule(BaseModel):
    """What a child takes from its parents: the `inherit` section of params.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    operator: Operator = Field("copy", description=f"one of {', '.join(get_args(Operator))}", examples=["copy"])
    actor: Switch | None = _switch()
    critic: Switch | None = _switch()
    heads: Switch | None = _switch()
    exploration: Switch | None = _switch()
    observation_statistics: Switch | None = _switch()
    reward_statistics: Switch | None = _switch()
    optimizer: Literal["reset", "keep"] = Field("reset", description="reset or keep", examples=["reset"])
    replay_buffer: Literal["reset", "keep"] = Field("reset", description="reset or keep", examples=["reset"])
    parent_share: float = Field(
        0.5, ge=0, le=1, description="the parent's share in what is blended, from 0 (fresh) to 1", examples=[0.5]
    )
    update_share: float = Field(
        1.0, ge=0, le=1, description="the share of the weights that every update leaves, from 0 to 1", examples=[0.9999]
    )
    soup: int = Field(2, ge=2, le=10_000, description="at least 2 siblings to average", examples=[2])
    kickstart: float = Field(
        1.0, gt=0, le=1e6, description="a positive weight of the divergence from the parent", examples=[1.0]
    )
    distil: Distil = Field(Distil(), description="a mapping of states and epochs", examples=["{states: 20000}"])
    donors: Literal["survivors", "random", "failed", "worst"] = Field(
        "survivors", description="survivors, random, failed or worst", examples=["survivors"]
    )
    at_most: int | None = Field(
        None, ge=1, description="a positive number of donors per lineage, or null", examples=[3]
    )
    rank: Literal["own", "next"] = Field("own", description="own or next", examples=["next"])
    rank_episodes: int = Field(
        20, ge=1, le=1_000_000, description="a positive number of episodes per donor on the next task", examples=[20]
    )
    parents: Literal["round_robin", "proportional", "tournament", "best"] = Field(
        "round_robin", description="round_robin, proportional, tournament or best", examples=["round_robin"]
    )
    tournament: int = Field(
        2, ge=1, le=10_000, description="a positive number of donors drawn per tournament", examples=[2]
    )
    immigrants: int = Field(0, ge=0, description="a number of fresh members from 0 to the population", examples=[0])
    compete: bool = Field(False, description="true or false", examples=["true"])
    perturb: dict[str, tuple[Factor, Factor]] = Field(
        {}, description="hyperparameters with two positive factors each", examples=["{learning_rate: [0.8, 1.25]}"]
    )
    hyperparameters: dict[str, float | str] = Field(
        {},
        exclude_if=not_,
        description="hyperparameters that heirs alone learn with, each a number or lin_…",
        examples=["{learning_rate: 0.0001}"],
    )
    min_inherited: float = Field(
        0.1, ge=0, le=1, description="the least fraction of parameters that an heir takes, from 0 to 1", examples=[0.1]
    )

    @property
    def guides(self) -> str | None:
        """The name of what an inheritance does while heirs train, None where it does nothing."""
        if self.operator == "kickstart":
            return "kickstart"
        return "update_share" if self.update_share < 1 else None

    @property
    def ranks_by_play(self) -> bool:
        """Whether donors play the heirs' task to be ranked; of a blind draw none, but where parents are by fitness."""
        return self.rank == "next" and (self.donors != "random" or self.parents == "proportional")

    def switches(self) -> dict[str, str]:
        """Return what happens to every part, as a pedigree records it; schedules always begin anew."""
        preset = RESETS.get(self.operator, {})
        usual = {part: preset.get(part, "keep") for part in PARTS if part != "heads" or part in preset}
        chosen = {part: getattr(self, part) for part in PARTS if getattr(self, part)}
        apart_from_parts = {"optimizer": self.optimizer, "schedules": "reset", "replay_buffer": self.replay_buffer}
        return {**usual, **chosen, **apart_from_parts}

    def resolved(self) -> "InheritRule":
        """Return the rule with what its operator does to every part written out."""
        written = {part: switch for part, switch in self.switches().items() if part in PARTS}
        return self.model_copy(update=written)

    def contradiction(self, algorithm: str) -> str | None:
        """Return the key that cannot stand beside the others, or the algorithm, and what to write instead, or None."""
        if self.operator == "kickstart" and algorithm not in KICKSTARTED:
            return f"operator: expected algorithm {' or '.join(KICKSTARTED)} for kickstart, got {algorithm}; use distil"
        learned = {value for part, value in self.switches().items() if part in ("actor", "critic", "heads")}
        if self.optimizer == "keep" and (self.operator != "copy" or learned != {"keep"}):
            return f"optimizer: expected reset, because {self.operator} changes what the moments belong to, got keep"
        if self.update_share < 1 and algorithm == "ARS":
            return "update_share: expected 1, because ARS has no updates of a policy that could be built anew"
        if self.operator in ("soup", "crossover") and self.at_most == 1:
            return f"at_most: expected at least 2 donors, because {self.operator} mixes them, got 1"
        if self.compete and self.rank != "next":
            return (
                "compete: expected false, because by rank: own nobody plays the next task, got True; write rank: next"
            )
        if self.compete and not self.immigrants:
            return "compete: expected immigrants that compete, got none; write immigrants: 1"
        for name in self.hyperparameters:
            if name not in PERTURBABLE or name in self.perturb:
                expected = f"one of {', '.join(PERTURBABLE)}" if name not in PERTURBABLE else "no perturb of it as well"
                return f"hyperparameters.{name}: expected {expected}, got {name!r}"
        for name, (low, high) in self.perturb.items():
            if name not in PERTURBABLE:
                return f"perturb.{name}: expected one of {', '.join(PERTURBABLE)}, got {name!r}"
            if low > high:
                return f"perturb.{name}: expected the smaller factor first, got [{low}, {high}]"
        return None
