"""With how many bits torch multiplies numbers of 32: a library that an environment loads may set it for all.

On processors and GPUs that have products of 16 bits or of TF32 every update comes out otherwise then. torch has two old
settings, and new ones for each kind of product; it refuses to tell an old one where new ones were set alone.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

KINDS = "all", "matmul", "conv", "rnn"

PLACES = (("generic", "all"), *((backend, kind) for backend in ("mkldnn", "cuda") for kind in KINDS))
"""Where torch keeps a setting; what says "none" follows the one above it."""

USUAL = "highest", True
"""The old settings of a torch that nobody has told anything."""


class Precision(NamedTuple):
    """torch's settings: the old ones, and by place the new ones, none of a torch that has none."""

    products: str
    cudnn_in_tf32: bool
    places: dict[tuple[str, str], str]


def asking(torch: Any, *, on_gpu: bool) -> Callable[[], Any]:
    """Return how to ask what products are made with, on the processor in nanoseconds, where that is all that counts."""
    ask = _getter(torch)
    if on_gpu or ask is None:
        return partial(precision, torch)
    return partial(ask, "mkldnn", "matmul")


def precision(torch: Any) -> Precision:
    """Return all settings."""
    ask, products, cudnn_in_tf32 = _getter(torch), *USUAL
    with suppress(RuntimeError):
        products = torch.get_float32_matmul_precision()
    with suppress(RuntimeError):
        cudnn_in_tf32 = torch.backends.cudnn.allow_tf32
    return Precision(products, cudnn_in_tf32, {place: ask(*place) for place in PLACES} if ask else {})


def put_precision(torch: Any, before: Precision) -> None:
    """Make all settings what they were."""
    if precision(torch) != before:
        torch.set_float32_matmul_precision(before.products)
        torch.backends.cudnn.allow_tf32 = before.cudnn_in_tf32
        for place, setting in before.places.items():
            torch._C._set_fp32_precision_setter(*place, setting)


def _getter(torch: Any) -> Callable[[str, str], str] | None:
    """Return how to ask for the setting of a place; None of a torch before 2.9, which has no such settings."""
    return getattr(torch._C, "_get_fp32_precision_getter", None)
