"""The session that the README shows, run again: every command keeps its place, its output is what it prints now.

python docs/session.py
"""

import os
import subprocess
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- session: begin -->\n", "<!-- session: end -->"
QUIET = {"dvc repro"}
"""Too long to show."""


def main() -> None:
    """Run the commands of the README's session and write what they print below them."""
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    shown, after = rest.split(END)
    commands = [line.removeprefix("    $ ") for line in shown.splitlines() if line.startswith("    $ ")]
    parts = [f"    $ {command}\n" + ("" if command in QUIET else printed(command)) for command in commands]
    README.write_text(before + BEGIN + "\n".join(parts) + END + after, encoding="utf-8")


def printed(command: str) -> str:
    """Return what a command prints, indented as code."""
    wide = {**os.environ, "COLUMNS": "140"}
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True, env=wide)
    return "".join(f"    {line}".rstrip() + "\n" for line in done.stdout.strip().splitlines())


if __name__ == "__main__":
    main()
