"""Prefect's door: which stage runs when, and who is told."""

from heredity.extras import exit_without
from heredity.orchestration import settings as settings  # before Prefect is imported, which reads its settings once
from heredity.orchestration.interruption import answer_signals
from heredity.pipeline.surroundings import enter_if_typed

enter_if_typed("flows")
answer_signals()  # and before that import again, which takes seconds
exit_without("prefect", "dvc")
settings.exit_without_project()
