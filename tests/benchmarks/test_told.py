"""A study's README says what its project shows and took, and its page lies beside it."""

import json
import sys

from benchmarks import told


def test_what_a_project_shows_and_took_is_written_beside_its_params(tmp_path, monkeypatch):
    project, study = tmp_path / "project", tmp_path / "study"
    (project / ".heredity" / "timings").mkdir(parents=True)
    (project / "report").mkdir()
    study.mkdir()
    taken = {"train@small": 100.4, "train@large": 20.0, "gate@small": 0.2}
    (project / ".heredity" / "timings" / "stages.json").write_text(json.dumps(taken))
    (project / "report" / "index.html").write_text("the page")
    marks = "<!-- generated told: begin -->\n<!-- generated told: end -->"
    (study / "README.md").write_text(f"before\n{marks}\nafter")
    monkeypatch.setattr(told, "shown", lambda _: "Inheriting helped.")
    monkeypatch.setattr(sys, "argv", ["told", str(project), str(study)])
    told.main()
    text = (study / "README.md").read_text()
    assert "Inheriting helped." in text and "2 minutes in all" in text
    assert "| train | 120 |" in text and "gate" not in text
    assert text.startswith("before") and text.endswith("after")
    assert (study / "report.html").read_text() == "the page"
