"""TensorBoard's events hold the numbers of the runs, and are written once; what stands for its writer keeps them."""

import importlib.util
import sys
from types import ModuleType

import pytest

from heredity import extras
from heredity.errors import HeredityError
from heredity.report.tracking.stored import stored_runs
from heredity.report.tracking.tensorboard import write_events
from tests.cli.commands import run


class Writer:
    def __init__(self, folder, kept):
        self.told = kept.setdefault(folder, [])

    def add_scalar(self, key, value, step):
        self.told.append((key, value, step))

    def add_text(self, key, text, step):
        self.told.append((key, text, step))

    def close(self):
        pass


@pytest.fixture
def kept(monkeypatch):
    """Return what is written, by folder, where TensorBoard is installed."""
    module, kept = ModuleType("torch.utils.tensorboard"), {}
    module.SummaryWriter = lambda folder: Writer(folder, kept)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(extras, "find_spec", lambda package: package)
    return kept


def runs(written):
    return list(stored_runs(written.loaded(), written.layout))


def test_every_run_has_its_rows_over_both_kinds_of_steps(written, kept, tmp_path):
    written.compared()
    assert write_events(runs(written), tmp_path / "events") == (10, 0)
    run = next(run for run in runs(written) if run.name == "second-inherited-m00")
    told = kept[str(tmp_path / "events" / run.name / run.run_id)]
    assert [(value, step) for key, value, step in told if key == "return_mean"] == [(50.0, 0), (110.0, 200)]
    assert [(value, step) for key, value, step in told if key == "lineage/return_mean"] == [(50.0, 1000), (110.0, 1200)]
    assert ("summary/passed", 1.0, 200) in told
    compared = next(each for folder, each in kept.items() if "/compare/" in folder)
    assert "summary/second/steps_saved" in [key for key, _, _ in compared]


def test_events_are_written_once_and_anew_where_a_run_says_something_else(written, kept, tmp_path):
    written.compared()
    write_events(runs(written), tmp_path)
    assert write_events(runs(written), tmp_path) == (0, 10)
    first = runs(written)[0]
    (old := tmp_path / first.name / first.run_id / "events.out.tfevents.1").touch()
    gate = written.layout.gate("first")
    gate.write_text(gate.read_text().replace('"mean": 120.0', '"mean": 121.0'))
    assert write_events(runs(written), tmp_path)[0] >= 1
    assert not old.exists()


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is not None, reason="TensorBoard is installed")
def test_without_tensorboard_the_error_says_what_to_type(tmp_path):
    with pytest.raises(
        HeredityError, match=r"^expected the package tensorboard, got none; type: pip install tensorboa"
    ):
        write_events([], tmp_path)


def test_the_report_is_wandbs_and_not_tensorboards(written):
    written.compared()
    told = run(written, "publish", "--report", "--tensorboard", "events", code=2)
    assert told == "error: expected --report, which is W&B's, or --tensorboard, got both\n"
