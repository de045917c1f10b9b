"""Members that fail while they train: marked, counted, and no reason for the others to stop."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from heredity.gate.record import read_gate
from heredity.inheritance.pedigree import stored_births
from heredity.layout import Layout
from heredity.seeds import Seeds
from heredity.study.load import load_study
from heredity.transfer.record import read_transfers
from tests.cli.commands import typed
from tests.examples import CHECKOUT, TINY
from tests.here import hand_out, run, run_study
from tests.training.examples import first_episode

pytestmark = pytest.mark.study

BREAKING = """
import gymnasium

class Breaking(gymnasium.Wrapper):
    def reset(self, *, seed=None, options=None):
        if seed in {doomed}:
            raise RuntimeError("motor burnt")
        return super().reset(seed=seed, options=options)
"""


EXITING = """
import os
import sys
import gymnasium

class Exiting(gymnasium.Wrapper):
    def step(self, action):
        if os.environ.get("EXITS") == "step":
            sys.exit(0)
        return super().step(action)

    def close(self):
        if os.environ.get("EXITS") == "close":
            sys.exit(0)
        super().close()
"""


def study(population):
    content = copy.deepcopy(TINY)
    content["population"] = content["train"]["shard"] = population
    content["generations"]["second"]["env"] = {"id": "CartPole-v1", "wrappers": ["breaking.Breaking"]}
    return content


def training_seeds(read, member):
    """Return the seeds of a member of the second generation and of the one of its control that is called alike."""
    seeds = Seeds(read.seed, read.seed_name("second"))
    return [each.member(member, "train") for each in (seeds, seeds.of_arm("control"))]


def test_a_member_that_fails_is_on_record_and_the_generation_goes_on(tmp_path, write_study, monkeypatch):
    read = load_study(write_study(study(3)))
    doomed = {first_episode(seed, copy=0) for seed in training_seeds(read, "m01")}
    (tmp_path / "breaking.py").write_text(BREAKING.replace("{doomed}", str(doomed)))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "disabled")
    run_study()
    failure = json.loads((tmp_path / "lineage/second/models/failures.json").read_text())
    assert [row["member"] for row in failure] == ["m01"]
    assert "expected a reset that returns, got RuntimeError: motor burnt on seed" in failure[0]["reason"]
    assert failure[0]["env_steps"] == 0
    assert not (tmp_path / "lineage/second/models/m01.zip").exists()
    assert not (tmp_path / "lineage/first/models/failures.json").exists()
    decision = json.loads((tmp_path / "lineage/second/gate.json").read_text())
    assert set(decision["candidates"]) == {"m00", "m02"}
    assert (
        len(list(Path(".heredity/members").glob("*.zip"))) == 3 + 2 + 2
    )  # of first, second and its control: who failed is not kept
    transfer = json.loads((tmp_path / "report/transfer.json").read_text())["second"]
    assert transfer["notes"][-1].startswith("m01 of the control scratch failed in training: ")
    assert transfer["time_to_threshold"]["control"]["of"] == 3
    assert json.loads((tmp_path / "report/spending.json").read_text())["steps"] == 3 * 128 + 2 * 128 + 2 * 256
    said = typed(tmp_path, *failure[0]["command"].split()[1:], code=2)
    assert said.startswith("error: second/m01 failed after 0 steps: CartPole-v1: expected a reset that returns, got")


@pytest.mark.slow
def test_an_environment_that_exits_with_0_ends_its_members_and_not_the_stage(tmp_path, write_study, monkeypatch):
    content = copy.deepcopy(TINY)
    content["generations"] = {"first": content["generations"]["first"]}
    content["generations"]["first"]["env"] = {"id": "CartPole-v1", "wrappers": ["exiting.Exiting"]}
    content["control"]["generations"] = []
    write_study(content)
    (tmp_path / "exiting.py").write_text(EXITING)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    hand_out()
    run("founders")
    run("inherit", "first")
    path = {"PYTHONPATH": f"{CHECKOUT}:{tmp_path}"}
    command = [sys.executable, "-m", "stages.train", "first"]
    for call in ("step", "close"):
        variables = {**os.environ, **path, "EXITS": call}
        ended = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        last = ended.stderr.splitlines()[-1]
        assert ended.returncode == 2
        assert last.startswith(
            "error: first: expected at least one member that lives through its training, got none of 2"
        )
        assert f"failed: CartPole-v1: expected a {call} that returns, got SystemExit: 0" in last
        assert not (tmp_path / "lineage/first/models").exists()


def test_a_lineage_of_which_nobody_lives_ends_and_counts_as_not_having_learned(tmp_path, write_study, monkeypatch):
    content = study(2) | {"lineages": 2}
    content["generations"]["second"]["env"]["wrappers"] = ["breaking_all.Breaking"]  # a module is imported once
    content["generations"]["third"] = {"after": "second", "env": "CartPole-v1", "threshold": 20.0, "budget": 64}
    read = load_study(write_study(content))
    seeds = Seeds(read.seed, read.seed_name("second"))
    doomed = {first_episode(seeds.member(f"l01/{name}", "train"), copy=0) for name in ("m00", "m01")}
    (tmp_path / "breaking_all.py").write_text(BREAKING.replace("{doomed}", str(doomed)))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "disabled")
    run_study()
    gate = read_gate(Layout().gate("second"))
    assert gate.lineages["l01"].ended == "none of its 2 members lived through second"
    assert set(gate.candidates) == {"l00/m00", "l00/m01"}
    assert stored_births(Layout(), "third").lost == {"l01": "none of its 2 members lived through second"}
    transfer = read_transfers(Layout().transfer)["second"]
    steps = transfer.time_to_threshold
    assert (steps.inherited.of, steps.restricted_mean.inherited.n) == (4, 2)
    assert "1 of 2 inherited lineages have no curve: returns and areas are of the others" in transfer.notes
