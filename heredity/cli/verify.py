"""`heredity verify`."""

from collections.abc import Iterator
from contextlib import chdir, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from heredity.cli.advice import fitting_advice, project_standing
from heredity.cli.options import DEFAULT_LAYOUT, DEFAULT_PARAMS, Lineage, Params, project_of
from heredity.errors import HeredityError
from heredity.layout import Layout, control_arm
from heredity.study.load import load_study
from heredity.study.study import Study

if TYPE_CHECKING:  # which loads what trains
    from heredity.pipeline.verify import TrainedMember, Verdict

MOST_LINES = 20
"""Members of whom a line is printed; of more it is one for every so many."""


def verify(
    generation: Annotated[str | None, typer.Argument()] = None,
    names: Annotated[
        list[str] | None, typer.Argument(help="Members, and with --control which one.", metavar="[MEMBER] [CONTROL]")
    ] = None,
    control: Annotated[bool, typer.Option(help="Of a control.")] = False,
    count: Annotated[int, typer.Option("--sample", min=1, help="How many members, where none is named.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Which ones.")] = 0,
    params: Params = DEFAULT_PARAMS,
    root: Lineage = DEFAULT_LAYOUT.lineage,
) -> None:
    """Train one member, or a sample of all members, again and say whether the recorded bytes come out."""
    from heredity.pipeline.verify import likely_cause, sample, trained_members

    project = project_of(params) or Path.cwd()
    study, layout = load_study(params), Layout(project / root if root == DEFAULT_LAYOUT.lineage else root.absolute())
    if generation is not None and "/" in generation:  # a member by its whole address, medium/l03/m02
        generation, _, member = generation.partition("/")
        names = [member, *(names or [])]
    if generation is None:
        with fitting_advice(project):
            trainees = sample(trained_members(layout, study), count, seed)
    else:
        trainees = _named(study, study.known(generation), names or [], control)
    with chdir(project):  # the files that an environment reads lie where its stages run
        verdicts = list(_told(layout, trainees))
        if others := [verdict for verdict in verdicts if not verdict.holds]:
            first, moved = others[0], _is_other(project, others[0].trainee)
            raise HeredityError(
                f"{len(others)} of {len(verdicts)} members came out otherwise: {first.trainee}: expected "
                f"{first.recorded[:8]}, got {first.retrained[:8]}; {likely_cause(layout, first, is_other=moved)}"
            )


def _told(layout: Layout, trainees: "list[TrainedMember]") -> "Iterator[Verdict]":
    """Verify members, say what comes of each, of many of those that come out otherwise, and how far it is."""
    from heredity.pipeline.verify import verify as verified
    from heredity.workers import kept_workers

    many, done, others = len(trainees) > MOST_LINES, 0, 0
    with kept_workers():
        for begin in range(0, len(trainees), MOST_LINES):
            for verdict in verified(layout, trainees[begin : begin + MOST_LINES]):
                done, others = done + 1, others + (not verdict.holds)
                said = "the same bytes" if verdict.holds else "OTHER BYTES"
                if not (many and verdict.holds):
                    print(f"{verdict.trainee}: {said} ({verdict.retrained[:8]})", flush=True)
                yield verdict
            if many:
                found = f"{others:,} of them with other bytes" if others else "all with the same bytes"
                print(f"{done:,} of {len(trainees):,} members trained again, {found}", flush=True)


def _is_other(project: Path, trainee: "TrainedMember") -> bool:
    """Whether a member's stored files are not those that its stage made, as DVC recorded them."""
    with suppress(HeredityError):
        standing = project_standing(project)
        return standing is not None and trainee.stage in standing.fetched
    return False


def _named(study: Study, generation: str, names: list[str], control: bool) -> "list[TrainedMember]":
    """Return the members of a generation that are meant, all where none is named.

    control: whether of a control, which one of the names says where there are several; no member is called as one.
    Raises HeredityError for names that nobody has.
    """
    from heredity.pipeline.verify import TrainedMember

    controls, members = study.generations[generation].controls if control else {}, study.members()
    chosen, named = [name for name in names if name in controls], [name for name in names if name not in controls]
    if unknown := [name for name in named if name not in members]:
        or_one = f" or one of the controls {', '.join(controls)}" if controls else ""
        raise HeredityError(f"expected a member from {members[0]} to {members[-1]}{or_one}, got {unknown[0]!r}")
    if control and not controls:
        raise HeredityError(f"expected a generation with a control, got {generation!r}")
    if control and len(chosen or controls) > 1:
        raise HeredityError(
            f"expected one of the controls {', '.join(controls)} of {generation}, got {', '.join(chosen) or 'none'}"
        )
    arm = control_arm(next(iter(chosen or controls))) if control else "inherited"
    return [TrainedMember(generation, arm, name) for name in named or members]
