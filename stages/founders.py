"""founders: the models that the study begins from, if any.

reads   lineage/study/founders.json, the files named in `founders`
writes  lineage/founders/models/, lineage/founders/gate.json
"""

from pathlib import Path

from heredity.agent import Agent, canonical, read_agent, write_agent
from heredity.files import new_directory, write_json
from heredity.params import Study
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
    write_json(LINEAGE / "founders" / "gate.json", {"survivors": list(named)})


def main(study: Study) -> None:
    """Run the stage."""
    collect(study, [read_agent(path) for path in plan(study)])


if __name__ == "__main__":
    run_stage(main)
