"""The Prefect door: which stage runs when, where, and who is told.

Nothing leaves the machine: telemetry is off and Prefect's own files lie in the project's .prefect/, unless the user set
these variables otherwise. They are set here because Prefect reads them once, when it is first imported.
"""

import logging
import os
import sys
from pathlib import Path

from heredity.errors import HeredityError


def project_root(start: Path | None = None) -> Path:
    """Return the nearest directory with a dvc.yaml at or above `start`; failing that, the one whose flows are run."""
    start = (start or Path.cwd()).resolve()
    flows = sys.modules.get("flows")
    here = Path(str(flows.__file__)).resolve().parent.parent if flows else start
    return next((path for path in (start, *start.parents) if (path / "dvc.yaml").exists()), here)


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

_DEFAULTS = {
    "DO_NOT_TRACK": "1",
    "DVC_NO_ANALYTICS": "1",
    "PREFECT_HOME": str(project_root() / ".prefect"),
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "RAY_USAGE_STATS_ENABLED": "0",
}
for _name, _value in _DEFAULTS.items():
    os.environ.setdefault(_name, _value)
