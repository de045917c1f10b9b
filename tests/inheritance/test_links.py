"""Files that are not those that were hashed at birth are named."""

import os

import pytest

from heredity.agents.agent import fresh_agent, write_agents
from heredity.errors import AgentError
from heredity.inheritance.links import broken_links
from heredity.layout import Layout
from tests.inheritance.examples import CARTPOLE, PPO, births, three_generations


@pytest.fixture
def lineage(tmp_path):
    """Return the lineage of three generations."""
    return three_generations(tmp_path / "lineage")


def test_an_unbroken_lineage_has_no_broken_links(lineage):
    assert broken_links(lineage) == []


def test_broken_links_are_named(lineage):
    other = fresh_agent(PPO, CARTPOLE, 99)
    write_agents(lineage / "first" / "models", {"m00": other})
    (lineage / "second" / "heirs" / "m01.zip").unlink()
    recorded = births(lineage, "second")[1]
    parent, child = recorded.parent_hashes[0][:8], recorded.child_hash[:8]
    model, heir = lineage / "first" / "models" / "m00.zip", lineage / "second" / "heirs" / "m01.zip"
    assert broken_links(lineage) == [
        f"second/m00: parent first/m00: expected {parent}, got {other.digest[:8]} ({model})",
        f"second/m01: heir: expected {child}, got no file ({heir})",
        f"second/m01: parent first/m00: expected {parent}, got {other.digest[:8]} ({model})",
    ]


def test_heirs_and_parents_that_are_pipes_are_refused_and_not_waited_for(lineage):
    model = Layout(lineage).heir("second", "m01")
    model.unlink()
    os.mkfifo(model)
    with pytest.raises(AgentError, match=r"m01\.zip: cannot be read: a folder or device"):
        broken_links(lineage)
