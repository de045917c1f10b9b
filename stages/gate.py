"""gate: which members of one generation may have heirs; a pure function of what they returned.

reads   study/<generation>/gate.json, lineage/<generation>/{evaluation.csv,failures.json,extension/,heirs/},
        approvals.yaml
writes  lineage/<generation>/gate.json
"""

from heredity.gate.record import GateRecord, write_gate
from heredity.inheritance.pedigree import why_ended
from heredity.layout import Layout
from heredity.pipeline.deciding import gate_record
from heredity.pipeline.inputs.gate import GateInput
from heredity.pipeline.runner import run_stage
from heredity.report.terminal_gate import print_gate


def main(given: GateInput) -> None:
    """Run the stage; a generation that never came has nobody to decide on, and gate.json says why."""
    layout, generation = Layout(), given.generation
    ended = why_ended(layout, generation)
    record = GateRecord(ended=ended) if ended else gate_record(given, layout)
    write_gate(layout.gate(generation), record)
    print_gate(generation, record)


if __name__ == "__main__":
    run_stage(main)
