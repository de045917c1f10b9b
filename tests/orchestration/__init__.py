"""Prefect's door; this is imported before Prefect is."""

import sys

from absl import logging

# Prefect closes the handlers that it finds, and absl's, which comes with optax, closes its stream: pytest's own.
logging.get_absl_handler().python_handler.setStream(sys.stderr)
