"""A stack as a file, of which only the members that are asked for are read, each held against its checksum."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from heredity.agents.agent import Agent
from heredity.agents.mapped import KEPT_FILES, Account, as_it_is, read_mapped, write_mapped
from heredity.agents.stack import Stack
from heredity.errors import AgentError, one_line

CHECKS, MODEL, STATISTICS = "checks", "template", "template.normalizer"


def write_stack(path: Path, stack: Stack) -> None:
    """Write a stack, equal bytes for equal members; in a directory that is not in place yet."""
    stack = stack.canonical()
    template = {MODEL: stack.template.model, STATISTICS: stack.template.normalizer}
    parts = {name: np.frombuffer(content, np.uint8) for name, content in template.items() if content is not None}
    checks = np.array([stack.checksum(row) for row in range(len(stack.names))], np.uint32)
    account = Account(stack.names, dict(stack.texts))
    write_mapped(path, account, {**parts, CHECKS: checks, **stack.arrays})


def read_stack(path: Path) -> Stack:
    """Return a stack, whose members are read as they are looked at; once as long as its file stays as it is.

    Raises AgentError naming a file that is none.
    """
    return _read(path, *as_it_is(path))


@lru_cache(maxsize=KEPT_FILES)
def _read(path: Path, *_: int) -> Stack:
    account, arrays = read_mapped(path)
    numbers = {name: array for name, array in arrays.items() if name not in (CHECKS, MODEL, STATISTICS)}
    count = len(account.names)
    try:
        checks = arrays[CHECKS]
        template = Agent(arrays[MODEL].tobytes(), arrays[STATISTICS].tobytes() if STATISTICS in arrays else None)
        stack = Stack(account.names, template, numbers, account.texts, checks)
        form = stack.form
        form.check(numbers, count)
        odd = {name for name, array in numbers.items() if array.dtype != form.slots[name].kind}
        odd |= {name for name in form.required if name not in numbers}
        odd |= {name for name in account.texts if name not in form.texts}
        if odd or checks.shape != (count,):
            raise AgentError(f"others of {min(odd, default=CHECKS)}")
    except (AgentError, LookupError, ValueError) as error:
        raise AgentError(f"{path}: expected agents as heredity writes them, got {one_line(error)}") from None
    return stack
