"""The examples run as a newcomer runs them, and print what docs/python.md and the notebook show."""

import base64
import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples import CHECKOUT

DOCUMENT = runpy.run_path(CHECKOUT / "docs" / "examples.py")
PAGE = (CHECKOUT / "docs" / "python.md").read_text(encoding="utf-8")
SHOWN = {place[1]: place[0] for place in DOCUMENT["PLACE"].finditer(PAGE)}
SCRIPTS = sorted(path.name for path in (CHECKOUT / "examples").glob("*.py"))
NOTEBOOK = json.loads((CHECKOUT / "examples" / "library.ipynb").read_text(encoding="utf-8"))
SECONDS = 300
"""A minute on two busy cores, and room for a machine that does other things as well."""


def output_shown(name):
    """Return what the page says that an example prints."""
    return re.search(r"```text\n(.*?)```", SHOWN[name], re.DOTALL)[1]


def blurred(text):
    """Return a text with every number as one sign: another processor may round differently."""
    return re.sub(r"[+−-]?\d[\d,.]*", "#", text)


def outputs(notebook, kind):
    """Return the outputs of one kind of a notebook's cells, in order."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    data = [output.get("data", {}) for cell in cells for output in cell["outputs"]]
    return ["".join(each[kind]) for each in data if kind in each]


def test_the_page_shows_every_example_as_it_is():
    assert sorted(SHOWN) == SCRIPTS
    for name in SCRIPTS:
        assert SHOWN[name] == DOCUMENT["shown"](name, output_shown(name))


def test_the_examples_are_as_short_as_they_are_meant():
    lines = {name: (CHECKOUT / "examples" / name).read_text().count("\n") for name in SCRIPTS}
    assert lines["quickstart.py"] <= 15
    assert lines["lineage.py"] <= 45
    assert {"quickstart.py", "lineage.py", "own_environment.py"} == set(SCRIPTS)


def test_the_quickstart_prints_what_the_page_shows():
    assert DOCUMENT["printed"](CHECKOUT / "examples" / "quickstart.py") == output_shown("quickstart.py")


def test_the_readmes_few_lines_print_what_stands_beside_them(capsys):
    section = (CHECKOUT / "README.md").read_text(encoding="utf-8").split("## From Python\n")[1].split("\n## ")[0]
    lines = "\n".join(line[4:] for line in section.splitlines() if line.startswith("    "))
    exec(compile(lines, "README.md", "exec"), {})
    assert capsys.readouterr().out == f"{lines.split('  # ')[1]}\n"


def test_the_notebook_shows_tables_and_curves():
    shown = outputs(NOTEBOOK, "text/html")
    assert [re.search(r"(?<=>)(Decision|Pedigree|Inherited)", each)[0] for each in shown] == [
        "Decision", "Pedigree", "Inherited"
    ]  # fmt: skip
    (curves,) = outputs(NOTEBOOK, "image/png")
    assert base64.b64decode(curves).startswith(b"\x89PNG")
    assert not [path for path in (str(CHECKOUT), str(Path.home())) if path in json.dumps(NOTEBOOK)]


ABSENT = """
import sys

class Absent:  # and not None in sys.modules, of which SciPy asks attributes
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""


@pytest.mark.slow
@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("name", [name for name in SCRIPTS if name != "quickstart.py"])
def test_an_example_runs_in_an_empty_directory_without_extras_and_prints_what_the_page_shows(name, tmp_path):
    absent = "{'jax', 'optax', 'dvc', 'prefect', 'wandb', 'altair', 'minigrid'}"
    (tmp_path / "sitecustomize.py").write_text(ABSENT.format(absent=absent))
    places = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-W", "error", CHECKOUT / "examples" / name]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": places}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(blurred(done.stdout).split()) == sorted(blurred(output_shown(name)).split())


@pytest.mark.slow
@pytest.mark.timeout(SECONDS)
@pytest.mark.filterwarnings("ignore")  # Jupyter's own
def test_the_notebook_runs_and_shows_what_it_holds():
    pytest.importorskip("nbclient")
    anew = json.loads(DOCUMENT["executed"](CHECKOUT / "examples" / "library.ipynb"))
    for kind in ("text/plain", "text/html"):
        assert [blurred(each) for each in outputs(anew, kind)] == [blurred(each) for each in outputs(NOTEBOOK, kind)]
    assert [cell["source"] for cell in anew["cells"]] == [cell["source"] for cell in NOTEBOOK["cells"]]
    assert len(outputs(anew, "image/png")) == 1
