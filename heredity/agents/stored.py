"""The agents of a folder, read and written in either form: zips, or a file of arrays for thousands."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from heredity.agents.agent import PART, Agent, read_zipped, write_agent, zip_members
from heredity.agents.kept import array_files, in_arrays, members_in
from heredity.agents.stack import Stack, StackedAgent
from heredity.agents.stack_file import read_stack, write_stack
from heredity.errors import AgentError
from heredity.layout import ARRAYS


def read_agent(path: str | Path) -> Agent:
    """Read `<member>.zip` and the statistics beside it, or, where there is none, the member's row in arrays.

    Nothing is unpickled. Raises AgentError naming the file that is no model, or is not there in either form.
    """
    model = Path(path)
    found = in_arrays(model)
    return read_stack(found[0]).agent(found[1]) if found else read_zipped(model)


def read_agents(directory: Path, names: Iterable[str] | None = None) -> dict[str, Agent]:
    """Read the named agents of a directory in that order, or all of them by name."""
    chosen = members_in(directory) if names is None else names
    stacks = {name: stack for stack in map(read_stack, array_files(directory)) for name in stack.names}
    return {
        name: stacks[name].agent(name) if name in stacks else read_zipped(directory / f"{name}.zip") for name in chosen
    }


def keep_agents(draft: Path, agents: Mapping[str, Agent], *, as_arrays: bool) -> None:
    """Write agents into a directory that is not in place yet: a zip each, or arrays of all that are alike.

    Those that cannot be arrays are zips all the same.
    """
    alike = _alike(agents) if as_arrays else []
    for index, stack in enumerate(alike):
        write_stack(draft / ARRAYS.replace("*", f".{index}" if index else ""), stack)
    stacked = {name for stack in alike for name in stack.names}
    for name, agent in agents.items():
        if name not in stacked:
            write_agent(agent, draft / f"{name}.zip")


def _alike(agents: Mapping[str, Agent]) -> list[Stack]:
    """Return agents as arrays, a stack of those of each architecture; without those of whom nothing is known."""
    groups: dict[Any, dict[str, Agent]] = defaultdict(dict)
    for name, agent in agents.items():
        groups[_kind(agent)][name] = agent
    stacks = []
    for group in groups.values():
        try:
            stacks.append(Stack.of(group))
        except AgentError:  # a zip is as good, and is refused by whoever cannot read it
            continue
    return stacks


def _kind(agent: Agent) -> Any:
    """Return what agents of one architecture have in common, at a glance."""
    one = agent.stack.template if isinstance(agent, StackedAgent) else agent
    sizes = {name: len(content) * name.endswith(PART) for name, content in zip_members(one.model).items()}
    return tuple(sorted(sizes.items())), len(one.normalizer or b"")
