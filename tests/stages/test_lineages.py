"""A study that repeats its whole lineage: what is drawn, decided and kept within each, and how more are added."""

import copy
import io

import pytest
from rich.console import Console

from heredity.agents.agent import fresh_agent, write_agent
from heredity.agents.kept import members_in
from heredity.agents.task import Task
from heredity.evaluation.returns import read_evaluation
from heredity.gate.approval import Approval, evaluation_digest, write_answer
from heredity.gate.record import read_gate
from heredity.inheritance.links import broken_links
from heredity.inheritance.pedigree import read_pedigree, stored_births, why_ended
from heredity.layout import APPROVALS, Layout, control_arm
from heredity.pipeline import member_store
from heredity.pipeline.verify import TrainedMember, verify
from heredity.report.terminal import drawn_tree
from heredity.study.lineages import lineage_of
from heredity.study.sections import Algorithm
from heredity.training.curves import read_curves
from heredity.transfer.continual import read_continual
from heredity.transfer.evidence import stored_evidence
from heredity.transfer.plan import comparison_plan
from heredity.transfer.record import read_transfers
from tests.cli.commands import typed
from tests.examples import TINY
from tests.here import hand_out, run, run_generation, run_study

pytestmark = pytest.mark.study

LAYOUT = Layout()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Stand in an empty directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "disabled")


def models(generation, arm="inherited", lineage=""):
    """Return the bytes of one lineage's models by what they are called in it."""
    folder = LAYOUT.arm(generation, arm).models
    return {
        name.rpartition("/")[2]: (folder / f"{name}.zip").read_bytes()
        for name in members_in(folder)
        if lineage_of(name) == lineage
    }


@pytest.fixture
def trained(monkeypatch):
    """Return a list that fills with the addresses of members that are trained."""
    names, train = [], member_store.train

    def spy(shard, **tools):
        names.extend(member.name for member in shard.members)
        return train(shard, **tools)

    monkeypatch.setattr(member_store, "train", spy)
    return names


def test_more_lineages_keep_the_bytes_of_the_first_train_none_of_it_and_draw_others(place, write_study, trained):
    study = copy.deepcopy(TINY)
    run_study(write_study(study))
    trained.clear()
    alone = {arm: models("second", arm) for arm in ("inherited", control_arm("scratch"))}
    assert all(len(members) == 2 for members in alone.values())
    loaded = run_study(write_study(study | {"lineages": 2}))
    assert set(map(lineage_of, trained)) == {"l01"}
    for arm, before in alone.items():
        assert models("second", arm, "l00") == before
        others = models("second", arm, "l01")
        assert others.keys() == before.keys()
        assert not set(others.values()) & set(before.values())
    births = read_pedigree().births
    assert {lineage_of(member) for _, member in births} == {"l00", "l01"}
    for (_, member), birth in births.items():
        assert {lineage_of(parent) for parent in birth.parents} <= {lineage_of(member)}
    assert broken_links() == []
    stored = read_transfers(LAYOUT.transfer)["second"]
    plan = comparison_plan(loaded)
    assert stored_evidence(plan, LAYOUT, window=100).transfers["second"].to_dict() == stored.to_dict()
    assert stored_evidence(plan, LAYOUT, window=2).transfers["second"].area_difference != stored.area_difference
    assert "2 episodes" in typed(".", "show", "--window", "2")


FAST = {"n_steps": 16, "batch_size": 16, "n_epochs": 1, "policy_kwargs": {"net_arch": [4]}}


def study(gate=None, first=None, **changes):
    """Return a study of three lineages whose members hardly learn; gate, first: of the first generation."""
    content = copy.deepcopy(TINY) | {
        "lineages": 3,
        "control": {"generations": ["second"], "budget": "matched"},
        **changes,
    }
    content["algorithm"]["hyperparameters"] = FAST
    content["evaluate"] = {"episodes": 4, "zero_shot_episodes": 1, "null_policies": False}
    for node in content["generations"].values():
        node["budget"] = 32
    content["generations"]["first"] |= {**({"gate": gate} if gate else {}), **(first or {})}
    return content


def middling(lineages=3, population=2):
    """Return a threshold that somebody passes in some lineages alone, by what members return that hardly learn."""
    returns = read_evaluation(LAYOUT.arm("first", "inherited").evaluation, "report")
    best = sorted(max(sum(returns[f"l0{n}/m0{m}"]) / 4 for m in range(population)) for n in range(lineages))
    assert best[0] < best[-1]
    return (best[0] + best[-1]) / 2


def first_generation(write_study, content):
    """Run the first generation of a study, and return it with a threshold that some lineages do not reach."""
    hand_out(write_study(content))
    run("founders")
    run_generation("first")
    content["generations"]["first"]["threshold"] = middling()
    hand_out(write_study(content))
    return content


def test_a_lineage_that_nobody_passes_ends_alone_and_counts_as_not_having_learned(place, write_study):
    content = first_generation(write_study, study(gate={"rule": "mean", "when_none": "stop"}))
    loaded = hand_out(write_study(content))
    for stage in ("gate", "confirm"):
        run(stage, "first")
    gate = read_gate(LAYOUT.gate("first"))
    lost = {name: each.ended for name, each in gate.lineages.items() if each.ended}
    assert 0 < len(lost) < 3
    assert set(lost.values()) == {"none of its 2 members passed the gate of first"}
    content["generations"]["first"]["gate"]["approval"] = "required"
    loaded = hand_out(write_study(content))
    APPROVALS.write_text("{}")
    evaluation = evaluation_digest(LAYOUT.arm("first", "inherited").evaluation)
    write_answer("first", Approval(answer="promote", by="Ada", evaluation=evaluation))
    run("gate", "first")
    approved = read_gate(LAYOUT.gate("first"))
    assert {name: each.ended for name, each in approved.lineages.items() if each.ended} == lost
    run_generation("second")
    births = stored_births(LAYOUT, "second")
    assert births.lost == lost
    assert {lineage_of(birth.child) for birth in births.heirs} == {"l00", "l01", "l02"} - lost.keys()
    run("control", "second")
    run("compare")
    transfer = read_transfers(LAYOUT.transfer)["second"]
    steps = transfer.time_to_threshold
    assert transfer.unit == "lineages"
    assert (steps.inherited.of, steps.control.of) == (6, 6)
    assert (steps.restricted_mean.inherited.n, transfer.jumpstart.n) == (3, 3 - len(lost) + 3)
    assert any(note.startswith(f"{len(lost)} of 3 inherited lineages ended before") for note in transfer.notes)
    drawn = Console(width=200, record=True, file=io.StringIO())
    drawn.print(drawn_tree(loaded, read_pedigree(), {"first": gate}, {}))
    text = drawn.export_text()
    assert all(f"{name}\n" in text.replace(" ", "") or name in text for name in lost)
    assert text.count("none of its 2 members passed the gate of first") == len(lost)


def test_where_nobody_passes_in_any_lineage_the_study_ends(place, write_study):
    content = study(gate={"rule": "mean", "when_none": "stop"}, first={"threshold": 400.0})
    run_study(write_study(content))
    assert (
        why_ended(LAYOUT, "second") == "the study ended at first, where none of 6 members in 3 lineages passed the gate"
    )
    assert read_transfers(LAYOUT.transfer) == {}


def test_a_lineage_that_nobody_passes_is_extended_alone(place, write_study):
    gate = {"rule": "mean", "when_none": "extend", "extend_budget": 32}
    content = study(gate=gate)
    first_generation(write_study, content)
    before = {lineage: models("first", lineage=lineage) for lineage in ("l00", "l01", "l02")}
    run("extend", "first")
    run("gate", "first")
    gate = read_gate(LAYOUT.gate("first"))
    asked = gate.extension.lineages
    assert 0 < len(asked) < 3
    for lineage, members in before.items():
        after = models("first", "extension", lineage)
        assert after.keys() == members.keys()
        assert (after == members) == (lineage not in asked)
    curves = read_curves(LAYOUT.arm("first", "extension").curves)
    assert {lineage_of(name) for name, curve in curves.items() if curve[-1].env_steps > 32} == set(asked)
    roots = {name: each.seeds.root for name, each in gate.lineages.items()}
    assert len(set(roots.values())) == 3
    assert {name for name, each in gate.lineages.items() if each.fallback == "best"} <= set(asked)
    assert {lineage_of(name) for name in gate.survivors} == {"l00", "l01", "l02"}
    run_generation("second")


def test_a_population_of_one_is_fine_tuned(place, write_study):
    content = study(population=1, lineages=2, continual={"episodes": 2})
    run_study(write_study(content))
    assert list(read_gate(LAYOUT.gate("second")).candidates) == ["l00/m00", "l01/m00"]
    births = read_pedigree().of("second")
    assert {name: birth.parents for name, birth in births.items()} == {
        "l00/m00": ("l00/m00",), "l01/m00": ("l01/m00",)
    }  # fmt: skip
    transfer = read_transfers(LAYOUT.transfer)["second"]
    assert transfer.test.method.endswith("one seeded member per lineage and arm")
    matrix = read_continual(LAYOUT.continual)
    assert matrix.nodes["second"].units == {"l00/m00": "l00", "l01/m00": "l01"}


def test_founders_are_everybodys_and_their_heirs_independent(place, write_study):
    agent = fresh_agent(Algorithm(name="PPO", n_envs=2, hyperparameters=FAST), Task("CartPole-v1"), 5)
    write_agent(agent, "walker.zip")
    content = study(founders=["walker.zip"], control={"generations": ["first"], "budget": "matched"})
    del content["generations"]["second"]
    run_study(write_study(content))
    assert {birth.parents for birth in read_pedigree().of("first").values()} == {("f00",)}
    transfer = read_transfers(LAYOUT.transfer)["first"]
    assert (transfer.unit, transfer.parents, transfer.jumpstart.n) == ("members", 1, 12)
    assert transfer.test.p is not None


@pytest.mark.slow
def test_a_member_of_a_lineage_is_verified_by_its_address(place, write_study):
    run_study(write_study(study(lineages=2)))
    chosen = [
        TrainedMember("second", "inherited", "l01/m01"),
        TrainedMember("second", control_arm("scratch"), "l01/m00"),
    ]
    assert all(verdict.holds for verdict in verify(LAYOUT, chosen))
