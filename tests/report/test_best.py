"""What others take: the survivor that the gate ranks first, told by episodes that did not choose it."""

import json
from dataclasses import asdict

import pytest

from heredity.agents.agent import fresh_agent, write_agent
from heredity.agents.kept import kept_digest
from heredity.agents.task import Task
from heredity.errors import HeredityError
from heredity.files import write_bytes
from heredity.gate.record import Candidate, GateRecord
from heredity.layout import normalizer_path
from heredity.report.best import best_survivor, best_table, write_best
from heredity.study.sections import Algorithm, Normalize


def gate(**means):
    """A gate whose survivors come in this order, with these means."""
    names = {name.replace("_", "/"): mean for name, mean in means.items()}
    return GateRecord(
        "mean",
        survivors=tuple(names),
        candidates={name: Candidate(4, mean, 1.0, True, "") for name, mean in names.items()},
    )


def test_of_one_lineage_the_gates_first_and_of_several_firsts_the_one_it_saw_the_highest_mean_of():
    assert best_survivor(gate(m02=1.0, m01=2.0)) == "m02", "its order, which may be drawn or a test's, counts"
    assert best_survivor(gate(l00_m02=1.0, l00_m01=9.0, l01_m00=2.0, l02_m00=2.0)) == "l01/m00"
    assert best_survivor(GateRecord()) is None


@pytest.fixture
def survivor(written):
    """A finished study with the model of its last generation's first survivor; return where it lies."""
    written.write()
    model = written.layout.arm("second", "inherited").model("m00")
    normalized = Algorithm(name="PPO", n_envs=2, normalize=Normalize(observation=True, reward=False))
    write_agent(fresh_agent(normalized, Task("CartPole-v1"), 0), model)
    return model


def test_the_folder_holds_a_model_of_every_last_generation_and_says_what_it_is(written, survivor):
    results = written.read()
    write_best(results, written.layout)
    folder = written.layout.best
    assert sorted(path.name for path in folder.iterdir()) == ["best.json", "second.normalizer.npz", "second.zip"]
    assert (folder / "second.zip").read_bytes() == survivor.read_bytes()
    assert normalizer_path(folder / "second.zip").read_bytes() == normalizer_path(survivor).read_bytes()
    told = json.loads((folder / "best.json").read_text())
    outcome = results.outcomes[-1]
    assert list(told) == ["second"]
    confirmed = asdict(outcome.confirmations["m00"])
    assert told["second"]["confirmed"] == {name: value for name, value in confirmed.items() if name != "limits"}
    assert told["second"]["sha256"] == kept_digest(folder / "second.zip") == kept_digest(survivor)
    assert (told["second"]["member"], told["second"]["env"]["id"]) == ("m00", "CartPole-v1")


def test_the_page_has_a_row_per_model(written, survivor):
    table = best_table(written.read())
    assert [row[:2] for row in table.rows] == [("second.zip", "m00")]
    assert "101" in table.rows[0][2]


def test_what_was_there_before_goes_and_a_model_that_is_missing_is_said(written, survivor):
    write_bytes(written.layout.best / "first.zip", b"old")
    results = written.read()
    write_best(results, written.layout)
    assert not (written.layout.best / "first.zip").exists()
    survivor.unlink()
    with pytest.raises(
        HeredityError, match=r"m00\.zip: expected the model of a survivor, got none; type: dvc repro, or dvc pull"
    ):
        write_best(results, written.layout)
    assert (written.layout.best / "second.zip").exists(), "whole or not at all"
