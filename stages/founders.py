"""founders: the models that the study begins from, if any; all of them are survivors, and have no parents.

reads   study/founders.json, the files that it names, a vecnormalize.pkl beside them
writes  lineage/founders/{models/,heirs/,extension/,gate.json}
"""

from heredity.gate.record import GateRecord, write_gate
from heredity.inheritance.no_founders import write_no_founders
from heredity.layout import Layout
from heredity.pipeline.inputs.founders import FoundersInput
from heredity.pipeline.runner import run_stage
from heredity.training.extended import write_no_extension


def main(given: FoundersInput) -> None:
    """Run the stage."""
    layout, names = Layout(), tuple[str, ...]()
    write_no_founders(layout)
    if given.founders:
        from heredity.agents.founders import read_founders  # which loads what reads models
        from heredity.inheritance.birth_files import write_founders

        founders = read_founders(given.founders)
        names = tuple(founders)
        write_founders(layout, founders, given.founders)
    write_no_extension(layout, "founders")
    write_gate(layout.gate("founders"), GateRecord(survivors=names))


if __name__ == "__main__":
    run_stage(main)
