"""What of the members' inheritance goes on while they train."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.distributions import Distribution

from heredity.training.cohort.collector import Collector
from heredity.training.cohort.learner import hyperparameters
from heredity.training.cohort.update import Hyperparameters, Learner, Rollout, Update
from heredity.training.kickstart import Kickstart
from heredity.training.perturbation import fresh_weights
from heredity.training.recorder import Recorder

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Teachers:
    """The parents of those members that are kickstarted, by the members' places in the shard."""

    teachers: Mapping[int, Kickstart]

    @classmethod
    def of(cls, recorders: Sequence[Recorder]) -> "Teachers":
        """Collect the members' parents."""
        return cls({m: recorder.kickstart for m, recorder in enumerate(recorders) if recorder.kickstart})

    def with_teacher(
        self, collector: Collector, m: int, rollout: Rollout, hyperparameters: Hyperparameters
    ) -> tuple[Rollout, Hyperparameters]:
        """Return both with what a member's parent would have done in the rollout, and its weight in the child's loss.

        Without a parent they come back as they are: XLA would fuse, and so round, the rest of a program with a weight
        of 0 differently.
        """
        if (kickstart := self.teachers.get(m)) is None:
            return rollout, hyperparameters
        observations, normalizers = rollout.observations, collector.normalizers
        raw = normalizers.unscale(collector.active.index(m), observations) if normalizers else observations
        logits = parameters(kickstart.distribution(raw.reshape(-1, raw.shape[-1])))
        teacher_logits = logits.reshape(*rollout.rewards.shape, -1)
        weight = np.float32(kickstart.weight())
        return rollout._replace(teacher_logits=teacher_logits), hyperparameters._replace(kickstart=weight)


def updated(
    update: Update, learner: Learner, rollout: Rollout, m: int, teachers: Teachers, collector: Collector
) -> tuple[Learner, Any]:
    """Update one active member by what it collected, and draw what its warm_start asks for of its weights anew.

    Return the learner, and the update's statistics.
    """
    model, member = collector.models[m], collector.shard.members[m]
    learner, statistics = update(learner, *teachers.with_teacher(collector, m, rollout, hyperparameters(model)))
    if (share := member.warm_start.update_share) == 1:
        return learner, statistics
    weights = {name: np.asarray(value) for name, value in learner.weights.items()}
    for name, value in fresh_weights(model, member).items():
        weights[name] = share * weights[name] + (1 - share) * value.numpy()
    return learner._replace(weights=weights), statistics


def parameters(distribution: Distribution) -> Array:
    """Return the logits of a discrete distribution [batch, choices], or the means and log deviations of a Gaussian."""
    torch_distribution: Any = distribution.distribution
    if isinstance(torch_distribution, torch.distributions.Normal):
        return torch.cat([torch_distribution.mean, torch_distribution.stddev.log()], dim=-1).numpy()
    parts = torch_distribution if isinstance(torch_distribution, list) else [torch_distribution]  # MultiDiscrete's
    return torch.cat([part.logits for part in parts], dim=-1).numpy()
