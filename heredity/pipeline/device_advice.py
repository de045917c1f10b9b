"""What is said of a study that trains on a GPU where this machine cannot: it may be checked here and trained there."""

from collections.abc import Collection, Iterator
from importlib.util import find_spec

from heredity.agents.on_device import why_no_cuda
from heredity.extras import CUDA_PLUGINS, NONE_VISIBLE, visible_gpus


def device_advice(engines: Collection[str]) -> Iterator[str]:
    """Yield a line where one of the engines that are to train on a GPU could not do so here; nothing is opened."""
    reason = _why_not_here(engines)
    if reason:
        yield f"train.device: cuda: {reason}; train where there is a GPU, or write train.device: cpu"


def _why_not_here(engines: Collection[str]) -> str | None:
    if not engines:
        return None
    if not visible_gpus():
        return NONE_VISIBLE
    if "cohort" in engines and not any(map(find_spec, CUDA_PLUGINS)):
        return "JAX is installed for the CPU here (pip install 'heredity[cuda]')"
    return why_no_cuda() if "sb3" in engines else None
