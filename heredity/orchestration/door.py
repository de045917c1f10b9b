"""Prefect's server behind a door: on a socket that is open already, and for callers that name it rightly.

    python -m heredity.orchestration.child PARENT heredity.orchestration.door DESCRIPTOR

Prefect asks for the login where PREFECT_SERVER_API_AUTH_STRING says one, and lets the pages of its allowed origins read
its answers. What it does not look at is the name that it is called by: a page whose own name was rebound to this
machine would be served as if it came from here. Behind the same login lies the study's report, at /report/.
"""

import logging
import socket
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI
from prefect.server.api.server import create_app
from prefect.settings import get_current_settings
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from heredity.layout import Layout
from heredity.orchestration.report_page import ReportPage
from heredity.orchestration.secret import LOOPBACK


class PolicyHeader:
    """Adds to every answer which places its pages may talk to, and that no other page may show them in a frame."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app, self._policy = app, policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, with one more header."""

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["content-security-policy"] = self._policy
            await send(message)

        await self._app(scope, receive, send_with_policy)


def guarded_app() -> FastAPI:
    """Return Prefect's server, which answers 400 to whoever calls it by a name of no allowed origin."""
    app, settings = create_app(final=True), get_current_settings().server.api
    origins = [each.strip() for each in settings.cors_allowed_origins.split(",")]
    login = settings.auth_string.get_secret_value() if settings.auth_string else None
    app.add_middleware(ReportPage, page=Layout().page.absolute(), login=login)
    app.add_middleware(PolicyHeader, policy=policy(origins))
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(origins), www_redirect=False)
    return app


def policy(origins: Sequence[str]) -> str:
    """Return the Content-Security-Policy: a page talks to its server alone, and not to Prefect's counter of visits."""
    sockets = [f"ws{origin.removeprefix('http')}" for origin in origins if origin.startswith("http")]
    places = "*" if "*" in origins else " ".join(["'self'", *origins, *sockets])
    return f"connect-src {places}; frame-ancestors 'none'"


def allowed_hosts(origins: Sequence[str]) -> list[str]:
    """Return the names that a server may be called by: this machine's, and those of the origins that it serves."""
    names = {"*" if origin == "*" else urlsplit(origin).hostname for origin in origins}
    return sorted({*LOOPBACK, *(name for name in names if name)})


class BusyDatabase(logging.Filter):
    """Lets through all but what a server says of a database that was busy for a moment: it or its caller tries again.

    Prefect's own filter is on two of its loggers, and SQLite's word comes from others as well.
    """

    WORDS = ("database is locked", "database table is locked")

    def filter(self, record: logging.LogRecord) -> bool:
        """Return False for a record whose message or error is SQLite's word for busy."""
        errors = [record.getMessage()]
        error = record.exc_info[1] if record.exc_info else None
        while error is not None:
            errors.append(str(error))
            error = error.__cause__ or error.__context__
        return not any(word in each for word in self.WORDS for each in errors)


def keep_busy_database_quiet() -> None:
    """Filter what is said on the terminal, whichever logger says it."""
    for each in [logging.getLogger(), *logging.Logger.manager.loggerDict.values()]:
        for handler in getattr(each, "handlers", ()):
            if not any(isinstance(one, BusyDatabase) for one in handler.filters):
                handler.addFilter(BusyDatabase())


def answer_callers() -> None:
    """Serve on an open socket until a signal."""
    settings = get_current_settings().server
    config = uvicorn.Config(
        guarded_app(),
        log_level=settings.logging_level.lower(),
        timeout_keep_alive=settings.api.keepalive_timeout,
        ws_ping_interval=settings.api.websocket_ping_interval,
        ws_ping_timeout=settings.api.websocket_ping_timeout,
        server_header=False,
    )
    keep_busy_database_quiet()  # here: making the application and its configuration put the handlers there
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])


if __name__ == "__main__":
    answer_callers()
