"""The command line: `heredity check`, `heredity tree`."""

import json
import logging
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.tree import Tree

from heredity.errors import HeredityError
from heredity.params import Study, load_study
from heredity.pedigree import Link, Pedigree, broken_links, read_pedigree

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
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
    Console().print(_drawn(study, pedigree, root))
    if broken := broken_links(root):
        more = f", and {len(broken) - 1} more" if len(broken) > 1 else ""
        raise HeredityError(f"the pedigree is broken: {broken[0]}{more}; type: dvc checkout")


def main() -> None:
    """Run the command line; a refusal is one line and exit code 2."""
    logging.basicConfig(format="%(message)s")
    try:
        app()
    except HeredityError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


def _drawn(study: Study, pedigree: Pedigree, root: Path) -> Tree:
    """Hang every member below its first parent."""
    drawn = Tree(f"{study.study}: founders")
    branches = {("founders", ""): drawn}
    for generation in study.order():
        gate = root / generation / "gate.json"
        decision = json.loads(gate.read_text(encoding="utf-8")) if gate.exists() else {}
        for (name, member), link in pedigree.links.items():
            if name != generation:
                continue
            above = branches.get((link.after, link.parents[0])) if link.parents else None
            candidate = decision.get("candidates", {}).get(member, {})
            mean = f"  {candidate['mean']:.3g}" if candidate else ""
            style = "bold" if candidate.get("passed") else "dim"
            label = f"[{style}]{generation} {member}[/]  {_told(link)}{mean}  [dim]{link.child_hash[:8]}[/]"
            branches[generation, member] = (above or drawn).add(label)
    return drawn


def _told(link: Link) -> str:
    """Say what a birth was: its operator, the parents that were mixed, what was left behind and what drifted."""
    mixed = f" of {' and '.join(link.parents)}" if len(link.parents) > 1 else ""
    part = f" {link.inherited_fraction:.0%}" if link.parents and link.inherited_fraction < 1 else ""
    own = "".join(f"  {name} {value:.3g}" for name, value in link.hyperparameters.items() if isinstance(value, float))
    return f"{link.operator}{mixed}{part}{own}"


if __name__ == "__main__":
    main()
