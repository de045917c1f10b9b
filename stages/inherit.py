"""inherit: the initial models of one generation, made from the survivors of the one it comes after.

reads   study/<generation>/inherit.json, lineage/<after>/{models/,extension/,heirs/,gate.json}
writes  lineage/<generation>/heirs/
"""

from heredity.gate.record import read_gate
from heredity.inheritance.birth_files import write_heirs
from heredity.inheritance.donors import stored_donors
from heredity.layout import Layout
from heredity.pipeline.births import HeirsWanted, born
from heredity.pipeline.ending import why_none_have_heirs
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.pipeline.runner import run_stage
from heredity.pipeline.zero_shot import with_zero_shots
from heredity.workers import ParallelMap, map_in_processes


def main(given: InheritInput, *, parallel_map: ParallelMap = map_in_processes) -> None:
    """Run the stage; where nobody may have heirs, the pedigree says why."""
    layout, generation, rule = Layout(), given.generation, given.rule
    gate = read_gate(layout.gate(given.after))
    if ended := why_none_have_heirs(given.after, gate):
        write_heirs(layout, generation, given.after, [], ended)
        return
    fitness = {name: candidate.mean for name, candidate in gate.candidates.items()}
    donors = stored_donors(
        layout, given.after, rule, survivors=gate.survivors, fitness=fitness, task=given.donors_task,
        seed=given.seeds.integer("donors"),
    )  # fmt: skip
    (heirs,) = parallel_map(born, [HeirsWanted(given, donors)])
    write_heirs(layout, generation, given.after, with_zero_shots(heirs, donors, given, parallel_map))


if __name__ == "__main__":
    run_stage(main)
