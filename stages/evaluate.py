"""evaluate: every member of one generation plays the same fresh episodes, and so does whoever it is compared with.

reads   study/<generation>/evaluate.json, lineage/<generation>/models/, lineage/<generation>/heirs/pedigree.json
writes  lineage/<generation>/evaluation.csv, lineage/<generation>/failures.json (members whose environment misbehaved)
"""

from heredity.agents.stored import read_agents
from heredity.evaluation.population import Evaluation, write_evaluation_of
from heredity.inheritance.pedigree import why_ended
from heredity.layout import Layout
from heredity.pipeline.inputs.evaluate import EvaluateInput
from heredity.pipeline.players import evaluated
from heredity.pipeline.runner import run_stage
from heredity.workers import ParallelMap, map_in_processes


def main(given: EvaluateInput, *, parallel_map: ParallelMap = map_in_processes) -> None:
    """Run the stage; of a generation that never came nobody plays."""
    layout, generation = Layout(), given.generation
    arm, evaluation = layout.arm(generation, "inherited"), Evaluation()
    if not why_ended(layout, generation):
        evaluation = evaluated(given, given.playing, read_agents(arm.models), layout, parallel_map)
    write_evaluation_of(arm, evaluation, f"dvc repro --force --single-item evaluate@{generation}")


if __name__ == "__main__":
    run_stage(main)
