"""A study that keeps its members as arrays comes to what it comes to with a zip of each, to the byte."""

import copy
import shutil
from contextlib import chdir

import pytest
from ruamel.yaml import YAML
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from heredity.agents.kept import members_in
from heredity.agents.task import Task
from heredity.gate.record import read_gate
from heredity.inheritance.links import broken_links
from heredity.layout import Layout, vecnormalize_path
from heredity.pipeline.continuing import _survivors
from heredity.pipeline.verify import trained_members, verify
from heredity.report.best import write_best
from heredity.report.results import read_results
from heredity.study.load import load_study
from tests.cli.commands import typed
from tests.examples import TINY
from tests.here import hand_out, here, run, run_study

pytestmark = pytest.mark.study

KEPT = (".zip", ".npz", ".pkl")


def study(store):
    """Return a study whose members keep all that agents may: statistics, Adam's state, teachers, extensions."""
    content = copy.deepcopy(TINY) | {"lineages": 2}
    content["algorithm"]["normalize"] = {"observation": True, "reward": True}
    content["algorithm"]["hyperparameters"] = {"n_steps": 16, "batch_size": 16, "n_epochs": 1}
    content["train"] |= {"store": store}
    content["evaluate"] |= {"episodes": 4, "zero_shot_episodes": 1}
    content["inherit"] |= {"optimizer": "keep", "immigrants": 1}
    content["generations"]["first"]["gate"] = {"when_none": "extend", "extend_budget": 32, "rule": "mean"}
    taught = {"operator": "kickstart", "optimizer": "reset", "immigrants": 0}
    content["generations"]["third"] = content["generations"]["second"] | {"after": "second", "inherit": taught}
    for node in content["generations"].values():
        node["budget"] = 32
    return content


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Return the folders of a study that was run in either form."""
    folders = {store: tmp_path_factory.mktemp(store) for store in ("zips", "arrays")}
    for store, folder in folders.items():
        YAML().dump(study(store), folder / "params.yaml")
        with chdir(folder), pytest.MonkeyPatch.context() as patch:
            patch.setenv("WANDB_MODE", "disabled")
            run_study()
    return folders


def files(folder, kept):
    """Return what lies in a folder, models and what lies beside them or all else."""
    paths = [path for path in folder.rglob("*") if path.is_file() and (path.suffix in KEPT) == kept]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_all_but_the_models_is_the_same(both):
    for tree in ("lineage", "report"):
        ours, theirs = (files(both[store] / tree, kept=False) for store in ("arrays", "zips"))
        assert ours == theirs
        assert ours


def test_another_form_trains_nobody_anew(both, tmp_path, monkeypatch):
    folder = shutil.copytree(both["zips"], tmp_path / "copy")
    YAML().dump(study("arrays"), folder / "params.yaml")
    monkeypatch.setattr("heredity.pipeline.member_store.train", None)
    monkeypatch.chdir(folder)
    hand_out()
    run("train", "first")
    run("control", "second")
    for arm in ("first", "second/control/scratch"):
        ours, theirs = (files(each / "lineage" / arm, kept=True) for each in (folder, both["arrays"]))
        assert ours["models/agents.npz"] == theirs["models/agents.npz"]


def test_no_member_has_a_file_of_its_own(both):
    kept = files(both["arrays"] / "lineage", kept=True)
    assert {name.rpartition("/")[2] for name in kept} == {
        *("agents.npz", "agents.1.npz", "episodes.npz", "vecnormalize.npz")
    }  # two files where some heirs have Adam's state and some have none
    assert "third/heirs/parents/agents.npz" in kept


@pytest.mark.parametrize(
    ("words", "arm"),
    [
        (("first", "--all"), "first/extension"),
        (("second", "--all"), "second"),
        (("second", "--control", "scratch"), "second/control/scratch"),
    ],
)
def test_exported_members_are_the_zips_that_others_have(both, tmp_path, words, arm):
    theirs = files(both["zips"] / "lineage" / arm / "models", kept=True)
    theirs = {name: content for name, content in theirs.items() if "episodes" not in name}
    for store, folder in both.items():
        out = tmp_path / store
        place = out / words[0] / ("scratch" if "scratch" in words else "")
        assert typed(folder, "export", *words, str(out)) == f"4 models written to {place}\n"
        assert files(place, kept=True) == theirs
    assert {name.rpartition(".")[2] for name in theirs} == {"zip", "npz", "pkl"}


def test_a_survivor_is_exported_and_loads(both, tmp_path):
    survivors = read_gate(Layout(both["arrays"] / "lineage").gate("second")).survivors
    typed(both["arrays"], "export", "second", str(tmp_path))
    assert members_in(tmp_path / "second") == sorted(survivors)
    model = tmp_path / "second" / f"{survivors[0]}.zip"
    assert typed(both["arrays"], "export", f"second/{survivors[0]}", str(tmp_path)) == f"written to {model}\n"
    envs = VecNormalize.load(str(vecnormalize_path(model)), DummyVecEnv([Task("CartPole-v1").make]))
    assert PPO.load(model, envs, device="cpu").predict(envs.reset())[0].shape == (1,)


def test_a_lineage_is_exported_alone(both, tmp_path):
    survivors = read_gate(Layout(both["arrays"] / "lineage").gate("second")).survivors
    for words, names in (
        (("second/l01",), sorted(name for name in survivors if name.startswith("l01/"))),
        (("second/l01", "--all"), ["l01/m00", "l01/m01"]),
        (("second/l01", "--control", "scratch"), ["l01/m00", "l01/m01"]),
    ):
        place = tmp_path / "".join(words)
        typed(both["arrays"], "export", *words, str(place))
        assert members_in(place / "second" / ("scratch" if "scratch" in words else "")) == names


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("second/l09/m00",), "expected a member from l00/m00 to l01/m01, or a lineage from l00 to l01, got 'l09/m00'"),
        (("second", "--control", "other"), "--control: expected one of scratch, got 'other'"),
        (("first", "--control", "scratch"), "--control: expected a generation with a control (second), got first"),
        (("fourth",), "fourth"),
        (("second/l00/m00", "--all"), "--all: expected a generation or a lineage, got second/l00/m00"),
    ],
)
def test_nobody_is_exported_for_another_name(both, tmp_path, words, said):
    for folder in both.values():
        assert said in typed(folder, "export", *words, str(tmp_path), code=2)


def test_pedigree_tree_and_verify_know_both_forms(both, monkeypatch):
    monkeypatch.setattr("heredity.pipeline.verify.map_in_processes", here)
    told = []
    for folder in both.values():
        with chdir(folder):
            assert broken_links() == []
            layout, loaded = Layout(), load_study("params.yaml")
            trainees = trained_members(layout, loaded)
            chosen = [each for each in trainees if each.member == "l01/m01"]
            verdicts = verify(layout, chosen)
            assert all(verdict.holds for verdict in verdicts)
            told.append((trainees, [verdict.recorded for verdict in verdicts], typed(".", "tree")))
    assert told[0] == told[1]


def test_the_best_are_the_same_files(both):
    told = []
    for folder in both.values():
        with chdir(folder):
            layout = Layout()
            write_best(read_results(load_study("params.yaml"), "", layout), layout)
            told.append(files(layout.best, kept=True) | files(layout.best, kept=False))
    assert told[0] == told[1]
    assert told[0].keys() >= {"third.zip", "third.normalizer.npz", "third/vecnormalize.pkl"}


def test_another_study_goes_on_from_either(both):
    agents = [_survivors(Layout(folder / "lineage"), "third", 1) for folder in both.values()]
    assert agents[0] == agents[1]
    assert agents[0]
