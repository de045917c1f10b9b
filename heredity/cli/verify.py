"""`heredity verify`."""

from contextlib import chdir
from pathlib import Path
from typing import Annotated

import typer

from heredity.cli.options import DEFAULT_LAYOUT, DEFAULT_PARAMS, Lineage, Params, project_of
from heredity.errors import HeredityError
from heredity.layout import Layout
from heredity.study.load import load_study


def verify(
    generation: Annotated[str | None, typer.Argument()] = None,
    member: Annotated[str | None, typer.Argument()] = None,
    control: Annotated[bool, typer.Option(help="Of the control arm.")] = False,
    count: Annotated[int, typer.Option("--sample", min=1, help="How many members, where none is named.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Which ones.")] = 0,
    params: Params = DEFAULT_PARAMS,
    root: Lineage = DEFAULT_LAYOUT.lineage,
) -> None:
    """Train one member, or a sample of all members, again and say whether the recorded bytes come out."""
    from heredity.pipeline.verify import TrainedMember, sample, trained_members
    from heredity.pipeline.verify import verify as verified

    project = project_of(params) or Path.cwd()
    study, layout = load_study(params), Layout(project / root if root == DEFAULT_LAYOUT.lineage else root.absolute())
    if generation is None:
        trainees = sample(trained_members(layout, study.order()), count, seed)
    else:
        study.known(generation)
        names = study.members() if member is None else (member,)
        if unknown := [name for name in names if name not in study.members()]:
            first, *_, last = study.members() * 2
            raise HeredityError(f"expected a member from {first} to {last}, got {unknown[0]!r}")
        trainees = [TrainedMember(generation, "control" if control else "inherited", name) for name in names]
    with chdir(project):  # the files that an environment reads lie where its stages run
        verdicts = verified(layout, trainees)
    for verdict in verdicts:
        print(f"{verdict.trainee}: {'the same bytes' if verdict.holds else 'OTHER BYTES'} ({verdict.retrained[:8]})")
    if others := [verdict for verdict in verdicts if not verdict.holds]:
        raise HeredityError(
            f"{len(others)} of {len(verdicts)} members came out otherwise: {others[0].trainee}: expected "
            f"{others[0].recorded[:8]}, got {others[0].retrained[:8]}; are CPU family and package versions the ones "
            "that made them? dvc status says whether code or study have changed since"
        )
