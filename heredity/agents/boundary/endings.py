"""What an environment is refused for that ended its process, or had to be ended with it: a line as the guard's."""

from heredity.errors import TaskError
from heredity.study.messages import written_env
from heredity.worker import Death


def refused_for(death: Death, id: str) -> TaskError:
    """Return the refusal of the environment `id`, on the seed that it was reset on."""
    more = f"; write {written_env(id, 'step_seconds: …')} for more" if death.late else ""
    return TaskError(f"{id}: {death}{more}", death.seed)
