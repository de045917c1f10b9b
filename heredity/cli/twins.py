"""`heredity check --twin`."""

from heredity.cli.options import module_and_id
from heredity.errors import HeredityError, printable

STEPS, RESETS, SEED = 5000, 1000, 0
"""Seconds, for most of which programs are compiled."""


def prove_twin(env: str) -> None:
    """Hold a twin beside its original and print a line per proof. Raises HeredityError where the two are not equal."""
    module, id = module_and_id(env)
    import heredity.agents.twins.compiling  # noqa: F401  sets JAX up
    from heredity.agents.task import Task
    from heredity.agents.twins.conformance import prove_resets, prove_steps
    from heredity.agents.twins.registry import make_twin, seen_as_twin

    task = seen_as_twin(Task(id, imports=(module,) if module else ()))
    steps = None if make_twin(task).equality == "distribution" else prove_steps(task, STEPS, SEED)
    print(printable(str(steps or f"{id}: steps are equal in distribution alone, and were not compared")))
    resets = prove_resets(task, RESETS, SEED)
    print(printable(str(resets)))
    if steps and not steps.equal:
        part, count = max(steps.differing.items(), key=lambda item: item[1])
        expected = f"steps equal to the {steps.equality}"
        raise HeredityError(f"{id}: expected {expected}, got {count} of {steps.steps} with another {part}")
    if not resets.equal:
        got = f"p = {resets.smallest:.2g}, and {resets.differing} first states that are seen otherwise"
        raise HeredityError(f"{id}: expected episodes that begin alike, got {got}")
