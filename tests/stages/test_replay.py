"""Replay buffers as the stages hand them on: stored for children alone, hashed, refused where there are none."""

import copy
import json

import pytest
from ruamel.yaml import YAML

from heredity.errors import AgentError, StudyError
from heredity.params import load_study
from heredity.pedigree import broken_links, read_links
from stages import control, evaluate, founders, gate, inherit, train
from stages import study as study_stage
from stages.common import LINEAGE
from tests.conftest import TINY
from tests.stages.test_inheritance import here

DQN = {"name": "DQN", "n_envs": 2, "hyperparameters": {"learning_starts": 40, "buffer_size": 200}}


def written(**changed):
    content = copy.deepcopy(TINY) | {"algorithm": DQN, **changed}
    content["generations"]["second"]["inherit"] = {"replay_buffer": "keep", "immigrants": 1}
    with open("params.yaml", "w") as file:  # noqa: PTH123
        YAML().dump(content, file)
    return load_study()


def run(study, name):
    inherit.main(study, name)
    train.main(study, name, spread=here)
    evaluate.main(study, name, spread=here)
    gate.main(study, name)


def test_a_buffer_goes_from_parent_to_child_where_the_child_keeps_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "disabled")
    study = written()
    study_stage.main(study)
    given = [json.loads((LINEAGE / "study" / name / "train.json").read_text()) for name in ("first", "second")]
    assert [one["keeps_replay"] for one in given] == [True, False]
    founders.main(study)
    run(study, "first")
    run(study, "second")
    control.main(study, "second", spread=here)
    heir, immigrant = read_links(LINEAGE / "second")
    stored = {str(path.relative_to(LINEAGE)) for path in LINEAGE.rglob("*.replay.npz")}
    assert stored == {"first/models/m00.replay.npz", "first/models/m01.replay.npz", "second/heirs/m00.replay.npz"}
    parents, begun = (LINEAGE / "first" / "models", LINEAGE / "second" / "heirs" / "m00.replay.npz")
    assert begun.read_bytes() == (parents / f"{heir.parents[0]}.replay.npz").read_bytes()
    assert (heir.parts["replay_buffer"], immigrant.upbringing["replay_hash"]) == ("keep", None)
    assert broken_links(LINEAGE) == []
    begun.write_bytes((parents / "m01.replay.npz").read_bytes() + b"more")
    assert "m00.replay.npz" in broken_links(LINEAGE)[0]
    (parents / f"{heir.parents[0]}.replay.npz").unlink()
    with pytest.raises(AgentError, match=r"replay\.npz: expected a replay buffer beside the model, got none"):
        inherit.main(study, "second")


def test_founders_bring_no_buffer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyError, match=r"first\.inherit\.replay_buffer: expected reset, because founders bring none"):
        written(founders=["one.zip"], inherit={"replay_buffer": "keep"})
