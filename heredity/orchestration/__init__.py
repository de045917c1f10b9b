"""A study run elsewhere than in this process: through Prefect, on workers, recorded in dvc.lock."""

from heredity.orchestration import settings as settings  # before Prefect is imported, which reads its settings once
