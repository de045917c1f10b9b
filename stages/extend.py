"""extend: where nobody would pass the gate and it says so, the members are trained once more and play anew.

reads   study/<generation>/extend.json, lineage/<generation>/{evaluation.csv,heirs/,models/,curves.csv}
writes  lineage/<generation>/extension/ (models/, curves.csv, evaluation.csv; nothing but steps.json where not asked)
"""

from heredity.inheritance.pedigree import why_ended
from heredity.layout import Layout
from heredity.pipeline.asking import asked_to_extend
from heredity.pipeline.inputs.extend import ExtendInput
from heredity.pipeline.runner import run_stage
from heredity.training.extended import write_no_extension
from heredity.workers import ParallelMap, map_in_processes


def main(given: ExtendInput, *, parallel_map: ParallelMap = map_in_processes) -> None:
    """Run the stage."""
    layout, generation = Layout(), given.generation
    asked = {} if why_ended(layout, generation) else asked_to_extend(given.extending, generation, layout)
    if not asked:
        write_no_extension(layout, generation)
    else:
        from heredity.pipeline.extension import extend  # which loads what trains
        from heredity.report.watching import watched

        extend(given, asked, layout, parallel_map, watched)


if __name__ == "__main__":
    run_stage(main)
