"""inherit: the initial models of one generation, made from members of the one it comes after.

reads   study/<generation>/inherit.json, lineage/<after>/{models/,extension/,heirs/,gate.json}
writes  lineage/<generation>/heirs/
"""

from heredity.gate.record import read_gate
from heredity.inheritance.birth_files import write_born
from heredity.inheritance.pedigree import Births
from heredity.layout import Layout
from heredity.pipeline.births import born, map_of_births
from heredity.pipeline.competition import competed
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.pipeline.parentage import parentage
from heredity.pipeline.runner import run_stage
from heredity.pipeline.zero_shot import with_zero_shots
from heredity.workers import ParallelMap, map_in_processes


def main(given: InheritInput, *, parallel_map: ParallelMap = map_in_processes) -> None:
    """Run the stage; where nobody may have heirs, the pedigree says why."""
    layout, generation, parallel_map = Layout(), given.generation, map_of_births(given, parallel_map)
    parents = parentage(given, read_gate(layout.gate(given.after)), layout, parallel_map)
    heirs, rankings = competed(parallel_map(born, parents.births), parents, given, parallel_map)
    measured = with_zero_shots(heirs, parents.births, given, parallel_map)
    own = tuple(heir.birth for heir in measured)
    births = Births(generation, given.after, own, parents.ended, parents.lost, tuple(rankings))
    write_born(layout, births, measured, as_arrays=given.as_arrays)


if __name__ == "__main__":
    run_stage(main)
