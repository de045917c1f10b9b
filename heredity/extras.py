"""What is installed only on request: the extras of pyproject.toml, by the packages that they bring."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from heredity.errors import HeredityError

EXTRAS = {
    "box2d": ("Box2D",),
    "cluster": ("distributed", "ray"),
    "cohort": ("jax", "optax"),
    "dvc": ("dvc", "networkx"),
    "envpool": ("envpool",),
    "minigrid": ("minigrid",),
    "prefect": ("httpx", "prefect"),
    "report": ("altair", "jinja2", "vl_convert"),
    "wandb": ("wandb", "wandb_workspaces"),
}
"""Names of packages as they are imported, by the extra that installs them."""


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
