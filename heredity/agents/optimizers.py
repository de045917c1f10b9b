"""Whether what a file keeps of an optimizer is what the optimizer of a model goes on from."""

from collections.abc import Mapping
from typing import Any

import torch
from stable_baselines3.common.sb2_compat.rmsprop_tf_like import RMSpropTFLike

MOMENTS: Mapping[type[torch.optim.Optimizer], tuple[str, ...]] = {
    torch.optim.Adam: ("exp_avg", "exp_avg_sq"),
    torch.optim.RMSprop: ("square_avg",),
    RMSpropTFLike: ("square_avg",),
}
"""What an optimizer, or one derived from it, keeps of each parameter, in the parameter's shape, beside its steps."""

OPTIONAL = {"amsgrad": "max_exp_avg_sq", "momentum": "momentum_buffer", "centered": "grad_avg"}
"""What it keeps where a setting asks for it."""


def why_not_kept(optimizer: torch.optim.Optimizer, state: Mapping[str, Any]) -> str | None:
    """Return what was expected of an optimizer's state, None where the optimizer can go on from it.

    state: as `read_state` returns it.
    """
    groups, others = optimizer.param_groups, state["param_groups"]
    sizes, other_sizes = ([len(group["params"]) for group in each] for each in (groups, others))
    if sizes != other_sizes:
        return f"groups of {sizes} parameters, got {other_sizes}"
    for group, other in zip(groups, others, strict=True):
        for name, usual in group.items():
            if name != "params" and not _alike(usual, other.get(name)):
                return f"{name} as in {type(optimizer).__name__}, got {_shown(other.get(name))}"
        for parameter, number in zip(group["params"], other["params"], strict=True):
            moments = state["state"].get(number)
            if moments and (unfit := _unfit(optimizer, {**group, **other}, parameter, moments)):
                shape = list(parameter.shape)
                return f"{unfit} of shape {shape} for parameter {number}, got {_shown(moments.get(unfit))}"
    return None


def _alike(usual: Any, value: Any) -> bool:
    """Whether a setting is of the kind that an optimizer has; PyTorch adds switches that an older version had not."""
    if isinstance(usual, list | tuple):
        return isinstance(value, list | tuple) and len(value) == len(usual) and all(map(_alike, usual, value))
    if usual is None or isinstance(usual, bool):
        return value is None or isinstance(value, bool)
    return isinstance(value, int | float | torch.Tensor) and not isinstance(value, bool)


def _unfit(
    optimizer: torch.optim.Optimizer, settings: Mapping[str, Any], parameter: torch.Tensor, moments: Mapping[str, Any]
) -> str | None:
    """Return the name of what is missing or has another shape."""
    kept = next((names for kind, names in MOMENTS.items() if isinstance(optimizer, kind)), ())
    kept += tuple(name for setting, name in OPTIONAL.items() if kept and settings.get(setting))
    for name in dict.fromkeys((*kept, *moments)):
        value = moments.get(name)
        shape = tuple(value.shape) if isinstance(value, torch.Tensor) else ()
        fits = shape == tuple(parameter.shape) if name in kept else shape in ((), (1,), tuple(parameter.shape))
        if not fits or (name in kept and not isinstance(value, torch.Tensor)):
            return name
    return None if "step" in moments or not kept else "step"


def _shown(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return f"a tensor of shape {list(value.shape)}"
    return "nothing" if value is None else str(value)
