"""continual: the survivors of every generation, and fresh weights, play every task of the study that they fit.

reads   study/continual.json, every gate and the models of its survivors in lineage/
writes  report/continual.json, which is empty where the study does not ask for it
"""

from heredity.layout import Layout
from heredity.pipeline.inputs.continual import ContinualInput
from heredity.pipeline.runner import run_stage
from heredity.transfer.continual import write_continual
from heredity.workers import ParallelMap, map_in_processes


def main(given: ContinualInput, *, parallel_map: ParallelMap = map_in_processes) -> None:
    """Run the stage."""
    played = None
    if given.matrix:
        from heredity.pipeline.matrix import played_matrix  # which loads what plays

        played = played_matrix(given.matrix, Layout(), parallel_map)
    write_continual(Layout().continual, played)


if __name__ == "__main__":
    run_stage(main)
