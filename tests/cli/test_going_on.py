"""`heredity continue` as a person types it."""

from pathlib import Path

import pytest

from heredity.agents.agent import fresh_agent
from heredity.agents.task import Task
from heredity.layout import Layout
from heredity.study.load import load_study
from heredity.study.sections import Algorithm
from tests.cli.commands import typed
from tests.survivors import write_survivors

ROOT = Path(__file__).parent.parent.parent


def test_a_study_begins_with_its_last_survivors(tiny, write_study):
    folder = write_study(tiny).parent
    layout = Layout(folder / "lineage")
    agent = fresh_agent(Algorithm(name="PPO", n_envs=2), Task("CartPole-v1"), 0)
    write_survivors(layout, "second", {"m01": agent})
    lines = typed(folder, "continue").splitlines()
    founder = f"founders/second-m01-{agent.digest[:8]}.zip"
    what = "commit what is to be kept of its results, then type: dvc repro"
    assert lines == [founder, f"params.yaml: begins with this survivor of second; {what}"]
    assert load_study(folder / "params.yaml").founders == (founder,)
    assert (folder / founder).read_bytes() == agent.model
    assert (
        typed(folder, "continue", "--at-most", "0", code=2) == "error: --at-most: expected a positive number, got 0\n"
    )
    refusal = "error: --env: expected a Gymnasium id, or package.module:Id, got 'mypkg:'\n"
    assert typed(folder, "continue", "--env", "mypkg:", code=2) == refusal


@pytest.mark.parametrize("named", ["", ", founders"])
def test_the_stage_study_depends_on_the_founders(tiny, write_study, named):
    folder = write_study(tiny).parent
    graph, deps = folder / "dvc.yaml", 'deps: [params.yaml, "${code}", "${packages}", stages'
    before = (ROOT / "dvc.yaml").read_text()
    graph.write_text(before.replace(f"{deps}]", f"{deps}{named}]"))
    write_survivors(
        Layout(folder / "lineage"),
        "second",
        {"m01": fresh_agent(Algorithm(name="PPO", n_envs=2), Task("CartPole-v1"), 0)},
    )
    typed(folder, "continue")
    assert graph.read_text() == before.replace(f"{deps}]", f"{deps}, founders]")
