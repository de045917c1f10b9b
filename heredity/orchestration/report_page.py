"""The study's report beside the Prefect UI, at /report/: a browser opens no file:// link of a page.

Whoever asks for it is asked for the project's login, as by Prefect's API, in the browser's own form.
"""

import base64
import secrets
from contextlib import suppress
from pathlib import Path

import httpx
from starlette.datastructures import Headers
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

PLACE = "/report/"
CHALLENGE = 'Basic realm="the report of this study", charset="UTF-8"'

SANDBOX = "sandbox allow-scripts allow-downloads allow-modals"
"""What the report may do: draw itself. It is not of the UI's origin, and so has no part in the login kept there."""


class ReportPage:
    """Answers for one page in front of an application, and for nothing else."""

    def __init__(self, app: ASGIApp, page: Path, login: str | None) -> None:
        self._app, self._page, self._login = app, page, login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for the report, or as the application does."""
        path = scope.get("path", "")
        if scope["type"] != "http" or path not in (PLACE, PLACE.rstrip("/")):
            await self._app(scope, receive, send)
            return
        await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        if not _knows(Headers(scope=scope).get("authorization", ""), self._login):
            return PlainTextResponse("the login?", 401, {"www-authenticate": CHALLENGE})
        if scope["path"] != PLACE:
            return RedirectResponse(PLACE)
        if not self._page.is_file():
            return PlainTextResponse("no report yet: the study's last stage writes it", 404)
        policy = {"content-security-policy": SANDBOX, "cache-control": "no-store"}
        return FileResponse(self._page, media_type="text/html", headers=policy)


def report_link(api_url: str | None, page: Path) -> str:
    """Return Markdown that leads to the report: a link where the server at `api_url` shows it, else its path.

    The link is one within the server, which may have another port when somebody follows it.
    """
    with suppress(httpx.HTTPError):
        place = (api_url or "").removesuffix("/api") + PLACE
        if httpx.get(place, timeout=2, trust_env=False).headers.get("www-authenticate") == CHALLENGE:
            return f"[the report]({PLACE}) (user and password are this UI's login before and after its colon)"
    return f"`{page}`, to be opened in a browser"


def _knows(authorization: str, login: str | None) -> bool:
    """Whether a header has the login; without one nobody has it."""
    kind, _, told = authorization.partition(" ")
    if not login or kind.lower() != "basic":
        return False
    expected = base64.b64encode(login.encode()).decode()
    return secrets.compare_digest(told.strip().encode(), expected.encode())
