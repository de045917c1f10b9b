"""What was handed out before, by this version or another."""

import os

import pytest

from heredity.errors import StudyError
from heredity.layout import Layout
from heredity.pipeline.handouts import handouts, read_study_name, stale_stages, write_handouts
from heredity.pipeline.inputs.gate import GateInput
from heredity.pipeline.inputs.report import ReportInput
from heredity.pipeline.resolve import resolved
from heredity.pipeline.runner import read_input
from heredity.study.load import load_study


def test_what_another_version_handed_out_is_stale_and_no_error(tmp_path):
    folder = tmp_path / "study" / "first"
    folder.mkdir(parents=True)
    (folder / "inherit.json").write_text('{"generation": "first"}')
    (folder / "train.json").write_text("no JSON at all")
    assert stale_stages(tmp_path) == ["inherit", "train"]


def _handed_out(tmp_path, write_study, tiny):
    path = write_study(tiny)
    path.write_text(path.read_text() + "# a comment with\ta tab and \u202eits letters turned\n")
    layout, study = Layout(tmp_path / "lineage"), resolved(load_study(path))
    write_handouts(layout, handouts(study, path.read_text()), study.study)
    return layout


def test_remarks_of_any_letters_reach_the_report_as_printable_lines(tmp_path, write_study, tiny):
    layout = _handed_out(tmp_path, write_study, tiny)
    given = read_input(ReportInput, layout)
    assert given.params.endswith("# a comment with    a tab and \\u202eits letters turned\n")


def test_what_another_generation_is_given_and_what_lacks_a_key_is_refused(tmp_path, write_study, tiny):
    layout = _handed_out(tmp_path, write_study, tiny)
    first, second = (layout.handout("gate", name) for name in ("first", "second"))
    second.write_text(second.read_text().replace('"deviations": 1.0,', ""))
    with pytest.raises(
        StudyError, match=r"gate\.json: expected what study hands out, got a file that lacks some of it"
    ):
        read_input(GateInput, layout, "second")
    second.write_bytes(first.read_bytes())
    with pytest.raises(StudyError, match=r"gate\.json: expected what study hands out for second, got first's"):
        read_input(GateInput, layout, "second")
    second.unlink()
    os.mkfifo(second)
    with pytest.raises(StudyError, match=r"gate\.json: .*got a folder or device"):
        read_input(GateInput, layout, "second")


@pytest.mark.parametrize("name", ["../../x", "a b", "\u202ex", "x\n\n", "x" * 65])
def test_a_name_that_no_study_has_is_refused(tmp_path, name):
    layout = Layout(tmp_path / "lineage")
    assert read_study_name(layout) == "study"
    layout.handouts.mkdir()
    layout.study_name.write_text(f"{name}\n")
    with pytest.raises(StudyError, match=r"name\.txt: cannot be read: "):
        read_study_name(layout)
