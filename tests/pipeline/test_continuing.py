"""A study goes on from whom its last gate let through, whole or not at all."""

from pathlib import Path

import pytest

from heredity.agents.agent import fresh_agent, read_zipped
from heredity.agents.task import Task
from heredity.errors import HeredityError, StudyError
from heredity.layout import Layout, normalizer_path
from heredity.pipeline.continuing import continuation, write_continuation
from heredity.study.load import load_study, parse_study
from heredity.study.sections import Algorithm, Normalize
from tests.here import here
from tests.survivors import write_passed, write_survivors

PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 32})
SURVIVORS = ("l00/m01", "l00/m00", "l01/m00")


@pytest.fixture
def study(tiny, write_study, monkeypatch, tmp_path):
    """A study whose second generation has three survivors; return its text."""
    tiny["lineages"] = 2
    path = write_study(tiny)
    monkeypatch.chdir(tmp_path)
    agents = {name: fresh_agent(PPO, Task("CartPole-v1"), seed) for seed, name in enumerate(SURVIVORS)}
    write_survivors(Layout(), "second", agents)
    return path.read_text()


def begun(text, **asked):
    return continuation(text, "params.yaml", Layout(), **asked)


def test_the_best_survivor_of_every_lineage_is_a_founder_under_a_name_that_tells_its_content(study):
    agent = read_zipped(Layout().arm("second", "inherited").model("l00/m01"))
    founders = begun(study).founders
    assert next(iter(founders.values())) == agent
    assert [name.rpartition("-")[0] for name in founders] == ["founders/second-l00-m01", "founders/second-l01-m00"]
    assert next(iter(founders)) == f"founders/second-l00-m01-{agent.digest[:8]}.zip"
    assert parse_study(begun(study).text).founders == tuple(founders)
    assert [name.rpartition("-")[0] for name in begun(study, at_most=2).founders] == [
        "founders/second-l00-m01", "founders/second-l00-m00", "founders/second-l01-m00",
    ]  # fmt: skip


def test_what_is_written_can_run_and_statistics_go_along(study):
    normalized = PPO.model_copy(update={"normalize": Normalize(observation=True, reward=False)})
    agent = fresh_agent(normalized, Task("CartPole-v1"), 0)
    write_survivors(Layout(), "second", {"l00/m01": agent, "l01/m00": fresh_agent(PPO, Task("CartPole-v1"), 1)})
    text = study.replace("inherit:\n", "inherit:\n  observation_statistics: reset\n")
    Path("params.yaml").write_text(text)
    write_continuation(begun(text, at_most=1), Path("params.yaml"), here)
    first, second = load_study("params.yaml").founders
    assert read_zipped(first) == agent
    assert normalizer_path(Path(first)).is_file()
    assert not normalizer_path(Path(second)).exists()


def test_where_they_cannot_begin_the_study_nothing_is_left(study):
    text = study.replace("CartPole-v1", "Pendulum-v1")
    Path("params.yaml").write_text(text)
    with pytest.raises(StudyError, match=r"params\.yaml: "):
        write_continuation(begun(text), Path("params.yaml"), here)
    assert Path("params.yaml").read_text() == text
    assert not Path("founders").exists()


def test_another_environment_takes_the_place_of_the_last_ones_wherever_that_is_played(study):
    text = study.replace(
        "  second:\n", "  other: {after: first, env: Acrobot-v1, threshold: -100, budget: 64}\n  second:\n"
    )
    assert "other" in text
    nodes = parse_study(begun(text, generation="second", env=("mypkg.envs", "Mine-v1")).text)
    assert {name: node.env.id for name, node in nodes.generations.items()} == {
        "first": "Mine-v1", "other": "Acrobot-v1", "second": "Mine-v1",
    }  # fmt: skip
    assert nodes.imports == ("mypkg.envs",)


def test_it_goes_on_from_the_last_generation_that_has_a_control(study):
    text = study.replace(
        "  second:\n", "  other: {after: first, env: CartPole-v1, threshold: 20, budget: 64}\n  second:\n"
    )
    assert begun(text).generation == "second"
    with pytest.raises(
        HeredityError, match=r"lineage/other/gate\.json: expected what its gate decided, got none; type: dvc repro"
    ):
        begun(text, generation="other")
    with pytest.raises(HeredityError, match="expected a generation out of first, second, got 'third'"):
        begun(study, generation="third")


def test_nobody_to_go_on_from_is_said(study):
    Layout().arm("second", "inherited").model("l01/m00").unlink()
    with pytest.raises(
        HeredityError, match=r"l01/m00\.zip: expected the model of a survivor, got none; type: dvc pull"
    ):
        begun(study)
    write_passed(Layout(), "second", ())
    with pytest.raises(HeredityError, match="second: expected survivors to go on from, got none"):
        begun(study)
