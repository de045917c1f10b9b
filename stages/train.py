"""train: every member of one generation learns its task.

reads   lineage/study/<generation>/train.json, lineage/<generation>/heirs/
writes  lineage/<generation>/models/ (with failures.json where a member failed, and replay buffers where children
        begin with them), lineage/<generation>/curves.csv
"""

import shutil
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from heredity.curves import write_curves
from heredity.errors import TrainingError
from heredity.failures import Failure
from heredity.params import Study
from heredity.pedigree import read_links
from heredity.progress import progress_display
from heredity.settled import ended
from heredity.timings import write_timings
from heredity.tracking import tracked
from heredity.training import Progress, Shard, Trained, train
from heredity.training.dealing import stored_shards, training_seed
from heredity.workers import Spread, map_in_processes
from stages.common import CHECKPOINTS, LINEAGE, run_stage
from stages.models import write_models

FEWEST = 2
"""A population of fewer is none."""


def plan(study: Study, generation: str) -> list[Shard]:
    """Return one shard per worker process, heirs inside."""
    return stored_shards(study, generation, LINEAGE)


def work(study: Study, generation: str, planned: list[Shard], spread: Spread = map_in_processes) -> list[Trained]:
    """Train the shards side by side, watched on the terminal and recorded in W&B."""
    with tracked(study.study, _configs(study, generation, planned[0].arm)) as track, progress_display() as draw:

        def both(progress: Progress) -> None:
            track(progress)
            draw(progress)

        kept = partial(train, checkpoints=_checkpoints(generation, planned[0].arm).resolve())
        return [trained for shard in spread(kept, planned, on_progress=both) for trained in shard]


def collect(study: Study, generation: str, directory: Path, trained: list[Trained]) -> list[Trained]:
    """Write the models and curves of one arm's living members, and of what the others failed; return the living.

    What training them cost lies beside what DVC keeps.

    Raises TrainingError where fewer than two live.
    """
    failures = [_failure(study, generation, directory, member) for member in trained if member.failure]
    living = [member for member in trained if not member.failure]
    if failures and len(living) < FEWEST:
        first = failures[0]
        forget(generation, "control" if directory.name == "control" else "inherited")  # they end where they ended
        raise TrainingError(
            f"{generation}: expected at least {FEWEST} members that live through their training, got {len(living)} of "
            f"{len(trained)}; {first.member} with seed {first.seed} failed: {first.reason}; "
            f"to see it again: {first.command}"
        )
    replays = {member.name: member.replay for member in living}
    write_models(directory / "models", ((member.name, member.agent) for member in living), failures, replays)
    write_curves(directory / "curves.csv", {member.name: member.curve for member in living})
    write_timings(directory / "curves.csv", {member.name: member.core_seconds for member in trained})
    return living


def forget(generation: str, arm: str) -> None:
    """Remove the checkpoints of one arm, whose results are written."""
    kept = _checkpoints(generation, arm)
    shutil.rmtree(kept, ignore_errors=True)
    with suppress(OSError):  # another arm's are still there
        kept.parent.rmdir()


def main(study: Study, generation: str, *, spread: Spread = map_in_processes) -> None:
    """Run the stage; a generation that never came has no members."""
    directory = LINEAGE / generation
    trained = [] if ended(directory) else work(study, generation, plan(study, generation), spread)
    collect(study, generation, directory, trained)
    forget(generation, "inherited")


def _checkpoints(generation: str, arm: str) -> Path:
    return CHECKPOINTS / generation / arm


def _failure(study: Study, generation: str, directory: Path, member: Trained) -> Failure:
    """Return what is kept of a member that failed, with the command that trains it alone."""
    command = f"heredity verify {generation} {member.name}" + (" --control" if directory.name == "control" else "")
    seed = training_seed(study, generation, member.name)
    return Failure(member.name, seed, member.failure or "", member.env_steps, command)


def _configs(study: Study, generation: str, arm: str) -> dict[str, dict[str, Any]]:
    """Return what a member's W&B run records besides its curve: the settings, and of heirs their parents and hashes."""
    node = study.generations[generation].model_dump(mode="json")
    links = {link.child: asdict(link) for link in read_links(LINEAGE / generation)} if arm == "inherited" else {}
    shared = {"study": study.study, "seed": study.seed, "population": study.population, **node}
    return {member: {**shared, "pedigree": links.get(member, {})} for member in study.members()}


if __name__ == "__main__":
    run_stage(main)
