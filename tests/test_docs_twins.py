"""The twin of one's own in docs/twins.md is one, and costs whoever does not use it nothing."""

import re
import subprocess
import sys
from pathlib import Path

import gymnasium
import pytest

from heredity.agents.twins import registry
from tests.cli.commands import typed
from tests.examples import CHECKOUT

BLOCK = re.compile(r"```python\n# (\w+\.py)\n(.*?)```", re.DOTALL)
FILES = dict(BLOCK.findall((CHECKOUT / "docs" / "twins.md").read_text(encoding="utf-8")))


@pytest.fixture
def corridor(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    yield tmp_path
    for name in FILES:
        sys.modules.pop(Path(name).stem, None)
    gymnasium.registry.pop("Corridor-v0", None)


@pytest.mark.study
def test_the_twin_of_ones_own_is_proved_by_the_command_that_is_named(corridor):
    steps, resets, *_ = typed(corridor, "check", "--twin", "corridor:Corridor-v0").splitlines()
    assert re.match(
        r"Corridor-v0: 5000 steps \(\d+ terminated, \d\d+ truncated, 5000 rewarded\), equal to the bit", steps
    )
    assert "differing none, largest 0" in steps
    assert resets.startswith("Corridor-v0: 1000 resets, 2 tests")
    text = (corridor / "corridor_twin.py").read_text()
    sys.modules.pop("corridor_twin")
    (corridor / "corridor_twin.py").write_text(text.replace("place == 8", "place > 6"))
    *_, refused = typed(corridor, "check", "--twin", "corridor:Corridor-v0", code=2).splitlines()
    assert refused.startswith("error: Corridor-v0: expected steps equal to the bit, got ")
    assert refused.endswith(" with another terminated")


def test_jax_is_loaded_where_the_twin_is_used_alone(corridor):
    code = (
        "import sys; from heredity.agents.task import Task; from heredity.agents.twins.registry import why_no_twin;"
        "task = Task('Corridor-v0', imports=('corridor',)); task.make(); print(why_no_twin(task), 'jax' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=corridor,
        env={"PYTHONPATH": f"{corridor}:{CHECKOUT}", "PATH": ""},
    )  # fmt: skip
    assert done.stdout == "None False\n"
