"""The noise that an algorithm adds to its actions while it learns, as `noise_type` and `noise_std` write it.

The two hyperparameters are rl-baselines3-zoo's; a standard deviation is of actions that are scaled to [-1, 1].
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.noise import ActionNoise, NormalActionNoise, OrnsteinUhlenbeckActionNoise

from heredity.errors import StudyError, shortened
from heredity.study.messages import suggestion
from heredity.study.sections import Algorithm

NOISE = ("noise_type", "noise_std", "action_noise")
"""Hyperparameters that say which noise; the last is Stable-Baselines3's own, and can only be null, for none."""

NO_NOISE = "none"

PROCESSES: Mapping[str, type[NormalActionNoise] | type[OrnsteinUhlenbeckActionNoise]] = {
    "normal": NormalActionNoise,
    "ornstein-uhlenbeck": OrnsteinUhlenbeckActionNoise,
}

USUAL_STD = {"normal": 0.1, "ornstein-uhlenbeck": 0.2}
"""Fujimoto et al. 2018, section 6.1; Lillicrap et al. 2016, section 7."""

USUAL_NOISE = {"TD3": "normal", "DDPG": "normal"}
"""Of the algorithms whose policy gives one action, and which would try nothing else without noise.

TD3's paper trains DDPG with the same noise as TD3, and rl-baselines3-zoo does too.
"""


@dataclass(frozen=True)
class Noise:
    """What is added to every action, by the name of its process; `std` is its parameter sigma."""

    kind: str
    std: float

    def process(self, shape: tuple[int, ...]) -> ActionNoise:
        """Return the process for actions of a shape, at rest; it draws from numpy's global generator."""
        return PROCESSES[self.kind](np.zeros(shape), np.full(shape, self.std))


def noise_of(algorithm: Algorithm) -> Noise | None:
    """Return the noise that an algorithm asks for, or its usual one where it says nothing; None for none.

    Raises StudyError for a noise that there is not.
    """
    asked: dict[str, Any] = algorithm.hyperparameters
    if asked.get("action_noise") is not None:
        raise _refusal("action_noise", "noise_type and noise_std in its place", asked, "write noise_type: normal")
    usual = NO_NOISE if "action_noise" in asked else USUAL_NOISE.get(algorithm.name, NO_NOISE)
    kind, known = asked.get("noise_type", usual), (*PROCESSES, NO_NOISE)
    kind = NO_NOISE if kind is None else kind  # as for rl-baselines3-zoo
    if kind not in known:
        raise _refusal("noise_type", f"one of {', '.join(known)}", asked, suggestion(str(kind), known))
    if "noise_std" in asked and "noise_type" not in asked and kind == NO_NOISE:
        raise StudyError(
            f"algorithm.hyperparameters.noise_type: expected one of {', '.join(PROCESSES)} beside noise_std, because "
            f"{algorithm.name} has no usual one, got nothing; write noise_type: normal"
        )
    if kind == NO_NOISE:
        return None
    std = asked.get("noise_std", USUAL_STD[kind])
    if isinstance(std, bool) or not isinstance(std, int | float) or not 0 <= std < inf:
        raise _refusal("noise_std", "a number from 0", asked, f"write for example {USUAL_STD[kind]}")
    return Noise(kind, float(std))


def action_noise(noise: Noise | None, space: spaces.Space[Any]) -> dict[str, ActionNoise]:
    """Return the constructor's argument that adds a noise to the actions of a space, nothing where there is none."""
    # Other spaces have no shape to draw for; the algorithm says itself that it cannot take them.
    return {"action_noise": noise.process(space.shape)} if noise and isinstance(space, spaces.Box) else {}


def with_noise_written(algorithm: Algorithm) -> Algorithm:
    """Return an algorithm whose hyperparameters say which noise it trains with; as it is where it has to do with none.

    Raises StudyError as `noise_of` does.
    """
    hyperparameters: dict[str, Any] = algorithm.hyperparameters
    if algorithm.name not in USUAL_NOISE and not hyperparameters.keys() & set(NOISE):
        return algorithm
    noise = noise_of(algorithm)
    others = {name: value for name, value in hyperparameters.items() if name not in NOISE}
    written = {"noise_type": noise.kind, "noise_std": noise.std} if noise else {"noise_type": NO_NOISE}
    return algorithm.model_copy(update={"hyperparameters": {**others, **written}})


def _refusal(name: str, expected: str, asked: Mapping[str, Any], remedy: str) -> StudyError:
    return StudyError(f"algorithm.hyperparameters.{name}: expected {expected}, got {shortened(asked[name])}; {remedy}")
