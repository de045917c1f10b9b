"""One tensor of a parent laid into one of a child that may have another shape."""

from dataclasses import dataclass
from math import prod

import torch


@dataclass(frozen=True)
class Match:
    """What became of one tensor: copied, padded (the child's is larger), cropped (smaller) or skipped.

    `taken` counts the child's numbers that are the parent's.
    """

    value: torch.Tensor
    outcome: str
    taken: int


def match(parent: torch.Tensor | None, fresh: torch.Tensor) -> Match:
    """Lay a parent's tensor into a child's fresh one, both [outputs], or [outputs, inputs, …].

    Where the child has more inputs, the weights from the new ones to the parent's outputs are zero, so that the
    parent's function is preserved; new outputs stay as they are in `fresh`. Further axes (a kernel's) have to agree.
    """
    if (
        parent is None
        or parent.ndim != fresh.ndim
        or parent.dtype != fresh.dtype
        or parent.shape[2:] != fresh.shape[2:]
    ):
        return Match(fresh.clone(), "skipped", 0)
    if parent.shape == fresh.shape:
        return Match(parent.clone(), "copied", fresh.numel())
    common = tuple(min(ours, theirs) for ours, theirs in zip(parent.shape, fresh.shape, strict=True))
    block = tuple(slice(size) for size in common)
    value = fresh.clone()
    value[block[:1]] = 0
    value[block] = parent[block]
    outcome = "padded" if common == tuple(parent.shape) else "cropped"
    return Match(value, outcome, prod(common))
