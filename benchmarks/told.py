"""What a study came to and what its stages took, written beside its params.yaml, with its page.

python -m benchmarks.told PROJECT studies/doorkey
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.documents import write_between_marks
from heredity.layout import Layout

ENTRY = [sys.executable, "-m", "heredity.cli"]


def shown(project: Path) -> str:
    """Return what `heredity show` says in a project, as wide as a terminal."""
    environment = {**os.environ, "COLUMNS": "80"}
    done = subprocess.run([*ENTRY, "show"], cwd=project, env=environment, capture_output=True, text=True, check=True)
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def seconds(project: Path) -> dict[str, float]:
    """Return the seconds that each stage took when it last ran, by its name in dvc.yaml."""
    path = Layout(project / "lineage", project / "report").timings / "stages.json"
    taken: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
    return taken


def told(project: Path) -> str:
    """Return both as Markdown."""
    taken = seconds(project)
    kinds = dict.fromkeys(name.partition("@")[0] for name in taken)
    sums = {kind: sum(each for name, each in taken.items() if name.partition("@")[0] == kind) for kind in kinds}
    rows = [f"| {kind} | {total:,.0f} |" for kind, total in sums.items() if round(total)]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    whole = f"{sum(taken.values()) / 60:.0f} minutes in all"
    return "\n".join(
        [
            "```",
            "$ heredity show",
            shown(project),
            "```",
            "",
            f"What its stages took on {cores} cores ({platform.machine()}), {whole}:",
            "",
            "| stage | seconds, of all generations |",
            "|---|---|",
            *rows,
        ]
    )


def main() -> None:
    """Write a study's README and page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("study", type=Path)
    arguments = parser.parse_args()
    write_between_marks(arguments.study / "README.md", "told", told(arguments.project))
    shutil.copyfile(arguments.project / "report" / "index.html", arguments.study / "report.html")


if __name__ == "__main__":
    main()
