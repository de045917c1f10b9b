"""What the Prefect UI shows as Markdown is text of the study, and nothing that Markdown or HTML would follow."""

import pytest

from heredity.gate.record import GateRecord, write_gate
from heredity.inheritance.pedigree import Births, write_births
from heredity.layout import Layout
from heredity.orchestration import artifacts
from heredity.transfer.record import write_comparison
from tests.report.conftest import Written, with_controls
from tests.transfer.branches import Branched

HOSTILE = "refused: [here](javascript:alert(1)) <script>x</script> | `y` \u202egpj"
PLAIN = r"refused: [here\](javascript:alert(1)) \<script\>x\</script\> \| \`y\`"


@pytest.fixture
def several(tmp_path):
    return with_controls(Written(tmp_path))


@pytest.fixture
def shown(monkeypatch):
    """Return the Markdown and the tables' descriptions that would be sent to the server."""
    said = []
    monkeypatch.setattr(artifacts, "create_markdown_artifact", lambda text, **_: said.append(text))
    monkeypatch.setattr(artifacts, "create_table_artifact", lambda _, description, **__: said.append(description))
    return said


def test_why_a_study_ended_is_told_and_not_followed(shown, tmp_path, monkeypatch):
    written = Written(tmp_path)
    written.write()
    monkeypatch.chdir(tmp_path)
    reason = HOSTILE.removesuffix(" \u202egpj")  # which no file that is read may hold
    write_gate(Layout().gate("second"), GateRecord(ended=reason))
    write_births(Layout().pedigree("second"), Births("second", "first", (), reason))
    artifacts.show_gate("second")
    artifacts.show_verdict(written.loaded())
    assert shown[0] == f"second never came: {PLAIN}."
    assert f"second never came: {PLAIN}." in shown[1]


def test_a_gate_without_a_threshold_on_record_is_shown(shown, tmp_path, monkeypatch):
    Written(tmp_path).write()
    monkeypatch.chdir(tmp_path)
    artifacts.show_gate("first")
    assert shown == ["first: m00, m01 may have heirs; threshold unknown"]


def test_the_verdict_names_every_control_where_there_are_several(shown, several, monkeypatch):
    several.compared()
    monkeypatch.chdir(several.root)
    artifacts.show_verdict(several.loaded())
    for name in ("scratch", "longer", "picked"):
        assert f"On second (CartPole-v1) against {name}, the inherited members" in shown[0]
        assert f"| second against {name} | " in shown[0]


def test_both_answers_are_shown_and_what_branches_differ_in_is_no_markdown(shown, tmp_path, monkeypatch):
    written = Branched(tmp_path)
    written.study["generations"]["random"]["algorithm"] = {"hyperparameters": {"note": "[x](y)"}}
    write_comparison(written.evidence(), written.plan(), written.layout)
    monkeypatch.chdir(tmp_path)
    artifacts.show_verdict(written.loaded())
    assert shown[0].index("inheriting helped") < shown[0].index("second did better than random")
    assert r"\[x\](y)" in shown[0] or r"[x\](y)" in shown[0]
    assert "| second against random |" in shown[0]
    text = Layout().contrasts.read_text()
    Layout().contrasts.write_text(text.replace('"against": "random"', '"against": "nobody"'))
    artifacts.show_verdict(written.loaded())
    assert "nobody" not in shown[1]
    assert "inheriting helped" in shown[1]
