"""What one machine has and another has not: packages of the extras of pyproject.toml, and GPUs.

Neither is loaded or opened here.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import Any

from heredity.errors import HeredityError, StudyError

EXTRAS = {
    "box2d": ("Box2D",),
    "cluster": ("distributed", "ray"),
    "cohort": ("jax", "optax"),
    "cuda": ("jax_cuda13_plugin",),
    "dvc": ("dvc", "networkx"),
    "envpool": ("envpool",),
    "minigrid": ("minigrid",),
    "prefect": ("httpx", "prefect"),
    "report": ("altair", "jinja2", "vl_convert"),
    "wandb": ("wandb", "wandb_workspaces"),
}
"""Names of packages as they are imported, by the extra that installs them."""

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""By which a process sees some GPUs of its machine and no others: numbers or names, separated by commas."""

KERNEL_GPUS = Path("/proc/driver/nvidia/gpus")
"""A folder for each GPU, where NVIDIA's driver is loaded."""

NONE_VISIBLE = "no GPU is visible on this machine"

CUDA_PLUGINS = ("jax_cuda12_plugin", "jax_cuda13_plugin")
"""What lets JAX compute on a GPU, by the version of CUDA; one is enough."""

CUDA_LIBRARIES = frozenset({*CUDA_PLUGINS, "nvidia"})
"""Packages that compute on a GPU besides PyTorch and JAX: their versions decide bits as those two's do."""

ANSWER_SECONDS = 20
"""How long nvidia-smi may take, which wakes the driver."""


@contextmanager
def missing_extras_named() -> Iterator[None]:
    """Refuse in one line, with what to type, where the block imports a package of an extra that is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        extra = next((extra for extra, packages in EXTRAS.items() if package in packages), None)
        if extra is None:
            raise
        raise HeredityError(_refusal(package, extra)) from None


def require(extra: str) -> None:
    """Raise HeredityError where a package of an extra is not installed; nothing is imported."""
    for package in EXTRAS[extra]:
        if find_spec(package) is None:
            raise HeredityError(_refusal(package, extra))


def require_package(package: str) -> None:
    """Raise HeredityError where a package that no extra brings is not installed."""
    if find_spec(package) is None:
        raise HeredityError(f"expected the package {package}, got none; type: pip install {package}")


def exit_without(*extras: str) -> None:
    """End a program with one line and exit code 2 where an extra is missing, before an import that would fail."""
    try:
        for extra in extras:
            require(extra)
    except HeredityError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


def _refusal(package: str, extra: str) -> str:
    return f"expected the package {package}, got none; type: pip install 'heredity[{extra}]'"


def needs_gpu(work: Any) -> bool:
    """Whether a piece of work says of itself that it is computed on a GPU."""
    return bool(getattr(work, "device", "cpu") == "cuda")


def visible_gpus() -> tuple[str, ...]:
    """Return the GPUs that this process may use, as CUDA_VISIBLE_DEVICES names them; none where nobody tells of any."""
    named = os.environ.get(VISIBLE)
    if named is not None:
        return _before_none([name.strip() for name in named.split(",")])
    return tuple(str(number) for number in range(_listed() or _of_kernel()))


def no_device(found: str, remedy: str | None = None) -> StudyError:
    """Return what is raised where a study asks for a GPU that is not there, which is no member's failure.

    found: what is there instead. remedy: what to type, None where there is no GPU for it.
    """
    cure = f"type: {remedy}" if remedy else "train where there is one"
    return StudyError(f"train.device: expected a CUDA device, got none ({found}); {cure}, or write train.device: cpu")


@contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """Set variables for the processes started inside, and put back what was there."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class Gpus:
    """The visible GPUs, each lent to one at a time; one that nobody can name is lent as "", for a library to find."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._free: SimpleQueue[str] | None = None  # until somebody needs one, because counting may take seconds

    @contextmanager
    def lent_to(self, work: Any) -> Iterator[str | None]:
        """Wait for a GPU that is given back when the block ends; None for work that needs none."""
        if not needs_gpu(work):
            yield None
            return
        with self._lock:
            free = self._free = self._free or _queue(visible_gpus() or ("",))
        name = free.get()
        try:
            yield name
        finally:
            free.put(name)


def _queue(names: tuple[str, ...]) -> SimpleQueue[str]:
    queue: SimpleQueue[str] = SimpleQueue()
    for name in names:
        queue.put(name)
    return queue


def _before_none(names: list[str]) -> tuple[str, ...]:
    """Return names as CUDA reads them: those before the first that is none."""
    ends = next((place for place, name in enumerate(names) if name in ("", "-1")), len(names))
    return tuple(names[:ends])


def _listed() -> int:
    """Return how many GPUs nvidia-smi lists, 0 where it is not there or finds none."""
    with suppress(OSError, subprocess.SubprocessError):
        command = ["nvidia-smi", "-L"]
        said = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=True).stdout
        return sum(line.startswith("GPU ") for line in said.splitlines())
    return 0


def _of_kernel() -> int:
    with suppress(OSError):
        return len(list(KERNEL_GPUS.iterdir()))
    return 0
