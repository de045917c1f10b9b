"""Kickstarting (Schmitt et al. 2018): while a child is worse than its parent, it is held near to what that would do.

The loss of every gradient step has a term weight · KL(parent ‖ child), averaged over the observations of the batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.distributions import Distribution, kl_divergence
from stable_baselines3.common.policies import ActorCriticPolicy

from heredity.agents.agent import Agent
from heredity.agents.founders import algorithm_of
from heredity.agents.on_device import torch_device
from heredity.evaluation.episodes import run_trial
from heredity.evaluation.null_policies import NullPolicy
from heredity.evaluation.trial import Trial
from heredity.inheritance.warm_start import parent_model
from heredity.seeds import seed_integers
from heredity.study.sections import Algorithm
from heredity.training.curves import CurveRow
from heredity.training.shard import Member, Shard


@dataclass(frozen=True)
class Kickstart:
    """What one member's loss knows of its parent.

    strength: the weight where the member returns `floor` or less; it is 0 from `goal` on. curve: the member's, which
    grows while it trains.
    """

    parent: BaseAlgorithm
    strength: float
    floor: float
    goal: float
    curve: Sequence[CurveRow]

    @classmethod
    def of(cls, shard: Shard, member: Member, curve: Sequence[CurveRow]) -> "Kickstart | None":
        """Let a member's parent play the episodes that the member played untrained; None where it has no parent."""
        warm_start = member.warm_start
        if warm_start.parent is None:
            return None
        floor, goal = _bounds(shard, member, curve[0], warm_start.parent)
        parent: Any = parent_model(warm_start.parent, shard.task)
        parent.policy.to(torch_device(shard.train.device))
        return cls(parent, warm_start.kickstart, floor, goal, curve)

    def weight(self) -> float:
        """Return the term's weight by the last row of the curve."""
        return self.strength * (1 - position(self.curve[-1].return_mean, self.floor, self.goal))

    def distribution(self, observations: Any) -> Distribution:
        """Return what the parent would do on raw observations [batch, …]."""
        policy, normalizer = cast(ActorCriticPolicy, self.parent.policy), self.parent.get_vec_normalize_env()
        inputs = normalizer.normalize_obs(observations) if normalizer else observations
        with torch.no_grad():
            return policy.get_distribution(policy.obs_to_tensor(inputs)[0])


def position(value: float | None, floor: float, goal: float) -> float:
    """Return where a return lies between floor and goal, clipped to [0, 1], 1 where there is no way between them.

    Returns may be negative, so that their ratio would say nothing.
    """
    if goal <= floor:
        return 1.0
    return min(max(((floor if value is None else value) - floor) / (goal - floor), 0.0), 1.0)


def _bounds(shard: Shard, member: Member, untrained: CurveRow, parent: Agent) -> tuple[float, float]:
    """Return the mean return on the child's task of knowing nothing, and of the parent.

    Knowing nothing is the untrained child, or a random policy where that does as well as its parent, being its copy.
    """

    def played(player: Agent | NullPolicy, algorithm: Algorithm | None = None) -> float:
        seed = seed_integers(member.seed, 3)[2]
        trial = Trial(
            "", player, shard.task.unshaped(), shard.zero_shot_episodes, seed, deterministic=False, algorithm=algorithm
        )
        return float(run_trial(trial).returns.mean())

    goal = played(parent, algorithm_of(parent))
    floor = untrained.return_mean
    return (floor if floor is not None and floor < goal else played("random")), goal


class KickstartCallback(BaseCallback):
    """Puts the term into the loss of Stable-Baselines3's PPO or A2C, for as long as an update takes.

    Both subtract ent_coef times the entropy that the policy reports, so while ent_coef is 1 it reports
    ent_coef · entropy − weight · KL.
    """

    # Why a swap: `PPO.train` and `A2C.train` are one function each, from the buffer to the optimiser's step, with no
    # place for another term of the loss. A copy of them would have to be kept equal to every version of Stable-
    # Baselines3, and a subclass would stand in every agent's zip. What both do call, with the very minibatch of each
    # gradient step, is `policy.evaluate_actions`, and of its three answers the entropy alone enters the loss linearly
    # and nothing else (values may be clipped, log-probabilities become ratios). So the term travels in the entropy's
    # place, and ent_coef, which would scale it and may be 0, is 1 meanwhile. The gradient is exact, because what is
    # reported is a function of the same parameters; only what Stable-Baselines3 logs as entropy_loss is then another
    # thing, so the real entropies are kept, and logged in its place. The swap ends before the next rollout, so that no
    # snapshot ever holds it: an attribute of the policy hides its class's method, and deleting that uncovers the method
    # again.

    def __init__(self, kickstart: Kickstart) -> None:
        super().__init__()
        self.kickstart = kickstart

    def _on_rollout_end(self) -> None:
        model: Any = self.model
        if weight := self.kickstart.weight():
            self.ent_coef, model.ent_coef = model.ent_coef, 1.0
            self.entropies: list[float] = []
            own = self.ent_coef, weight, self.entropies
            model.policy.evaluate_actions = partial(_judged, self.kickstart, model, own)

    def _on_rollout_start(self) -> None:
        model: Any = self.model
        if "evaluate_actions" in vars(model.policy):
            del model.policy.evaluate_actions
            model.ent_coef = self.ent_coef
            if self.entropies:
                model.logger.record("train/entropy_loss", -np.mean(self.entropies))

    def _on_training_end(self) -> None:
        self._on_rollout_start()

    def _on_step(self) -> bool:
        return True


def _judged(
    kickstart: Kickstart, model: Any, own: tuple[float, float, list[float]], observations: Any, actions: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return values and log-probabilities as the policy does, and in the entropy's place what the loss is to have.

    own: the entropy's coefficient, the divergence's weight, and a list that takes the mean entropy.
    """
    ent_coef, weight, entropies = own
    policy, normalizer = model.policy, model.get_vec_normalize_env()
    values, log_probabilities, entropy = type(policy).evaluate_actions(policy, observations, actions)
    raw = _arrays(observations)
    theirs = kickstart.distribution(normalizer.unnormalize_obs(raw) if normalizer else raw)
    divergence = kl_divergence(theirs, policy.get_distribution(observations)).reshape(len(values), -1).sum(1)
    entropy = -log_probabilities if entropy is None else entropy
    entropies.append(float(entropy.detach().mean()))
    return values, log_probabilities, ent_coef * entropy - weight * divergence


def _arrays(observations: Any) -> Any:
    if isinstance(observations, dict):
        return {key: value.cpu().numpy() for key, value in observations.items()}
    return observations.cpu().numpy()
