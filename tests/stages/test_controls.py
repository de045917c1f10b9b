"""Several controls of one generation: one stage trains them, each is compared, and what they share is trained once."""

import copy
import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from heredity.cli.verify import verify
from heredity.errors import HeredityError
from heredity.gate.record import read_gate
from heredity.layout import Layout
from heredity.pipeline import member_store
from heredity.report.tracking.stored import stored_runs
from heredity.study.load import load_study
from heredity.training.curves import read_curves
from heredity.transfer.evidence import stored_evidence
from heredity.transfer.plan import comparison_plan
from tests.examples import TINY
from tests.here import hand_out, here, run, run_study

pytestmark = pytest.mark.study

CONTROLS = {
    "scratch": {"generations": ["second"]},
    "longer": {"generations": ["second"], "budget": "ancestors"},
    "best": {"generations": ["second"], "budget": "ancestors", "select": True},
}
CONTROL = Layout().controls("second")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return the directory of a study that has run."""
    place = tmp_path_factory.mktemp("controls")
    write(place, CONTROLS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("WANDB_MODE", "disabled")
        run_study()
    return place


@pytest.fixture
def within(place, monkeypatch):
    monkeypatch.chdir(place)
    monkeypatch.setenv("WANDB_MODE", "disabled")
    monkeypatch.setattr("heredity.pipeline.verify.map_in_processes", here)


@pytest.fixture
def trained(monkeypatch):
    """Return the arms that have to be trained from now on, as they are."""
    arms, train = [], member_store.train

    def spy(shard, **tools):
        arms.append(shard.arm)
        return train(shard, **tools)

    monkeypatch.setattr(member_store, "train", spy)
    return arms


def write(place, controls, **changes):
    study = {**copy.deepcopy(TINY), **changes}
    del study["control"]
    with (place / "params.yaml").open("w") as file:
        YAML().dump({**study, "controls": controls}, file)


def models(name):
    return {path.name: path.read_bytes() for path in Layout().control("second", name).models.iterdir()}


@pytest.mark.usefixtures("within")
def test_every_control_lies_in_a_folder_of_its_own_and_a_generation_without_one_says_so():
    assert {path.name for path in CONTROL.iterdir()} == {"scratch", "longer", "best", "controls.json"}
    assert [path.name for path in Layout().controls("first").iterdir()] == ["controls.json"]
    assert json.loads(Layout().control_names("first").read_text()) == []
    assert json.loads(Layout().control_names("second").read_text()) == ["scratch", "longer", "best"]


@pytest.mark.usefixtures("within")
def test_a_gate_chooses_from_the_control_that_asks_for_it_by_the_generations_rule():
    assert [name for name in CONTROLS if Layout().control("second", name).gate.exists()] == ["best"]
    told = json.loads(Layout().control("second", "best").gate.read_text())
    ours = json.loads(Layout().gate("second").read_text())
    assert [told[key] for key in ("rule", "confidence", "threshold")] == [
        ours[key] for key in ("rule", "confidence", "threshold")
    ]
    assert told["seeds"] == ours["seeds"]
    assert len(told["survivors"]) == 1
    transfer = stored_evidence(comparison_plan(load_study()), Layout()).transfers["second"]
    assert [each.time_to_threshold.control.of for each in (transfer, *transfer.beside.values())] == [2, 2, 1]


@pytest.mark.usefixtures("within")
def test_a_control_that_learns_as_another_trains_nobody_and_neither_does_what_was_there(trained):
    assert models("longer") == models("best")
    write(Path(), {**CONTROLS, "again": {"generations": ["second"]}})
    hand_out()
    run("control", "second")
    assert trained == []
    assert models("again") == models("scratch")
    write(Path(), {"scratch": CONTROLS["scratch"]})  # without the gate's code, which trains nobody
    hand_out()
    run("control", "second")
    assert {path.name for path in CONTROL.iterdir()} == {"scratch", "controls.json"}
    write(Path(), CONTROLS)
    hand_out()
    run("control", "second")
    assert trained == []


def test_the_shortest_control_is_trained_first_and_a_longer_one_looks_where_that_ended(
    tmp_path, monkeypatch, trained, caplog
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "disabled")
    write(tmp_path, {name: CONTROLS[name] for name in ("longer", "scratch")})
    hand_out()
    run("control", "second")
    assert trained == ["control/scratch", "control/longer"]
    # CartPole's episodes are too long for a checkpoint so soon; tests/pipeline/test_member_store.py has some
    assert "second: control/longer m01: trained anew for 256 steps, because the shorter training left" in caplog.text
    ends = {name: read_curves(Layout().control("second", name).curves)["m01"] for name in ("scratch", "longer")}
    assert {name: curve[-1].env_steps for name, curve in ends.items()} == {"scratch": 128, "longer": 256}


@pytest.mark.slow
def test_a_control_is_chosen_from_by_the_same_threshold_where_a_reference_gives_it(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "disabled")
    reference = {"reference": str(place / "lineage/second/models/m01.zip"), "fraction": 0.5, "when_none": "stop"}
    write(
        tmp_path,
        {"best": {**CONTROLS["best"], "generations": ["first"]}},
        gate=reference,
        evaluate={**TINY["evaluate"], "null_policies": True},
    )
    hand_out()
    run("founders")
    for stage in ("inherit", "train", "evaluate", "extend", "gate", "control"):
        run(stage, "first")
    ours, its = (read_gate(path) for path in (Layout().gate("first"), Layout().control("first", "best").gate))
    assert ours.threshold == its.threshold
    assert its.survivors  # somebody, although the study would stop


@pytest.mark.usefixtures("within")
def test_a_member_of_a_control_comes_out_again_by_the_controls_name(capsys):
    with pytest.raises(HeredityError, match="expected one of the controls scratch, longer, best of second, got none"):
        verify("second", ["m01"], control=True)
    with pytest.raises(HeredityError, match="expected a generation with a control, got 'first'"):
        verify("first", control=True)
    with pytest.raises(HeredityError, match="expected a member from m00 to m01, got 'longer'"):
        verify("second", ["m01", "longer"])
    verify("second", ["m01", "longer"], control=True)
    verify("second", ["scratch"], control=True)
    said = [line.split(" (")[0] for line in capsys.readouterr().out.splitlines()]
    assert said == [
        "second/m01 of the control longer: the same bytes",
        "second/m00 of the control scratch: the same bytes",
        "second/m01 of the control scratch: the same bytes",
    ]


@pytest.mark.usefixtures("within")
def test_every_member_of_every_control_is_published():
    runs = list(stored_runs(load_study(), Layout()))
    names = {run.name for run in runs if run.job_type == "control"}
    assert names == {f"second-control-{control}-m0{index}" for control in CONTROLS for index in range(2)}
