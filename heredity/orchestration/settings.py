"""The Prefect door: which stage runs when, where, and who is told.

Nothing leaves the machine: telemetry is off and Prefect's own files lie in the project's .prefect/, unless the user set
these variables otherwise. Prefect starts no server by itself, because that one would answer everybody. They are set
here because Prefect reads them once, when it is first imported.
"""

import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from heredity.errors import HeredityError
from heredity.layout import GRAPH, nearest_project
from heredity.orchestration.secret import login_of


def project_root(project: str | Path | None = None) -> Path:
    """Return the directory of a study: the named one, else the nearest with a dvc.yaml at or above this one.

    Raises HeredityError where there is no dvc.yaml: nothing is ever written beside a study.
    """
    if project:
        root = Path(project).expanduser().resolve()
        if not (root / GRAPH).is_file():
            raise HeredityError(f"project: expected a directory with a {GRAPH}, got {root}; name that of a study")
        return root
    if nearest := nearest_project(Path.cwd()):
        return nearest
    raise HeredityError(
        f"expected a directory with a {GRAPH}, got none at or above {Path.cwd()}; cd to a study's directory first"
    )


def named_project(words: Sequence[str]) -> str | None:
    """Return what a command line names with --project, which Prefect's home depends on before anything is parsed."""
    pairs = zip(words, [*words[1:], ""], strict=False)
    values = [word.partition("=")[2] or following for word, following in pairs if word.split("=")[0] == "--project"]
    return values[-1] if values else None


def exit_without_project() -> None:
    """End `python -m flows.study` with one line and exit code 2 outside of a project, before Prefect makes a folder."""
    if "flows.study" not in sys.orig_argv:
        return
    try:
        project_root(named_project(sys.argv))
    except HeredityError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


def _in_a_line(record: logging.LogRecord) -> bool:
    """Let a refusal, ours or the system's, through without its traceback: what to do about it is in its message."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HeredityError | OSError):
        message = record.getMessage()
        record.msg = message if str(error) in message else f"{message}: {error}"
        record.args = record.exc_info = None
    return True


for _logger in ("prefect.flow_runs", "prefect.task_runs", "dvc_data.hashfile.transfer", "dvc_objects.fs.generic"):
    logging.getLogger(_logger).addFilter(_in_a_line)


def _homes() -> dict[str, str]:
    """Return where Prefect keeps its files: in the project; outside of one, wherever Prefect itself does."""
    with suppress(HeredityError):
        return {"PREFECT_HOME": str(project_root(named_project(sys.argv)) / ".prefect")}
    return {}


_DEFAULTS = {
    **_homes(),
    "DO_NOT_TRACK": "1",
    "DVC_NO_ANALYTICS": "1",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "RAY_USAGE_STATS_ENABLED": "0",
}
for _name, _value in _DEFAULTS.items():
    os.environ.setdefault(_name, _value)

if not os.environ.keys() & {"PREFECT_API_AUTH_STRING", "PREFECT_API_KEY"}:
    with suppress(HeredityError, KeyError):  # what stands in its way is said by whoever is then refused
        if _login := login_of(Path(os.environ["PREFECT_HOME"]), os.environ["PREFECT_API_URL"]):
            os.environ["PREFECT_API_AUTH_STRING"] = _login
