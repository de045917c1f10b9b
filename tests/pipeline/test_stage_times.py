"""How far a study is, and what that is told by: dvc.lock, hand-outs, and the times of this machine."""

import json
from hashlib import md5

import pytest
from ruamel.yaml import YAML

from heredity.layout import Layout
from heredity.pipeline.stage_times import duration, item_teller, read_itinerary, told_and_timed

HANDED = ("inherit@small", "train@small", "train@large", "compare")


@pytest.fixture
def layout(tmp_path):
    layout = Layout(tmp_path / "lineage", tmp_path / "report")
    for name in HANDED:
        path = handout(layout, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'"{name}"')
    return layout


def handout(layout, name):
    stage, _, generation = name.partition("@")
    return layout.handout(stage, generation or None)


def lock(layout, **deps):
    """Write a dvc.lock in which every stage has one output of its name, and these deps beside its hand-out."""
    stages = {
        name: {
            "cmd": name,
            "deps": [
                {"path": handout(layout, name).as_posix(), "md5": md5(handout(layout, name).read_bytes()).hexdigest()},
                *({"path": path, "md5": "1"} for path in deps.get(name.partition("@")[0], ())),
            ],
            "outs": [{"path": f"lineage/{name}", "md5": "1"}],
        }
        for name in HANDED
    }
    with (layout.project / "dvc.lock").open("w") as file:
        YAML().dump({"schema": "2.0", "stages": stages}, file)
    for name in HANDED:
        (layout.lineage / name).mkdir(parents=True, exist_ok=True)


def test_before_anything_ran_all_is_left_and_no_time_is_known(layout):
    assert read_itinerary(layout).line("inherit@small") == "stage 1 of 4: inherit@small"


def test_a_stage_is_done_where_it_ran_on_what_it_is_handed_after_stages_that_are_done(layout):
    lock(layout, train=("lineage/inherit@small",), compare=("lineage",))
    assert read_itinerary(layout).done == set(HANDED)
    handout(layout, "inherit@small").write_text("other numbers")
    assert read_itinerary(layout).done == set()
    lock(layout, train=("lineage/inherit@small",), compare=("lineage",))
    handout(layout, "train@large").write_text("other numbers")
    itinerary = read_itinerary(layout)
    assert itinerary.done == {"inherit@small", "train@small"}
    assert itinerary.line("train@large") == "stage 3 of 4: train@large"


def test_what_lies_elsewhere_as_in_a_clone_is_not_done(layout):
    lock(layout, train=("lineage/inherit@small",))
    (layout.lineage / "inherit@small").rmdir()
    assert read_itinerary(layout).done == {"compare"}


def test_what_ran_on_something_else_than_there_is_now_is_not_done(layout):
    lock(layout, train=("lineage/inherit@small",))
    path = layout.project / "dvc.lock"
    path.write_text(
        path.read_text().replace(
            "path: lineage/inherit@small\n      md5: '1'", "path: lineage/inherit@small\n      md5: '2'", 1
        )
    )
    assert read_itinerary(layout).done == {"inherit@small", "compare"}


def test_a_stage_that_runs_again_is_not_counted_before_itself(layout):
    lock(layout)
    assert read_itinerary(layout).line("compare") == "stage 4 of 4: compare"


def test_times_are_those_of_the_last_run_or_of_other_stages_of_the_kind(layout, capsys):
    layout.timings.mkdir(parents=True)
    (layout.timings / "stages.json").write_text('{"train@small": 100.0, "inherit@small": 4, "compare": 61}')
    assert read_itinerary(layout).line("train@large") == (
        "stage 1 of 4: train@large, about 1 min 40 s, about 4 min 25 s left in all"
    )
    with told_and_timed("train@large", layout):
        assert capsys.readouterr().err.startswith("stage 1 of 4: train@large, about 1 min 40 s")
    kept = json.loads((layout.timings / "stages.json").read_text())
    assert list(kept) == ["train@small", "inherit@small", "compare", "train@large"]
    assert kept["train@large"] < 5


def test_a_stage_that_fails_is_not_timed_and_a_damaged_file_stops_nothing(layout, capsys):
    (layout.project / "dvc.lock").write_text("stages: [x]")
    layout.timings.mkdir(parents=True)
    (layout.timings / "stages.json").write_text("{")
    with pytest.raises(ZeroDivisionError), told_and_timed("train@large", layout):
        raise ZeroDivisionError
    assert (layout.timings / "stages.json").read_text() == "{"
    with told_and_timed("train@large", layout):
        pass
    assert list(json.loads((layout.timings / "stages.json").read_text())) == ["train@large"]
    assert capsys.readouterr().err == ""


def test_items_are_told_now_and_then_and_not_when_all_are_done(capsys):
    tell = item_teller("evaluate@small", seconds=0)
    for done in (1, 2, 3):
        tell(done, 3)
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "evaluate@small: 1 of 3 parts done, about 1 s left", "evaluate@small: 2 of 3 parts done, about 1 s left"
    ]  # fmt: skip
    item_teller("evaluate@small")(1, 3)
    assert capsys.readouterr().err == ""


def test_what_is_left_of_a_count_is_told_by_its_own_time(capsys, monkeypatch):
    clock = iter((0.0, 1000.0, 1100.0, 1200.0, 1200.0, 1201.0, 1202.0))
    monkeypatch.setattr("heredity.pipeline.stage_times.time.monotonic", lambda: next(clock))
    tell = item_teller("inherit@large", seconds=0)
    for done, of in ((0, 2), (1, 2), (2, 2), (0, 11), (1, 11), (2, 11)):
        tell(done, of)
    assert capsys.readouterr().err.splitlines() == [
        "inherit@large: 1 of 2 parts done, about 1 min 40 s left",
        "inherit@large: 1 of 11 parts done, about 10 s left",
        "inherit@large: 2 of 11 parts done, about 9 s left",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "1 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (80, "1 min 20 s"),
        (1234, "20 min"),
        (3600, "1 h"),
        (11100, "3 h 5 min"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text
