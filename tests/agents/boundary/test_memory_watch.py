"""Who takes the last memory is found before the kernel ends somebody."""

import os

import psutil
import pytest

from heredity.agents.boundary import memory_watch as memory


@pytest.mark.parametrize(
    ("total", "left", "found"),
    [
        (1, 0, True),
        (1, 0.5, False),  # there is enough
        (100, 0, False),  # somebody else has it
    ],
)
def test_who_holds_more_than_a_share_of_memory_that_runs_out_is_told(monkeypatch, total, left, found):
    all_cores = psutil.Process().memory_info().rss * (os.cpu_count() or 1)
    monkeypatch.setattr(memory, "_memories", lambda: [(total * all_cores, left * all_cores)])
    assert bool(memory.starving()) == found


@pytest.mark.parametrize(("limit", "seen"), [("1000", [(1000, 300 + 100)]), ("max", [])])
def test_a_control_group_has_a_memory_of_its_own(tmp_path, limit, seen):
    group = tmp_path / "jobs" / "one"
    group.mkdir(parents=True)
    for name, content in {"max": limit, "current": "700", "stat": "anon 600\ninactive_file 100\n"}.items():
        (group / f"memory.{name}").write_text(content)
    (tmp_path / "cgroup").write_text("1:name=systemd:/\n0::/jobs/one\n")
    machine, *own = memory._memories(tmp_path, tmp_path / "cgroup")
    assert own == seen
    assert 0 < machine[1] < machine[0]
