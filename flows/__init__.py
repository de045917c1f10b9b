"""Prefect's door: which stage runs when, and who is told."""

from heredity.orchestration import settings as settings  # before Prefect is imported, which reads its settings once
