"""What ranking donors took, and what no stage records of it."""

import json
from dataclasses import replace

import pytest

from heredity.errors import AgentError
from heredity.inheritance.birth_files import write_heirs
from heredity.inheritance.heirs import inherit
from heredity.inheritance.pedigree import read_births
from heredity.inheritance.ranking import Ranking, ranking_steps
from heredity.layout import Layout
from heredity.study.inherit_rule import InheritRule
from tests.inheritance.examples import CARTPOLE, PPO, A
from tests.transfer.test_record import put

RETURNS = {"l01/m03": 0.5, "l01/m00": 0.25, "l01/m01": 0.25, "l01/m02": None}
RANKING = Ranking("l01", 20, RETURNS, 1234, (("l01/m00", "l01/m01"),), {"l01/m01": 0.125})


@pytest.fixture
def path(tmp_path):
    """Return the pedigree of two heirs whose donors were ranked."""
    layout = Layout(tmp_path)
    heirs = inherit(
        {"l01/m03": A}, CARTPOLE, InheritRule(immigrants=1), population=2, seed=0, algorithm=PPO, lineage="l01"
    )
    write_heirs(layout, "second", "first", heirs, rankings=[RANKING])
    return layout.pedigree("second")


def test_rankings_are_read_as_they_were_written_and_a_pedigree_without_any_has_none(path):
    assert read_births(path).rankings == (RANKING,)
    content = json.loads(path.read_text())
    assert list(content["rankings"][0]["returns"]) == list(RETURNS)
    del content["rankings"]
    path.write_text(json.dumps(content))
    assert read_births(path).rankings == ()


def test_founders_are_candidates_in_every_lineage():
    assert Ranking("l01", 20, {"f00": 1.0, "f01": None}, 30, fresh={"l01/m01": 0.5}).trouble == (
        "expected at least 40 steps, got 30"
    )
    assert Ranking("l01", 20, {"f00": 1.0, "f01": None}, 30).trouble is None


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("0.lineage", "../l01", r"rankings\.0\.lineage: String should match pattern"),
        ("0.lineage", "l02", r"rankings of l02: expected candidates of its own, got l01/m03"),
        ("0.episodes", -1, r"rankings\.0\.episodes: Input should be greater than or equal to 0"),
        ("0.returns", {"a b": 1.0}, r"rankings\.0\.returns\.a b"),
        ("0.returns", {"l01/m00": "1"}, r"rankings\.0\.returns\.l01/m00.*: Input should be a valid number"),
        ("0.returns", {"l01/m00": 1e200}, r"rankings\.0\.returns\.l01/m00.*: Input should be less than or equal to"),
        ("0.returns", {"l01/m00": 0.25}, r"rankings of l01: expected draws among those that were ranked, got l01/m01"),
        ("0.env_steps", 79, r"rankings of l01: expected at least 80 steps, got 79"),
        ("0.episodes", 0, r"rankings of l01: expected no steps, got 1234"),
        ("0.drawn", [["l01/m03", "l01/m00"]], r"rankings of l01: expected draws among candidates of equal returns"),
        ("0.drawn", [["l01/m00", "l01/m00"]], r"rankings of l01: expected draws among candidates of equal returns"),
        ("0.fresh", {"m01": 0.1}, r"rankings of l01: expected fresh members of its own, got m01"),
        ("", [{"lineage": "l02", "episodes": 0, "returns": {}, "env_steps": 0}], r"with heirs, got l02"),
        ("", [{"lineage": "l01", "episodes": 0, "returns": {}, "env_steps": 0}] * 2, r"one ranking of .*, got l01"),
    ],
)
def test_a_ranking_that_no_stage_records_is_refused_in_one_line(path, key, value, message):
    content = json.loads(path.read_text())
    path.write_text(json.dumps(put(content, f"rankings.{key}".strip("."), value)))
    with pytest.raises(AgentError, match=message) as refusal:
        read_births(path)
    assert "\n" not in str(refusal.value)


def test_what_ranking_took_is_shared_equally_by_the_heirs_of_its_lineage():
    heirs = ["l00/m00", "l00/m01", "l01/m00", "l01/m01", "l01/m02"]
    shares = ranking_steps([RANKING, replace(RANKING, lineage="l00", env_steps=7)], heirs)
    assert shares == {"l00/m00": 4, "l00/m01": 3, "l01/m00": 412, "l01/m01": 411, "l01/m02": 411}
    assert ranking_steps([], heirs[:1]) == {"l00/m00": 0}
