"""`heredity export`."""

from pathlib import Path
from typing import Annotated

import typer

from heredity.cli.advice import fitting_advice
from heredity.cli.options import DEFAULT_LAYOUT, DEFAULT_PARAMS, Lineage, Params, project_of, say_if_stale
from heredity.errors import HeredityError
from heredity.layout import ArmFolder, Layout
from heredity.study.lineages import ALONE, lineage_names, lineage_of
from heredity.study.load import load_study
from heredity.study.study import Study


def export(
    address: Annotated[
        str,
        typer.Argument(help="A member, medium/l03/m07, or survivors of a lineage or generation: medium/l03, medium."),
    ],
    directory: Annotated[Path, typer.Argument(help="Where to.")],
    everybody: Annotated[bool, typer.Option("--all", help="All its members.")] = False,
    control: Annotated[str | None, typer.Option(help="Of this control of the generation.")] = None,
    params: Params = DEFAULT_PARAMS,
    root: Lineage = DEFAULT_LAYOUT.lineage,
) -> None:
    """Write members as zips that Stable-Baselines3 loads, with their statistics beside them, however they are kept."""
    from heredity.agents.kept import copy_kept, is_kept

    study, project = load_study(params), project_of(params) or Path.cwd()
    layout = Layout(project / root if root == DEFAULT_LAYOUT.lineage else root.absolute())
    say_if_stale(params, layout)
    with fitting_advice(project):
        arm, names = _chosen(study, layout, address, control, everybody=everybody)
        if absent := [name for name in names if not is_kept(arm.model(name))]:
            raise HeredityError(f"{arm.model(absent[0])}: expected a trained model, got none; type: dvc pull")
        place = directory / address.partition("/")[0] / (control or "")  # another generation has members of equal names
        for name in names:
            copy_kept(arm.model(name), place / f"{name}.zip")
    many = f"{len(names):,} models written to {place}"
    print(f"written to {place / names[0]}.zip" if len(names) == 1 else many)


def _chosen(
    study: Study, layout: Layout, address: str, control: str | None, *, everybody: bool
) -> tuple[ArmFolder, list[str]]:
    """Return whose models are meant, as they ended up, and where they lie. Raises HeredityError for nobody."""
    from heredity.agents.kept import members_in
    from heredity.gate.extension import final_arm
    from heredity.training.living import stored_gate

    generation, _, place = address.partition("/")
    controls = study.generations[study.known(generation)].controls
    if control is not None and not controls:
        with_one = ", ".join(study.controlled) or "none of this study"
        raise HeredityError(f"--control: expected a generation with a control ({with_one}), got {generation}")
    if control is not None and control not in controls:
        raise HeredityError(f"--control: expected one of {', '.join(controls)}, got {control!r}")
    arm = final_arm(layout, generation) if control is None else layout.control(generation, control)
    lineages, members = lineage_names(study.lineages), study.members()
    if place and place not in (*lineages, *members):
        among = f", or a lineage from {lineages[0]} to {lineages[-1]}" if study.lineages > 1 else ""
        raise HeredityError(f"expected a member from {members[0]} to {members[-1]}{among}, got {place!r}")
    if place in members and everybody:
        raise HeredityError(f"--all: expected a generation or a lineage, got {address}; leave one of them out")
    if place in members:
        return arm, [place]
    survive = control is None and not everybody  # of a control nobody is chosen for what comes after
    there = list(stored_gate(layout, generation).survivors) if survive else members_in(arm.models)
    names = [name for name in there if place in (ALONE, lineage_of(name))]
    if not names:
        raise HeredityError(f"{address}: expected survivors or trained members, got none; --all takes all members")
    return arm, names
