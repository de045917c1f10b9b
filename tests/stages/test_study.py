"""The study stage hands each stage what can change its result, and nothing else."""

import pytest

from heredity.params import load_study
from stages.study import plan


def put(content, key, value):
    *path, last = key.split(".")
    for name in path:
        content = content[name]
    content[last] = value


@pytest.mark.parametrize(
    ("key", "value", "changed"),
    [
        ("gate.confidence", 0.9, {"first/gate", "second/gate"}),
        ("generations.second.gate", {"confidence": 0.9}, {"second/gate"}),
        ("evaluate.episodes", 13, {"first/evaluate", "second/evaluate", "first/control", "second/control"}),
        ("evaluate.zero_shot_episodes", 3, {"first/train", "second/train", "first/control", "second/control"}),
        ("generations.second.inherit", {"optimizer": "keep"}, {"second/inherit"}),
        ("generations.first.threshold", 21.0, {"first/gate", "compare"}),
        ("generations.first.budget", 192, {"first/train", "first/control", "second/control", "compare"}),
        ("control.budget", "matched", {"second/control", "compare"}),
        ("continual", {"episodes": 3}, {"continual"}),
        ("study", "other", set()),
    ],
)
def test_a_change_reaches_the_stages_that_it_concerns(tiny, write_study, key, value, changed):
    before = plan(load_study(write_study(tiny), check=False))
    put(tiny, key, value)
    after = plan(load_study(write_study(tiny), check=False))
    assert {name for name in before if before[name] != after[name]} == changed


def test_training_is_given_the_threshold_only_where_it_stops_at_it(tiny, write_study):
    assert "threshold" not in plan(load_study(write_study(tiny), check=False))["first/train"]
    tiny["train"]["until"] = "threshold"
    assert plan(load_study(write_study(tiny), check=False))["first/train"]["threshold"] == 20.0
