"""inherit: the initial models of one generation, made from the survivors of the one it comes after.

reads   study/<generation>/inherit.json, lineage/<after>/{models/,extension/,heirs/,gate.json}
writes  lineage/<generation>/heirs/
"""

from itertools import chain

from heredity.gate.record import read_gate
from heredity.inheritance.birth_files import write_heirs
from heredity.layout import Layout
from heredity.pipeline.births import born, wanted
from heredity.pipeline.ending import lost_lineages, why_none_have_heirs
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.pipeline.runner import run_stage
from heredity.pipeline.zero_shot import with_zero_shots
from heredity.study.lineages import lineage_names
from heredity.workers import ParallelMap, map_in_processes


def main(given: InheritInput, *, parallel_map: ParallelMap = map_in_processes) -> None:
    """Run the stage; where nobody may have heirs, the pedigree says why."""
    layout, generation = Layout(), given.generation
    gate = read_gate(layout.gate(given.after))
    ended, lost = why_none_have_heirs(given.after, gate), lost_lineages(gate)
    if ended:
        write_heirs(layout, generation, given.after, [], ended)
        return
    births = wanted(given, gate, [name for name in lineage_names(given.lineages) if name not in lost], layout)
    heirs = list(chain.from_iterable(parallel_map(born, births)))
    measured = with_zero_shots(heirs, births, given, parallel_map)
    write_heirs(layout, generation, given.after, measured, lost=lost)


if __name__ == "__main__":
    run_stage(main)
