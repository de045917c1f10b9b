"""Without founders the files are those that the writers of founders and heirs would leave."""

from heredity.inheritance.birth_files import write_founders, write_heirs
from heredity.inheritance.no_founders import write_no_founders
from heredity.layout import FOUNDERS, Layout


def files(layout):
    return {path.relative_to(layout.lineage): path.read_bytes() for path in layout.lineage.rglob("*") if path.is_file()}


def test_nobody_is_written_as_the_writers_of_somebody_would(tmp_path):
    light, heavy = Layout(tmp_path / "light"), Layout(tmp_path / "heavy")
    write_no_founders(light)
    write_founders(heavy, {}, ())
    write_heirs(heavy, FOUNDERS, FOUNDERS, [])
    assert len(files(light)) == 2
    assert files(light) == files(heavy)
