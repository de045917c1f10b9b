"""What the Prefect UI shows as Markdown is text of the study, and nothing that Markdown or HTML would follow."""

from dataclasses import replace

import pytest

from heredity.gate.record import GateRecord, read_gate, write_gate
from heredity.inheritance.pedigree import Births, write_births
from heredity.layout import Layout
from heredity.orchestration import artifacts
from heredity.report.verdict import finding
from heredity.transfer.comparison import FEW
from heredity.transfer.record import write_comparison
from tests.report.conftest import Written, estimate, found_by_test, times, transfer, with_controls
from tests.report.wide import Wide
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
    Layout().transfer.unlink()
    artifacts.show_verdict(written.loaded())
    assert shown[2].startswith("# tiny\n\nNothing was compared.\n\n\nsecond never came: ")


def test_a_gate_without_a_threshold_on_record_is_shown(shown, tmp_path, monkeypatch):
    Written(tmp_path).write()
    monkeypatch.chdir(tmp_path)
    artifacts.show_gate("first")
    assert shown == ["first: m00, m01 may have heirs; threshold unknown"]


def test_of_many_candidates_the_best_and_the_worst_are_kept_in_the_database(tmp_path, monkeypatch):
    sent = []
    monkeypatch.setattr(artifacts, "create_table_artifact", lambda rows, **more: sent.append((rows, more)))
    wide = Wide(tmp_path)
    wide.write_lineage()
    monkeypatch.chdir(tmp_path)
    artifacts.show_gate("first")
    ((rows, more),) = sent
    assert [row["member"] for row in rows] == [
        *(f"l02/m{each:02}" for each in range(39, 29, -1)),
        *(f"l00/m{each:02}" for each in range(9, -1, -1)),
    ]
    assert more["description"] == (
        "first: 60 of 120 members, in 2 lineages, may have heirs; threshold unknown; the best and the worst few"
    )


def test_what_a_gate_did_otherwise_than_hoped_stands_beside_the_verdict(shown, several, monkeypatch):
    several.compared()
    monkeypatch.chdir(several.root)
    gate = Layout().gate("first")
    record = read_gate(gate)
    nobody = {name: replace(each, passed=False) for name, each in record.candidates.items()}
    write_gate(gate, replace(record, candidates=nobody, passed=(), survivors=("m00",)))
    artifacts.show_verdict(several.loaded())
    assert "\nNobody passed the gate of first: its best member, m00, counts as its survivor all the same." in shown[0]
    assert shown[0].count("\n\nOn second ") == 3  # a paragraph each


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


SOONER, LATER = estimate(-630.0, -800.0, -500.0), estimate(630.0, -10.0, 800.0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "none"),
        ({"negative": ("asymptote",)}, "asymptote"),
        ({"test": found_by_test(0.03), "time_to_threshold": LATER}, "mean steps to the threshold (by the test)"),
        (
            {"test": found_by_test(0.03), "time_to_threshold": LATER, "negative": ("jumpstart",)},
            "mean steps to the threshold (by the test), jumpstart",
        ),
        ({"test": found_by_test(0.3), "time_to_threshold": LATER}, "none"),
        ({"time_to_threshold": SOONER, "of": FEW - 1, "negative": ("jumpstart",)}, "too few runs to say"),
    ],
)
def test_harm_is_told_where_the_verdict_tells_it(changes, said):
    of = changes.pop("of", 10)
    delay = changes.pop("time_to_threshold", SOONER)
    made = transfer(time_to_threshold=times((3, 300.0), (3, 930.0), None, of=of, delay=delay), **changes)
    assert artifacts.harm_text(made) == said
    assert (finding(replace(made)) == "did harm") == ("by the test" in said)


def test_charts_are_shown_as_the_report_has_them_and_not_twice(tmp_path, monkeypatch):
    Written(tmp_path).write()
    monkeypatch.chdir(tmp_path)
    sent = {}
    monkeypatch.setattr(artifacts, "create_markdown_artifact", lambda text, key, **_: sent.setdefault(key, text))
    monkeypatch.setattr(artifacts.Artifact, "get", lambda _: None)
    study = Written(tmp_path).loaded()
    artifacts.show_charts(study)
    assert sent == {}
    figures = Layout().figures
    figures.mkdir(parents=True)
    for name in ("learning-first", "learning-second", "pedigree", "gate-first"):
        (figures / f"{name}.png").write_bytes(name.encode())
    (figures / "learning-first.png").write_bytes(bytes(artifacts.LARGEST_CHART_BYTES + 1))
    artifacts.show_charts(study)
    assert sent == {
        "tiny-learning-second": "![Learning curves of second](data:image/png;base64,bGVhcm5pbmctc2Vjb25k)",
        "tiny-pedigree": "![Pedigree](data:image/png;base64,cGVkaWdyZWU=)",
    }
    shown = dict(sent)
    sent.clear()
    monkeypatch.setattr(artifacts.Artifact, "get", lambda key: artifacts.Artifact(data=shown[key]))
    artifacts.show_charts(study)
    assert sent == {}
