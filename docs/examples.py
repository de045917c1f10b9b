"""What examples print, run again and written into docs/python.md, and the notebook's outputs into the notebook.

python docs/examples.py; heredity[nightly] has what runs the notebook.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXAMPLES, PAGE, NOTEBOOK = ROOT / "examples", ROOT / "docs" / "python.md", ROOT / "examples" / "library.ipynb"
PLACE = re.compile(r"<!-- (\w+\.py): begin -->\n(.*?)<!-- end -->", re.DOTALL)


def main() -> None:
    """Run every example that the page shows, and the notebook."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(PLACE.sub(lambda place: shown(place[1], printed(EXAMPLES / place[1])), page), encoding="utf-8")
    NOTEBOOK.write_text(executed(NOTEBOOK), encoding="utf-8")


def shown(name: str, output: str) -> str:
    """Return what the page has of an example: its code, and what it prints."""
    code = (EXAMPLES / name).read_text(encoding="utf-8")
    return f"<!-- {name}: begin -->\n```python\n{code}```\n\n```text\n{output}```\n<!-- end -->"


def printed(path: Path) -> str:
    """Return what a script prints in a process of its own, started in an empty directory."""
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run(
            [sys.executable, path], cwd=directory, capture_output=True, text=True, encoding="utf-8", check=True
        )
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


def executed(path: Path) -> str:
    """Return a notebook with the outputs that its cells have in a kernel of their own, in an empty directory."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as directory:
        NotebookClient(
            notebook,
            timeout=600,
            kernel_name="python3",
            resources={"metadata": {"path": directory}},
            record_timing=False,
        ).execute()
    notebook.metadata = {"kernelspec": notebook.metadata.kernelspec, "language_info": {"name": "python"}}
    return nbformat.writes(notebook) + "\n"


if __name__ == "__main__":
    main()
