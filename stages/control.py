"""control: the same task, population and seeds from random weights, trained and evaluated by the same code.

reads   study/<generation>/control.json, which says what controls the generation has, if any
writes  lineage/<generation>/control/ (<name>/models/, curves.csv, evaluation.csv, failures.json, where the gate
        chooses from it gate.json; controls.json)
"""

from heredity.files import write_json
from heredity.layout import Layout
from heredity.pipeline.inputs.control import ControlInput
from heredity.pipeline.runner import run_stage
from heredity.workers import ParallelMap, map_in_processes


def main(given: ControlInput, *, parallel_map: ParallelMap = map_in_processes) -> None:
    """Run the stage."""
    layout = Layout()
    if given.controls:
        from heredity.pipeline.controls import run_controls  # which loads what trains
        from heredity.report.watching import watched

        run_controls(given, layout, parallel_map, watched)
    write_json(layout.control_names(given.generation), [control.name for control in given.controls])


if __name__ == "__main__":
    run_stage(main)
