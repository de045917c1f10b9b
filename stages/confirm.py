"""confirm: survivors play on episodes that did not choose them; what is published of them comes from here.

reads   study/<generation>/confirm.json, lineage/<generation>/{gate.json,models/,extension/}
writes  lineage/<generation>/confirmation.csv
"""

from heredity.evaluation.returns import write_evaluation
from heredity.gate.record import read_gate
from heredity.layout import Layout
from heredity.pipeline.confirmation import confirmed
from heredity.pipeline.inputs.confirm import ConfirmInput
from heredity.pipeline.runner import run_stage
from heredity.report.terminal_gate import print_confirmed
from heredity.workers import ParallelMap, map_in_processes


def main(given: ConfirmInput, *, parallel_map: ParallelMap = map_in_processes) -> None:
    """Run the stage; where nobody survived there is nobody to confirm."""
    layout, generation = Layout(), given.generation
    survivors = read_gate(layout.gate(generation)).survivors
    write_evaluation(layout.confirmation(generation), confirmed(given, survivors, layout, parallel_map))
    print_confirmed(generation, layout)


if __name__ == "__main__":
    run_stage(main)
