"""The command line: `heredity check`, `tree`, `show`, `compare`, `verify`, `publish`."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from heredity.errors import HeredityError
from heredity.params import load_study
from heredity.pedigree import broken_links, read_pedigree

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
Report = Annotated[Path, typer.Option("--report-folder", help="Where the study's report lies.")]
Params = Annotated[Path, typer.Option(help="The study's file.")]


@app.command()
def check(params: Params = Path("params.yaml")) -> None:
    """Say whether a study can run, without training anything."""
    study = load_study(params)
    arms = f"{len(study.control.generations)} with a control" if study.control.generations else "no control"
    print(f"{params}: {study.study} can run: {len(study.generations)} generations of {study.population}, {arms}")


@app.command()
def tree(params: Params = Path("params.yaml"), root: Path = Path("lineage")) -> None:
    """Draw who descends from whom, by which operator; names in bold passed their gate. Broken links are an error."""
    study, pedigree = load_study(params, check=False), read_pedigree(root)
    if not pedigree.links:
        raise HeredityError(f"{root}: expected the pedigree of a study that has run, found none; type: dvc repro")
    from heredity.show import drawn_tree

    Console().print(drawn_tree(study, pedigree, root))
    if broken := broken_links(root):
        more = f", and {len(broken) - 1} more" if len(broken) > 1 else ""
        raise HeredityError(f"the pedigree is broken: {broken[0]}{more}; type: dvc checkout")


@app.command()
def show(
    params: Params = Path("params.yaml"),
    root: Path = Path("lineage"),
    report: Report = Path("report"),
    members: Annotated[bool, typer.Option("--members", help="With what every member spent.")] = False,
) -> None:
    """Print what a study that has run came to: verdict, transfer, heritability, steps, core-seconds and pedigree."""
    from heredity.report.story import read_story
    from heredity.show import shown

    study = load_study(params, check=False)
    story = read_story(study, params.read_text(encoding="utf-8"), root, report)
    Console().print(shown(story, root, members=members))


@app.command()
def compare(one: str, other: Annotated[str, typer.Argument()] = "workspace") -> None:
    """Print the transfer of two revisions side by side: git revisions, DVC experiments, folders, or "workspace"."""
    from heredity.revisions import read_transfers
    from heredity.show import side_by_side

    Console().print(side_by_side({revision: read_transfers(revision) for revision in (one, other)}))


@app.command()
def publish(
    params: Params = Path("params.yaml"),
    root: Path = Path("lineage"),
    report: Report = Path("report"),
    board: Annotated[bool, typer.Option("--report", help="Save a W&B Report as well, which needs a login.")] = False,
) -> None:
    """Write a study that has run to W&B, from its stored files; what is there already is not written again."""
    from heredity.publish import publish_study
    from heredity.tracking import logged_in

    study = load_study(params, check=False)
    entity = logged_in() if board else ""
    written, present = publish_study(study, root, report)
    print(f"{written} runs written to W&B, {present} were there already")
    if board:
        from heredity.board import save_board
        from heredity.report.story import read_story

        story = read_story(study, params.read_text(encoding="utf-8"), root, report)
        print(f"W&B Report: {save_board(story, root, report, entity)}")


@app.command()
def verify(
    generation: Annotated[str | None, typer.Argument()] = None,
    member: Annotated[str | None, typer.Argument()] = None,
    control: Annotated[bool, typer.Option(help="Of the control arm.")] = False,
    count: Annotated[int, typer.Option("--sample", min=1, help="How many members, where none is named.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Which ones.")] = 0,
    params: Params = Path("params.yaml"),
    root: Path = Path("lineage"),
) -> None:
    """Train one member, or a sample of all members, again and say whether the recorded bytes come out."""
    from heredity.verify import Trainee, sample, trained_members
    from heredity.verify import verify as verified

    study = load_study(params, check=False)
    if generation is None:
        chosen = sample(trained_members(study, root), count, seed)
    else:
        study.known(generation)
        names = study.members() if member is None else (member,)
        if unknown := [name for name in names if name not in study.members()]:
            raise HeredityError(f"expected a member from m00 to {study.members()[-1]}, got {unknown[0]!r}")
        chosen = [Trainee(generation, "control" if control else "inherited", name) for name in names]
    verdicts = verified(study, root, chosen)
    for verdict in verdicts:
        print(f"{verdict.trainee}: {'the same bytes' if verdict.holds else 'OTHER BYTES'} ({verdict.found[:8]})")
    if others := [verdict for verdict in verdicts if not verdict.holds]:
        raise HeredityError(
            f"{len(others)} of {len(verdicts)} members came out otherwise: {others[0].trainee}: expected "
            f"{others[0].recorded[:8]}, got {others[0].found[:8]}; are CPU family and package versions the ones that "
            "made them? dvc status says whether code or study have changed since"
        )


def main() -> None:
    """Run the command line; a refusal is one line and exit code 2."""
    logging.basicConfig(format="%(message)s")
    try:
        app()
    except HeredityError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
