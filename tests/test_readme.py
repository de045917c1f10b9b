"""What the README shows is what the commands print."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import typed

ROOT = Path(__file__).parent.parent
COMMANDS = ["heredity show", "heredity check", "dvc repro", "heredity tree --lineage l00", "dvc metrics show --md"]


def session():
    """Return the commands of the README's sessions with the output that it shows."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = [part.split("<!-- session: end -->")[0] for part in text.split("<!-- session: begin -->")[1:]]
    shown = {}
    for line in (line[4:] for block in blocks for line in block.splitlines()):
        if line.startswith("$ "):
            command = line[2:]
            shown[command] = []
        elif shown:
            shown[command].append(line.rstrip())
    return {command: "\n".join(output).strip() for command, output in shown.items()}


def test_the_session_is_as_short_as_it_is_meant():
    assert list(session()) == COMMANDS
    assert len(session()["heredity show"].splitlines()) < 30


@pytest.mark.study
@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "dvc repro"])
def test_a_command_prints_what_the_readme_shows(command):
    if command.startswith(("heredity tree", "heredity show")) and not (ROOT / "lineage" / "small" / "heirs").exists():
        pytest.skip("the study has not been run in this clone")
    program, *arguments = command.split()
    if program == "heredity":
        printed = typed(ROOT, *arguments, columns=120)
    else:
        path = Path(sys.executable).parent / program
        printed = subprocess.run([path, *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "\n".join(line.rstrip() for line in printed.splitlines()).strip() == session()[command]


def test_every_make_target_of_the_readme_exists():
    readme, makefile = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "Makefile"))
    for target in ("demo", "test", "check", "bench"):
        assert f"make {target}" in readme
        assert f"\n{target}:" in makefile


def test_links_to_files_lead_somewhere():
    for document in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for part in document.read_text(encoding="utf-8").split("](")[1:]:
            target = part.split(")")[0].split("#")[0]
            if target and not target.startswith("http"):
                assert (document.parent / target).exists(), f"{document.name} links to {target}"
