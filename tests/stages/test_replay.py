"""Replay buffers as the stages hand them on: stored for children alone, hashed, refused where there are none."""

import copy
import json

import pytest
from ruamel.yaml import YAML

from heredity.errors import AgentError, StudyError
from heredity.inheritance.links import broken_links
from heredity.inheritance.pedigree import read_births
from heredity.layout import Layout
from heredity.pipeline.check import check_study
from heredity.study.load import load_study
from tests.examples import TINY
from tests.here import hand_out, run, run_generation

pytestmark = pytest.mark.study

LINEAGE = Layout().lineage

DQN = {"name": "DQN", "n_envs": 2, "hyperparameters": {"learning_starts": 40, "buffer_size": 200}}


def written(**changed):
    content = copy.deepcopy(TINY) | {"algorithm": DQN, **changed}
    content["generations"]["second"]["inherit"] = {"replay_buffer": "keep", "immigrants": 1}
    with open("params.yaml", "w") as file:  # noqa: PTH123
        YAML().dump(content, file)
    check_study(load_study())
    return hand_out()


def test_a_buffer_goes_from_parent_to_child_where_the_child_keeps_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "disabled")
    written()
    given = [json.loads(Layout().handout("train", name).read_text()) for name in ("first", "second")]
    assert [each["training"]["keeps_replay"] for each in given] == [True, False]
    run("founders")
    run_generation("first")
    run_generation("second")
    run("control", "second")
    heir, immigrant = read_births(Layout().pedigree("second")).heirs
    stored = {str(path.relative_to(LINEAGE)) for path in LINEAGE.rglob("*.replay.npz")}
    assert stored == {"first/models/m00.replay.npz", "first/models/m01.replay.npz", "second/heirs/m00.replay.npz"}
    parents, begun = (LINEAGE / "first" / "models", LINEAGE / "second" / "heirs" / "m00.replay.npz")
    assert begun.read_bytes() == (parents / f"{heir.parents[0]}.replay.npz").read_bytes()
    assert (heir.parts["replay_buffer"], immigrant.warm_start.replay_hash) == ("keep", None)
    assert broken_links(LINEAGE) == []
    begun.write_bytes((parents / "m01.replay.npz").read_bytes() + b"more")
    assert "m00.replay.npz" in broken_links(LINEAGE)[0]
    (parents / f"{heir.parents[0]}.replay.npz").unlink()
    with pytest.raises(AgentError, match=r"replay\.npz: expected a replay buffer beside the model, got none"):
        run("inherit", "second")


def test_founders_bring_no_buffer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyError, match=r"first\.inherit\.replay_buffer: expected reset, because founders bring none"):
        written(founders=["one.zip"], inherit={"replay_buffer": "keep"})
