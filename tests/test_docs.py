"""Whatever a document names is there: the tests that hold its promises, and the modules that it points at."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
NAMED = re.compile(r"(?<![\w/])(?:tests|benchmarks|docs|heredity|stages|flows)/[\w/.-]*\.(?:py|md|toml)\b")
MODULE = re.compile(r"python -m ((?:benchmarks|flows|stages|heredity)[\w.]*)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_is_there(document):
    named = set(NAMED.findall(document.read_text(encoding="utf-8")))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_module_that_a_document_runs_is_there(document):
    modules = set(MODULE.findall(document.read_text(encoding="utf-8")))
    places = {name: ROOT / name.rstrip(".").replace(".", "/") for name in modules}
    assert [name for name, path in places.items() if not (path.with_suffix(".py").exists() or path.is_dir())] == []


def test_reliability_names_the_tests_that_hold_its_promises():
    """So that the pattern above finds something."""
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    assert {"tests/stages/test_kills.py", "tests/agents/test_founders.py"} <= set(NAMED.findall(text))
