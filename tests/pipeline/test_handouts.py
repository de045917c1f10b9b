"""What is handed out to whom, and what was handed out before, by this version or another."""

import os
import re
import sys
import textwrap

import gymnasium
import numpy as np
import pytest

from heredity.errors import StudyError
from heredity.layout import Layout
from heredity.pipeline.fingerprint import forget_sources
from heredity.pipeline.handouts import (
    handouts,
    outdated_because,
    outdated_stages,
    read_study_name,
    stale_stages,
    write_handouts,
)
from heredity.pipeline.inputs.gate import GateInput
from heredity.pipeline.inputs.report import ReportInput
from heredity.pipeline.resolve import resolved
from heredity.pipeline.runner import read_input
from heredity.study.load import load_study


def test_what_another_version_handed_out_is_stale_and_no_error(tmp_path):
    folder = tmp_path / "study" / "first"
    folder.mkdir(parents=True)
    (folder / "inherit.json").write_text('{"generation": "first"}')
    (folder / "train.json").write_text("no JSON at all")
    assert stale_stages(tmp_path) == ["inherit", "train"]


def test_why_stages_are_outdated_is_told(tmp_path, write_study, tiny):
    path, layout = write_study(tiny), Layout(tmp_path / "lineage")
    study = resolved(load_study(path))
    assert outdated_because(study, "", layout) == {}
    write_handouts(layout, handouts(study, ""), study.study)
    assert outdated_because(study, "# a remark", layout) == {}

    def edit(stage, generation, old, new):
        handout = layout.handout(stage, generation)
        text = handout.read_text()
        assert re.search(old, text)
        handout.write_text(re.sub(old, new, text))

    edit("train", "first", r'"numpy": "[^"]*"', '"numpy": "1.0"')
    edit("gate", "first", r'"code": "\w*"', '"code": "0"')
    edit("evaluate", "second", r'"episodes": 12', '"episodes": 13')
    edit("report", None, r'"code": "\w*"', '"code": "0"')
    layout.handout("confirm", "second").write_text("{}")
    layout.handout("control", "second").unlink()
    assert outdated_because(study, "", layout) == {
        "report": ["the code"],
        "train@first": [f"numpy 1.0 → {np.__version__}"],
        "gate@first": ["the code"],
        "evaluate@second": ["its numbers"],
        "confirm@second": ["the code"],
        "control@second": ["it is new"],
    }


def _handed_out(tmp_path, write_study, tiny):
    path = write_study(tiny)
    path.write_text(path.read_text() + "# a comment with\ta tab and \u202eits letters turned\n")
    layout, study = Layout(tmp_path / "lineage"), resolved(load_study(path))
    write_handouts(layout, handouts(study, path.read_text()), study.study)
    return layout


def test_remarks_of_any_letters_reach_the_report_as_printable_lines(tmp_path, write_study, tiny):
    layout = _handed_out(tmp_path, write_study, tiny)
    given = read_input(ReportInput, layout)
    assert given.params.endswith("# a comment with    a tab and \\u202eits letters turned\n")


def test_what_another_generation_is_given_and_what_lacks_a_key_is_refused(tmp_path, write_study, tiny):
    layout = _handed_out(tmp_path, write_study, tiny)
    first, second = (layout.handout("gate", name) for name in ("first", "second"))
    second.write_text(second.read_text().replace('"deviations": 1.0,', ""))
    with pytest.raises(
        StudyError, match=r"gate\.json: expected what study hands out, got a file that lacks some of it"
    ):
        read_input(GateInput, layout, "second")
    second.write_bytes(first.read_bytes())
    with pytest.raises(StudyError, match=r"gate\.json: expected what study hands out for second, got first's"):
        read_input(GateInput, layout, "second")
    second.unlink()
    os.mkfifo(second)
    with pytest.raises(StudyError, match=r"gate\.json: .*got a folder or device"):
        read_input(GateInput, layout, "second")


@pytest.mark.parametrize("name", ["../../x", "a b", "\u202ex", "x\n\n", "x" * 65])
def test_a_name_that_no_study_has_is_refused(tmp_path, name):
    layout = Layout(tmp_path / "lineage")
    assert read_study_name(layout) == "study"
    layout.handouts.mkdir()
    layout.study_name.write_text(f"{name}\n")
    with pytest.raises(StudyError, match=r"name\.txt: cannot be read: "):
        read_study_name(layout)


OWN = {
    "__init__": """
        import gymnasium
        from gymnasium.envs.registration import WrapperSpec

        shifted = (WrapperSpec("Shifted", "handed_own.shifted:Shifted", {}),)
        gymnasium.register("Mine-v0", entry_point="handed_own.mine:Mine", kwargs={"paid": "handed_own.paid:Always"})
        gymnasium.register("Other-v0", entry_point="handed_own.other:Other", additional_wrappers=shifted)
    """,
    "physics": "GRAVITY = 9.8  # m/s²",
    "mine": """
        from gymnasium.envs.classic_control import CartPoleEnv
        from .physics import GRAVITY

        class Mine(CartPoleEnv):
            gravity = GRAVITY

            def __init__(self, paid, started=""):
                super().__init__()
    """,
    "paid": """
        class Always:
            reward = 1.0
    """,
    "started": """
        class Upright:
            angle = 0.0
    """,
    "other": """
        from gymnasium.envs.classic_control import CartPoleEnv

        class Other(CartPoleEnv):
            length = 0.5
    """,
    "scaled": """
        import gymnasium

        class Scaled(gymnasium.RewardWrapper):
            def reward(self, reward):
                return 1.0 * reward
    """,
    "shifted": """
        import gymnasium

        class Shifted(gymnasium.RewardWrapper):
            def reward(self, reward):
                return 0.0 + reward
    """,
    "spare": "UNUSED = 1",
}
"""A package of two environments; the second is registered with a wrapper, which no study names."""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Return the folder of a package of environments, which is forgotten in the end."""
    package = tmp_path / "handed_own"
    package.mkdir()
    for name, text in OWN.items():
        (package / f"{name}.py").write_text(textwrap.dedent(text))
    monkeypatch.syspath_prepend(tmp_path)
    forget_sources()
    yield package
    for name in [name for name in sys.modules if name.split(".")[0] == package.name]:
        del sys.modules[name]
    for id in ("Mine-v0", "Other-v0"):
        gymnasium.registry.pop(id, None)
    forget_sources()


def test_a_change_of_ones_own_source_concerns_who_plays_it_and_nobody_else(tmp_path, own, tiny, write_study):
    wrapped = {
        "id": "Mine-v0",
        "kwargs": {"started": {"by": ["handed_own.started.Upright", "nobodys.file"]}},
        "wrappers": [{"name": "handed_own.scaled.Scaled"}],
    }
    tiny["import"] = ["handed_own"]
    tiny["generations"] = {
        name: {"after": "founders", "env": env, "threshold": 20.0, "budget": 128}
        for name, env in (("mine", "Mine-v0"), ("wrapped", wrapped), ("other", "Other-v0"))
    }
    tiny["control"]["generations"] = ["wrapped"]
    path, layout = write_study(tiny), Layout(tmp_path / "lineage")
    study = resolved(load_study(path))
    write_handouts(layout, handouts(study, ""), "tiny")

    def concerned(name, old, new):
        file = own / f"{name}.py"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
        stages = outdated_stages(study, "", layout)
        file.write_text(text)
        assert {stage for stage in stages if "@" not in stage} <= {"continual"}
        generations = {stage.partition("@")[2] for stage in stages if "@" in stage}
        assert {f"{stage}@{name}" for stage in ("train", "evaluate") for name in generations} <= {*stages}
        return generations

    assert concerned("physics", "# m/s²", "# metres") == set()
    assert concerned("physics", "9.8", "9.9") == {"mine", "wrapped"}
    assert concerned("mine", "gravity =", "length = 0.4; gravity =") == {"mine", "wrapped"}
    assert concerned("paid", "1.0", "2.0") == {"mine", "wrapped"}
    assert concerned("started", "0.0", "0.1") == {"wrapped"}
    assert concerned("scaled", "1.0", "2.0") == {"wrapped"}
    assert concerned("other", "0.5", "0.6") == {"other"}
    assert concerned("shifted", "0.0", "1.0") == {"other"}
    assert concerned("spare", "1", "2") == set()
