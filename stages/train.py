"""train: every member of one generation learns its task.

reads   study/<generation>/train.json, lineage/<generation>/heirs/
writes  lineage/<generation>/models/ (with failures.json where a member failed, and replay buffers where children
        begin with them), lineage/<generation>/curves.csv
"""

from heredity.inheritance.pedigree import why_ended
from heredity.layout import Layout
from heredity.pipeline.inputs.train import TrainInput
from heredity.pipeline.member_store import train_missing
from heredity.pipeline.runner import run_stage
from heredity.pipeline.shards import empty_shard
from heredity.report.watching import watched
from heredity.training.population import write_population
from heredity.training.sharding import deal, stored_members
from heredity.workers import ParallelMap, map_in_processes


def main(given: TrainInput, *, parallel_map: ParallelMap = map_in_processes) -> None:
    """Run the stage; a generation that never came has no members."""
    layout, generation = Layout(), given.generation
    members = [] if why_ended(layout, generation) else stored_members(layout, generation, given.seeds)
    shards = deal(empty_shard(given.training, generation, "inherited", given.digest), members)
    with watched(layout, shards) as on_progress:
        trained = train_missing(shards, layout, parallel_map, on_progress)
    learned = given.training
    write_population(layout, generation, "inherited", trained, members, learned.task, as_arrays=learned.as_arrays)


if __name__ == "__main__":
    run_stage(main)
