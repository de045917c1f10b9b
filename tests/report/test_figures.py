from heredity.report.figures import write_figures
from heredity.report.page import charts


def test_every_chart_is_a_file_of_each_kind(results, tmp_path):
    write_figures(tmp_path / "figures", charts(results))
    stems = {"pedigree", "compute", "learning-first", "learning-second", "learning-strong-second"}
    stems.add("equal-compute-second")
    stems |= {f"{kind}-{name}" for kind in ("survival", "gate") for name in ("first", "second")}
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {
        f"{stem}.{kind}" for stem in stems for kind in ("svg", "png")
    }
