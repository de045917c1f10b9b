"""Generations and controls that a study no longer has leave nothing behind that a stage depends on."""

import json
import shutil

import pytest

from heredity.layout import Layout
from heredity.pipeline.leftovers import clear_leftovers

CONTROLS = ("scratch", "longer")


@pytest.fixture
def layout(tmp_path):
    """A study of one generation with a control, as it is when all has run."""
    layout = Layout(tmp_path / "lineage", tmp_path / "report")
    for stage in ("train", "gate"):
        _write(layout.handout(stage, "small"))
    hand_out(layout, *CONTROLS)
    _write(layout.handout("founders"))
    for name in ("small", "founders"):
        for path in layout.outputs(name):
            _write(path if path.suffix else path / "m00.zip")
    shutil.rmtree(layout.controls("founders"))
    (layout.controls("small") / "m00.zip").unlink()
    for path in (layout.control_names("small"), *(layout.control("small", name).curves for name in CONTROLS)):
        _write(path)
    return layout


def _write(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("content")


def hand_out(layout, *controls):
    """Say which controls the generation has."""
    content = {"generation": "small", "controls": [{"name": name, "playing": {}} for name in controls]}
    layout.handout("control", "small").write_text(json.dumps(content))


def files(layout):
    return {path.relative_to(layout.lineage).as_posix() for path in layout.lineage.rglob("*")}


def test_what_belongs_to_the_study_stays(layout):
    before = files(layout)
    assert clear_leftovers(layout) == []
    assert files(layout) == before


def test_a_generation_that_is_gone_leaves_nothing(layout, caplog):
    before = files(layout)
    shutil.copytree(layout.generation("small"), layout.generation("old"))
    assert set(clear_leftovers(layout)) == set(layout.outputs("old"))
    assert files(layout) == before
    assert "lineage: not of the study any more, and removed: old/models" in caplog.text
    assert "DVC's cache has what it recorded" in caplog.text


def test_a_control_that_is_gone_leaves_nothing(layout):
    _write(layout.controls("small") / "curves.csv")  # of a control as another version keeps it
    hand_out(layout, "longer")
    gone = {layout.control("small", "scratch").directory, layout.controls("small") / "curves.csv"}
    assert set(clear_leftovers(layout)) == gone
    assert layout.gate("small").exists()
    assert {path.name for path in layout.controls("small").iterdir()} == {"longer", "controls.json"}


def test_controls_that_another_version_handed_out_stay_until_their_stage_has_run(layout):
    layout.handout("control", "small").write_text("{}")
    assert clear_leftovers(layout) == []
    assert layout.control("small", "scratch").curves.exists()


def test_what_no_stage_writes_stays_and_is_named(layout, caplog):
    shutil.copytree(layout.generation("small"), layout.generation("old"))
    for name in ("old", "small"):
        _write(layout.generation(name) / "notes.md")
    _write(layout.lineage / "README.md")  # which git takes along
    clear_leftovers(layout)
    assert {"old", "old/notes.md", "small/notes.md", "README.md"} <= files(layout)
    assert "old/gate.json" not in files(layout)
    assert "no stage writes old/notes.md, small/notes.md, but compare" in caplog.text
    assert "README.md" not in caplog.text


def test_before_study_has_run_nothing_goes(layout):
    before = files(layout)
    shutil.rmtree(layout.handouts)
    assert clear_leftovers(layout) == []
    assert files(layout) == before


def test_what_a_link_leads_to_is_not_touched(layout, tmp_path):
    outside = tmp_path / "outside"
    shutil.copytree(layout.generation("small"), outside)
    layout.generation("linked").symlink_to(outside, target_is_directory=True)
    layout.generation("old").mkdir()
    layout.heirs("old").symlink_to(outside, target_is_directory=True)
    clear_leftovers(layout)
    assert (outside / "gate.json").exists()
    assert not layout.generation("old").exists()
    assert layout.generation("linked").exists()
