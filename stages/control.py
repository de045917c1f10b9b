"""control: the same task, population and seeds from random weights, trained and evaluated by the same code.

reads   study/<generation>/control.json
writes  lineage/<generation>/control/
"""

from heredity.layout import Layout
from heredity.pipeline.controls import control_shards, write_control
from heredity.pipeline.inputs.control import ControlInput
from heredity.pipeline.member_store import train_missing
from heredity.pipeline.runner import run_stage
from heredity.report.watching import watched
from heredity.workers import ParallelMap, map_in_processes


def main(given: ControlInput, *, parallel_map: ParallelMap = map_in_processes) -> None:
    """Run the stage."""
    layout, (shards,) = Layout(), parallel_map(control_shards, [given])
    with watched(layout, shards) as on_progress:
        trained = train_missing(shards, layout, parallel_map, on_progress)
    write_control(given, shards, trained, layout, parallel_map)


if __name__ == "__main__":
    run_stage(main)
