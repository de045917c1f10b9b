"""What of the members' inheritance goes on while they train, for all of them at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.distributions import Distribution

from heredity.agents.twins.policy import Policy
from heredity.training.cohort.collector import Collector
from heredity.training.cohort.update import Hyperparameters, Learner, Rollout, Update
from heredity.training.kickstart import Kickstart
from heredity.training.perturbation import fresh_weights
from heredity.training.recorder import Recorder

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Teachers:
    """The parents of those members that are kickstarted, by the members' places in the shard."""

    teachers: Mapping[int, Kickstart]
    policy: Policy

    @classmethod
    def of(cls, recorders: Sequence[Recorder], policy: Policy) -> "Teachers":
        """Collect the members' parents."""
        return cls({m: recorder.kickstart for m, recorder in enumerate(recorders) if recorder.kickstart}, policy)

    def with_teacher(
        self, collector: Collector, rollout: Rollout, hyperparameters: Hyperparameters
    ) -> tuple[Rollout, Hyperparameters]:
        """Return both with what the parents would have done in the rollout, and its weight in their children's loss."""
        width = sum(self.policy.choices) or 2 * int(np.prod(collector.models[0].action_space.shape))
        teacher_logits = np.zeros((*rollout.rewards.shape, width), np.float32)
        weights = np.zeros(len(collector.models), np.float32)
        for row, m in enumerate(collector.active):
            if kickstart := self.teachers.get(m):
                observations = rollout.observations[m]
                normalizers = collector.normalizers
                raw = normalizers.unscale(row, observations) if normalizers else observations
                logits = parameters(kickstart.distribution(raw.reshape(-1, raw.shape[-1])))
                teacher_logits[m], weights[m] = logits.reshape(teacher_logits[m].shape), kickstart.weight()
        return rollout._replace(teacher_logits=teacher_logits), hyperparameters._replace(kickstart=weights)


def updated(
    update: Update, learner: Learner, data: tuple[Rollout, Hyperparameters], teachers: Teachers, collector: Collector
) -> Learner:
    """Update the active members: those with a parent by a program that looks at it, the others as if there were none.

    So a member's bytes do not depend on whether somebody who shares its shard is kickstarted.
    """
    # Not one program with a weight of 0 for those without a parent: XLA would fuse, and so round, the rest differently.
    alone, guided = ([m for m in collector.active if (m in teachers.teachers) is has] for has in (False, True))
    if alone:
        learner = update(learner, *data, collector.padded(alone), len(alone))
    if guided:
        learner = update(learner, *teachers.with_teacher(collector, *data), collector.padded(guided), len(guided))
    return perturbed(learner, collector)


def perturbed(learner: Learner, collector: Collector) -> Learner:
    """Draw what their warm_start asks for of the active members' weights anew."""
    members = collector.shard.members
    shares = {m: share for m in collector.active if (share := members[m].warm_start.update_share) < 1}
    if not shares:
        return learner
    weights = {name: np.array(leaf) for name, leaf in learner.weights.items()}
    for m, share in shares.items():
        for name, value in fresh_weights(collector.models[m], members[m]).items():
            weights[name][m] = share * weights[name][m] + (1 - share) * value.numpy()
    return learner._replace(weights=weights)


def parameters(distribution: Distribution) -> Array:
    """Return the logits of a discrete distribution [batch, choices], or the means and log deviations of a Gaussian."""
    torch_distribution: Any = distribution.distribution
    if isinstance(torch_distribution, torch.distributions.Normal):
        return torch.cat([torch_distribution.mean, torch_distribution.stddev.log()], dim=-1).numpy()
    parts = torch_distribution if isinstance(torch_distribution, list) else [torch_distribution]  # MultiDiscrete's
    return torch.cat([part.logits for part in parts], dim=-1).numpy()
