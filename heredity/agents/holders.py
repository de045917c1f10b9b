"""What has an agent: so that what one function returns of a member is taken by the next as it is."""

from typing import Any, Protocol

from heredity.agents.agent import Agent
from heredity.errors import AgentError


class HasAgent(Protocol):
    """A member at any time of its life (`Heir`, `Trained`, `Donor`): `agent` is what acts and what is inherited."""

    @property
    def agent(self) -> Agent:
        """Its weights and statistics."""
        ...


def agent_of(value: Agent | HasAgent) -> Agent:
    """Return an agent, or that of what has one. Raises AgentError for anything else."""
    agent: Any = getattr(value, "agent", value)
    if isinstance(agent, Agent):
        return agent
    raise AgentError(
        f"expected an agent, or what has one (what inherit and train return), got {type(value).__name__}; "
        "read one from its file with read_agent"
    )
