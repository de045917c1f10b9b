"""What updates say of themselves: Stable-Baselines3's own record, by the names that a curve has for it."""

from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm

from heredity.reading import LARGEST_RETURN

DIGITS = 6
"""Significant ones of what an update says, which computes in float32."""

LOGGED = {
    "policy_loss": ("policy_loss", "policy_gradient_loss", "actor_loss"),
    "value_loss": ("value_loss", "critic_loss", "loss"),
    "entropy_loss": ("entropy_loss",),
    "approx_kl": ("approx_kl", "kl_divergence_loss"),
    "clip_fraction": ("clip_fraction",),
    "explained_variance": ("explained_variance",),
    "learning_rate": ("learning_rate",),
}
"""By field of CurveRow, what algorithms log it as below "train/"; the first that is there counts."""


def logged_update(model: BaseAlgorithm) -> dict[str, float | None]:
    """Return what a model's updates logged last of each field of LOGGED, None where its algorithm has no such thing.

    The model is to learn with `log_interval=None`: whatever its logger shows, it forgets.
    """
    values = model.logger.name_to_value  # makes up a 0 for a key that is asked for and is not there
    names = {name: next((key for key in keys if f"train/{key}" in values), None) for name, keys in LOGGED.items()}
    return {name: known(values[f"train/{key}"]) if key else None for name, key in names.items()}


def known(value: Any) -> float | None:
    """Return a number to DIGITS, None for one that no curve holds, as the explained variance of equal returns."""
    number = float(value)
    return float(f"{number:.{DIGITS}g}") if abs(number) <= LARGEST_RETURN else None
