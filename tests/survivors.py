"""Members that a gate has let through, as its stages would have left them."""

from heredity.agents.agent import write_agent
from heredity.gate.record import Candidate, GateRecord, write_gate
from heredity.layout import Layout


def write_survivors(layout: Layout, generation, agents):
    """Write the models of a generation's survivors, and a gate that lets them through in this order."""
    for name, agent in agents.items():
        write_agent(agent, layout.arm(generation, "inherited").model(name))
    write_passed(layout, generation, tuple(agents))


def write_passed(layout: Layout, generation, survivors, others=("m99",)):
    """Write a gate that lets members through in this order, and others not."""
    candidates = {name: Candidate(4, 1.0, 1.0, name in survivors, "") for name in (*survivors, *others)}
    write_gate(layout.gate(generation), GateRecord("mean", survivors=tuple(survivors), candidates=candidates))
