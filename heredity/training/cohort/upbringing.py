"""What of the members' inheritance goes on while they train, for all of them at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.distributions import Distribution

from heredity.training import Shard
from heredity.training.cohort.crew import Crew
from heredity.training.cohort.policy import Policy
from heredity.training.cohort.update import Numbers, Rollout
from heredity.training.kickstart import Kickstart
from heredity.training.recorder import Recorder

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Lessons:
    """What parents would do in the place of those members that are kickstarted; nothing where nobody is."""

    given: Mapping[int, Kickstart]

    @classmethod
    def of(cls, shard: Shard, recorders: Sequence[Recorder | None]) -> "Lessons":
        """Let every parent show what it returns on its child's task; one that has failed has no recorder."""
        given = {}
        for m, (member, recorder) in enumerate(zip(shard.members, recorders, strict=True)):
            if recorder and (kickstart := Kickstart.of(shard, member, recorder.curve)):
                given[m] = kickstart
        return cls(given)

    def added(self, crew: Crew, policy: Policy, rollout: Rollout, numbers: Numbers) -> tuple[Rollout, Numbers]:
        """Return both with what the parents would have done in the rollout, and its weight in their children's loss."""
        if not self.given:
            return rollout, numbers
        width = sum(policy.choices) or 2 * int(np.prod(crew.models[0].action_space.shape))
        taught, weights = np.zeros((*rollout.rewards.shape, width), np.float32), np.zeros(len(crew.models), np.float32)
        for row, m in enumerate(crew.active):
            if m not in self.given:
                continue
            seen = rollout.observations[m]
            raw = crew.normalizers.unscale(row, seen) if crew.normalizers else seen
            known = parameters(self.given[m].distribution(raw.reshape(-1, raw.shape[-1])))
            taught[m] = known.reshape(taught[m].shape)
            weights[m] = self.given[m].weight()
        return rollout._replace(taught=taught), numbers._replace(kickstart=weights)


def parameters(distribution: Distribution) -> Array:
    """Return the logits of a discrete distribution [batch, choices], or the means and log deviations of a Gaussian."""
    own: Any = distribution.distribution
    if isinstance(own, torch.distributions.Normal):
        return torch.cat([own.mean, own.stddev.log()], dim=-1).numpy()
    return torch.cat([part.logits for part in (own if isinstance(own, list) else [own])], dim=-1).numpy()
