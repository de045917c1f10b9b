"""The sessions that pages show, run again: every command keeps its place, its output is what it prints now.

python docs/session.py PAGE...; README's runs in this repository, those of docs/ in an empty directory each.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PLACE = re.compile(
    r"<!-- file (?P<file>[\w./]+) -->\n```\w+\n(?P<text>.*?)```"
    r"|(?P<begin><!-- session: begin -->\n)(?P<shown>.*?)(?P<end><!-- session: end -->)",
    re.DOTALL,
)
PROMPT = "    $ "
QUIET = {"dvc repro", "dvc exp run --run-all"}
"""Too long to show."""

AS_TEXT: Any = {"capture_output": True, "text": True, "check": False}

HOME = "/home/ada/poles"
"""What a page calls the directory that its session ran in."""


class Terminal:
    """Where commands are typed: a directory, which `cd` changes."""

    def __init__(self, home: Path) -> None:
        """Begin in `home`, with a name for git to commit by."""
        self.home = self.directory = home
        names = {f"GIT_{role}_{what}": "ada" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        self.environment = {**os.environ, **names, "COLUMNS": "120", "WANDB_MODE": "disabled"}

    def type(self, command: str) -> str:
        """Run a command and return what it prints, indented as code."""
        if command.startswith("cd "):
            self.directory = (self.directory / command.removeprefix("cd ")).resolve()
            return ""
        typed = subprocess.run(["bash", "-c", command], cwd=self.directory, env=self.environment, **AS_TEXT)
        if typed.returncode:
            sys.exit(f"{command} ended with {typed.returncode}:\n{typed.stdout}{typed.stderr}")
        print(command, file=sys.stderr)
        printed = typed.stdout.replace(str(self.home), HOME).strip("\n").splitlines()
        return "" if command in QUIET else "".join(f"    {line}".rstrip() + "\n" for line in printed)


def renewed(terminal: Terminal, place: re.Match[str]) -> str:
    """Write the file that stands at a place, or run the session that does, and return what is to stand there."""
    if place["file"]:
        path = terminal.directory / place["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(place["text"], encoding="utf-8")
        return place[0]
    commands = [line.removeprefix(PROMPT) for line in place["shown"].splitlines() if line.startswith(PROMPT)]
    shown = "\n".join(f"{PROMPT}{command}\n{terminal.type(command)}" for command in commands)
    return f"{place['begin']}{shown}{place['end']}"


def main(pages: list[str]) -> None:
    """Run the sessions of pages from top to bottom and write what the commands print below them."""
    for page in map(Path, pages or sys.exit(__doc__)):
        with tempfile.TemporaryDirectory() as empty:
            home = ROOT if page.resolve().parent == ROOT else Path(empty).resolve() / "poles"
            home.mkdir(exist_ok=True)
            renew: Callable[[re.Match[str]], str] = partial(renewed, Terminal(home))
            page.write_text(PLACE.sub(renew, page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
