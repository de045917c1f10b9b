"""founders: the models that the study begins from, if any.

reads   lineage/study/founders.json, the files named in `founders`, a vecnormalize.pkl beside them
writes  lineage/founders/models/, lineage/founders/gate.json, lineage/founders/heirs/ (nobody: founders have no parents)
        and lineage/founders/extension/ (nothing: founders are not trained)
"""

from pathlib import Path

from heredity.agent import Agent, canonical, write_agent
from heredity.files import new_directory, write_json
from heredity.founders import read_founder
from heredity.params import Study
from heredity.pedigree import write_pedigree
from heredity.settled import not_extended
from stages.common import LINEAGE, run_stage


def plan(study: Study) -> list[Path]:
    """Return the files to read."""
    return [Path(name) for name in study.founders]


def collect(study: Study, agents: list[Agent]) -> None:
    """Keep the founders as f00, f01, … with the files they came from; all of them are survivors."""
    named = {f"f{index:02d}": canonical(agent) for index, agent in enumerate(agents)}
    with new_directory(LINEAGE / "founders" / "models") as directory:
        for name, agent in named.items():
            write_agent(agent, directory / f"{name}.zip")
        write_json(directory / "sources.json", dict(zip(named, study.founders, strict=True)))
    with new_directory(LINEAGE / "founders" / "heirs") as directory:
        write_pedigree(directory / "pedigree.json", "founders", "founders", [])
    not_extended(LINEAGE / "founders")
    write_json(LINEAGE / "founders" / "gate.json", {"survivors": list(named)})


def main(study: Study) -> None:
    """Run the stage."""
    collect(study, [read_founder(path) for path in plan(study)])


if __name__ == "__main__":
    run_stage(main)
