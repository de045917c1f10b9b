from stages import report
from stages.common import LINEAGE, REPORT


def test_the_stage_writes_the_page_and_every_figure(written, monkeypatch):
    story = written.write()
    monkeypatch.chdir(written.root)
    report.main(story.study)
    assert "3.1 times faster" in (REPORT / "index.html").read_text(encoding="utf-8")
    stems = {"pedigree", "ledger", "learning-first", "learning-second", "learning-strong-second"}
    stems |= {f"{kind}-{name}" for kind in ("survival", "gate") for name in ("first", "second")}
    assert {path.name for path in (REPORT / "figures").iterdir()} == {
        f"{stem}.{kind}" for stem in stems for kind in ("svg", "png")
    }


def test_the_stage_reads_what_the_other_stages_wrote(written, monkeypatch):
    expected = written.write()
    monkeypatch.chdir(written.root)
    assert LINEAGE.exists()
    assert report.plan(expected.study) == expected
