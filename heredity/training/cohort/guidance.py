"""What of the members' inheritance goes on while they train, for all of them at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.distributions import Distribution

from heredity.training.cohort.crew import Crew
from heredity.training.cohort.policy import Policy
from heredity.training.cohort.update import Learner, Numbers, Rollout, Update
from heredity.training.kickstart import Kickstart
from heredity.training.perturbing import fresh_weights
from heredity.training.recorder import Recorder

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Lessons:
    """What parents would do in the place of those members that are kickstarted."""

    given: Mapping[int, Kickstart]
    policy: Policy

    @classmethod
    def of(cls, recorders: Sequence[Recorder | None], policy: Policy) -> "Lessons":
        """Collect the members' parents."""
        return cls({m: own.kickstart for m, own in enumerate(recorders) if own and own.kickstart}, policy)

    def added(self, crew: Crew, rollout: Rollout, numbers: Numbers) -> tuple[Rollout, Numbers]:
        """Return both with what the parents would have done in the rollout, and its weight in their children's loss."""
        width = sum(self.policy.choices) or 2 * int(np.prod(crew.models[0].action_space.shape))
        taught, weights = np.zeros((*rollout.rewards.shape, width), np.float32), np.zeros(len(crew.models), np.float32)
        for row, m in enumerate(crew.active):
            if kickstart := self.given.get(m):
                seen = rollout.observations[m]
                raw = crew.normalizers.unscale(row, seen) if crew.normalizers else seen
                known = parameters(kickstart.distribution(raw.reshape(-1, raw.shape[-1])))
                taught[m], weights[m] = known.reshape(taught[m].shape), kickstart.weight()
        return rollout._replace(taught=taught), numbers._replace(kickstart=weights)


def updated(update: Update, learner: Learner, given: tuple[Rollout, Numbers], lessons: Lessons, crew: Crew) -> Learner:
    """Update the active members: those with a parent by a program that looks at it, the others as if there were none.

    So a member's bytes do not depend on whether somebody who shares its shard is kickstarted.
    """
    alone, taught = ([m for m in crew.active if (m in lessons.given) is held] for held in (False, True))
    if alone:
        learner = update(learner, *given, crew.padded(alone), len(alone))
    if taught:
        learner = update(learner, *lessons.added(crew, *given), crew.padded(taught), len(taught))
    return perturbed(learner, crew)


def perturbed(learner: Learner, crew: Crew) -> Learner:
    """Draw what their upbringing asks for of the active members' weights anew."""
    members = crew.shard.members
    asked = {m: members[m].upbringing.update_share for m in crew.active if members[m].upbringing.update_share < 1}
    if not asked:
        return learner
    weights = {name: np.array(leaf) for name, leaf in learner.weights.items()}
    for m, share in asked.items():
        for name, value in fresh_weights(crew.models[m], members[m]).items():
            weights[name][m] = share * weights[name][m] + (1 - share) * value.numpy()
    return learner._replace(weights=weights)


def parameters(distribution: Distribution) -> Array:
    """Return the logits of a discrete distribution [batch, choices], or the means and log deviations of a Gaussian."""
    own: Any = distribution.distribution
    if isinstance(own, torch.distributions.Normal):
        return torch.cat([own.mean, own.stddev.log()], dim=-1).numpy()
    return torch.cat([part.logits for part in (own if isinstance(own, list) else [own])], dim=-1).numpy()
