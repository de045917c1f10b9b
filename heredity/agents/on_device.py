"""Where a model of Stable-Baselines3 learns: the CPU, or a GPU that is set up so that equal trainings have equal bits.

What is packed of one on a GPU are bytes of the CPU's, because who reads them may have no GPU.
"""

import io
import os
from collections.abc import Mapping
from typing import Any

import torch
from stable_baselines3.common.base_class import BaseAlgorithm

from heredity.agents.boundary.process_state import with_torch
from heredity.extras import NONE_VISIBLE, VISIBLE, no_device, visible_gpus
from heredity.study.sections import Device, on_cpu

WORKSPACE = ("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
"""By which cuBLAS adds in one order; it reads the variable with its first call."""


def torch_device(device: Device) -> torch.device:
    """Return a device of PyTorch's; before a GPU is first used, everything by which two runs of it would differ is off.

    That is what a process has to be told anew once `process_kept` has put it back. Raises StudyError without a GPU.
    """
    if not on_cpu(device):
        if reason := why_no_cuda():
            raise no_device(reason, _remedy()) if visible_gpus() or VISIBLE in os.environ else no_device(NONE_VISIBLE)
        os.environ[WORKSPACE[0]] = WORKSPACE[1]
        torch.use_deterministic_algorithms(True)
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False  # 10 bits of every factor
        with_torch(on_gpu=True)
    return torch.device(device)


def why_no_cuda() -> str | None:
    """Return why PyTorch has no GPU here, None where it has one."""
    if torch.version.cuda is None:
        return f"torch {torch.__version__} is built for the CPU"
    return None if torch.cuda.is_available() else f"torch {torch.__version__} finds no GPU"


def _remedy() -> str:
    if torch.version.cuda is None:
        return "pip install --force-reinstall torch"  # an extra leaves one that is installed as it is
    hidden = VISIBLE in os.environ and not visible_gpus()
    return f"unset {VISIBLE}" if hidden else "nvidia-smi"


def is_on_cpu(model: BaseAlgorithm) -> bool:
    """Whether a model's numbers lie where everybody can read them."""
    return bool(on_cpu(model.device.type))


def on_the_device(model: BaseAlgorithm) -> set[str]:
    """Return the attributes of a model that would be pickled and hold tensors of a GPU; each stands elsewhere too.

    They are lists of statistics that lie in the policy, which Stable-Baselines3 looks up anew in a model that it loads.
    """
    return set() if is_on_cpu(model) else {name for name, value in vars(model).items() if _holds_tensors(value)}


def moved_to_cpu(state: bytes) -> bytes:
    """Return a file of PyTorch with the bytes that it has where its tensors lie in the memory of the CPU."""
    content, moved = io.BytesIO(state), io.BytesIO()
    torch.save(torch.load(content, map_location="cpu", weights_only=True), moved)
    return moved.getvalue()


def _holds_tensors(value: Any) -> bool:
    if isinstance(value, torch.Tensor):
        return True
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return any(map(_holds_tensors, parts))
