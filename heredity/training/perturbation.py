"""Soft shrink and perturb (Juliani & Ash 2024): after every update a little of every weight is drawn anew.

The paper does so after every gradient step, with a share of 0.999999; here an update is all that is learned from one
rollout (off-policy: one call of `train`), so that both engines do the same.
"""

from typing import Any

import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback

from heredity.agents.on_device import is_on_cpu
from heredity.seeds import seed_integer
from heredity.training.shard import Member

EXPLORATION = "log_std"
"""A parameter of its own that says how much a policy tries; pulling it to its start would be another intervention."""


def fresh_weights(model: BaseAlgorithm, member: Member) -> dict[str, torch.Tensor]:
    """Return every parameter but exploration as a new policy would have it, by the member's seed and the model's clock.

    Nobody else's random numbers are moved by it.
    """
    untyped: Any = model
    # Built whole, as the algorithm itself would, because initial weights depend on the order in which layers are made.
    noise = {"use_sde": True} if untyped.use_sde else {}
    with torch.random.fork_rng(devices=[] if is_on_cpu(model) else [model.device]):
        torch.manual_seed(seed_integer(member.seed, "fresh", str(model.num_timesteps)))
        policy = untyped.policy_class(
            model.observation_space, model.action_space, untyped.lr_schedule, **{**noise, **untyped.policy_kwargs}
        )
    policy.to(model.device)
    return {name: value.detach() for name, value in policy.named_parameters() if name != EXPLORATION}


class PerturbCallback(BaseCallback):
    """Perturbs a Stable-Baselines3 model between an update and the next rollout."""

    def __init__(self, member: Member) -> None:
        super().__init__()
        self.member = member

    def _on_training_start(self) -> None:
        self.updates = self.model._n_updates

    def _on_rollout_start(self) -> None:
        if self.model._n_updates == self.updates:
            return
        self.updates, share = self.model._n_updates, self.member.warm_start.update_share
        fresh, policy = fresh_weights(self.model, self.member), self.model.policy
        with torch.no_grad():
            for name, value in policy.named_parameters():
                if name in fresh:
                    value.copy_(share * value + (1 - share) * fresh[name])

    def _on_training_end(self) -> None:
        self._on_rollout_start()

    def _on_step(self) -> bool:
        return True
