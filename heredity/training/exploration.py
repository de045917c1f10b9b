"""How an off-policy member explores: where that begins, and that its noise belongs to a segment alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.utils import ConstantSchedule

from heredity.inheritance.warm_start import WarmStart


@contextmanager
def exploration_schedule(model: BaseAlgorithm, warm_start: WarmStart) -> Iterator[None]:
    """Let a model learn with the exploration that its warm_start asks for; afterwards it has its own one.

    A replay buffer that is kept takes the place of the steps before learning starts. A member that plays first fills
    its buffer by its policy, with its noise or epsilon, and learns no earlier than another. A kept exploration leaves
    epsilon at its final value.
    """
    changed = _changed(model, warm_start)
    attributes = vars(model)
    before = {name: attributes[name] for name in changed if name in attributes}
    attributes.update(changed)
    try:
        yield
    finally:  # what stays changed would be packed into the agent, and so into its heirs
        for name in changed:
            del attributes[name]
        attributes.update(before)


def _changed(model: BaseAlgorithm, warm_start: WarmStart) -> dict[str, Any]:
    """Return what a model has otherwise while it learns, by attribute."""
    untyped: Any = model
    changed: dict[str, Any] = {}
    if warm_start.replay is not None:
        changed["learning_starts"] = 0
    if not warm_start.explores_anew and hasattr(model, "exploration_schedule"):
        changed["exploration_schedule"] = ConstantSchedule(untyped.exploration_final_eps)
    if isinstance(model, OffPolicyAlgorithm):
        # A process begins every segment at rest, so that nothing of it has to be stored: this copy is what moves.
        changed["action_noise"] = deepcopy(model.action_noise)
        if warm_start.plays_first:
            sample_action = model._sample_action
            # Told 0 here alone: `learning_starts` says as well when updates begin, which is to stay.
            changed["_sample_action"] = lambda _, *noise_and_copies: sample_action(0, *noise_and_copies)
    return changed
