"""Reaching a Prefect server, or saying in one line what to start."""

from prefect import get_client
from prefect.settings import PREFECT_API_URL, get_current_settings

from heredity.errors import HeredityError


class ServerError(HeredityError):
    """No Prefect server answers, or none can be started."""


def need_server() -> None:
    """Make sure that a server answers: the configured one, else a temporary one that ends with this process.

    Raises ServerError with what to start, or what stands in the way of starting it.
    """
    url, home = PREFECT_API_URL.value(), get_current_settings().home
    try:
        with get_client(sync_client=True) as client:
            trouble = client.api_healthcheck()
    except (OSError, RuntimeError) as error:
        raise ServerError(
            f"a temporary Prefect server cannot start: {error}; it keeps its database in {home} (PREFECT_HOME): "
            "is there room, and may it be written?"
        ) from None
    if trouble is not None:
        raise ServerError(
            f"expected a Prefect server at {url}, got no answer ({trouble}); start one with: make ui, or unset "
            "PREFECT_API_URL and the flow starts a temporary one"
        )
