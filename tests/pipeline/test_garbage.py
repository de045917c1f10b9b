"""What goes of what grows beside a study: the oldest first, nothing that is used, and nobody's unsaved work."""

import os
import time
from pathlib import Path

import pytest

from heredity.agents.agent import fresh_agent
from heredity.errors import HeredityError
from heredity.files import write_bytes, write_text
from heredity.layout import Layout
from heredity.pipeline import garbage
from heredity.pipeline.garbage import Cleared, Item, Limits, clear_members, clear_wandb, outdated
from heredity.training.snapshot import Snapshot, pack_snapshot
from tests.agents.examples import CARTPOLE, PPO

DAY = 86_400
FOREVER = float("inf")
AGENT = fresh_agent(PPO, CARTPOLE, 0)


def items(*sizes_and_times):
    return [Item((Path(f"file{k}"),), size, used) for k, (size, used) in enumerate(sizes_and_times)]


def names(going):
    return [item.paths[0].name for item in going]


def test_what_is_older_than_the_limit_goes_oldest_first():
    assert names(outdated(items((1, 30.0), (1, 10.0), (1, 20.0)), Limits(25.0, FOREVER))) == ["file1", "file2"]


def test_what_is_exactly_as_old_as_the_limit_stays():
    assert outdated(items((1, 25.0)), Limits(25.0, FOREVER)) == []


def test_beyond_the_size_the_oldest_go_until_the_rest_fits():
    stored = items((4, 30.0), (4, 10.0), (4, 20.0))
    assert names(outdated(stored, Limits(0.0, 12))) == []
    assert names(outdated(stored, Limits(0.0, 11))) == ["file1"]
    assert names(outdated(stored, Limits(0.0, 4))) == ["file1", "file2"]
    assert names(outdated(stored, Limits(0.0, 0))) == ["file1", "file2", "file0"]


def test_what_is_spared_stays_and_others_go_for_it():
    stored = items((4, 10.0), (4, 20.0), (4, 30.0))
    going = outdated(stored, Limits(0.0, 8), spared=lambda item: item.used == 10.0)
    assert names(going) == ["file1"]


def test_nobody_is_asked_to_be_spared_who_would_stay():
    def never(item):
        raise AssertionError(item)

    assert outdated(items((4, 10.0)), Limits(0.0, 4), spared=never) == []


def test_a_line_says_how_many_how_much_and_what_is_left():
    line = Cleared("timings", 2, 3 << 20, 1, 1 << 19)
    assert str(line) == "timings: 2 removed, 3.0 MiB freed, 1 left (0.5 MiB)"
    assert str(Cleared("timings", 2, 3 << 20, 1, 1 << 19, dry_run=True, note="why")) == (
        "timings: 2 would go, 3.0 MiB would be freed, 1 would be left (0.5 MiB); why"
    )


@pytest.fixture
def layout(tmp_path, monkeypatch):
    monkeypatch.delenv("WANDB_DIR", raising=False)
    return Layout(tmp_path / "lineage", tmp_path / "report")


def aged(path, days):
    then = time.time() - days * DAY
    os.utime(path, (then, then))
    return path


def checkpoint(layout, name, days, done=True, before=False):
    """Write a training's files as Checkpoint does."""
    path = layout.members / f"{name}-128.zip"
    content = pack_snapshot(Snapshot(AGENT, (), {}, done=done))
    write_bytes(path, bytes(32) + content)
    if before:
        write_bytes(aged_before := layout.members / f"{name}-128.before.zip", bytes(32) + content)
        aged(aged_before, days)
    aged(path, days)


def there(folder):
    return sorted(path.name for path in folder.iterdir())


def limits(days=90.0, largest_bytes=FOREVER, dry_run=False):
    return Limits.of(days, largest_bytes, dry_run=dry_run)


def test_a_stored_training_goes_with_the_checkpoint_before_it_and_its_drafts(layout):
    checkpoint(layout, "old", 100, before=True)
    draft = layout.members / ".old-128.new.abc.draft"
    draft.write_bytes(b"half")
    aged(draft, 100)
    checkpoint(layout, "young", 10, before=True)
    cleared = clear_members(layout, limits())
    assert (cleared.removed, cleared.left) == (1, 1)
    assert there(layout.members) == ["young-128.before.zip", "young-128.zip"]
    assert cleared.left_bytes == sum(path.stat().st_size for path in layout.members.iterdir())


def test_a_training_is_as_young_as_the_youngest_of_its_files(layout):
    checkpoint(layout, "used", 100, before=True)
    aged(layout.members / "used-128.before.zip", 1)
    assert clear_members(layout, limits()).removed == 0


def test_beyond_the_size_the_store_loses_its_oldest(layout):
    for name, days in (("a", 3), ("b", 5), ("c", 4)):
        checkpoint(layout, name, days)
    size = (layout.members / "a-128.zip").stat().st_size
    cleared = clear_members(layout, limits(largest_bytes=2 * size))
    assert str(cleared).startswith("stored trainings: 1 removed")
    assert there(layout.members) == ["a-128.zip", "c-128.zip"]


def test_a_training_that_goes_on_is_left_in_peace_for_a_day(layout):
    checkpoint(layout, "running", 0.5, done=False)
    checkpoint(layout, "killed", 2, done=False)
    checkpoint(layout, "finished", 0.5)
    cleared = clear_members(layout, limits(largest_bytes=0))
    assert (cleared.removed, cleared.left) == (2, 1)
    assert there(layout.members) == ["running-128.zip"]


def test_a_training_killed_between_two_renames_is_left_in_peace_as_well(layout):
    checkpoint(layout, "running", 0.5, done=False, before=True)
    (layout.members / "running-128.zip").unlink()
    assert clear_members(layout, limits(days=0, largest_bytes=0)).removed == 0


def test_what_is_used_while_others_are_removed_stays(layout, monkeypatch):
    checkpoint(layout, "old", 100)

    def used_meanwhile(*arguments):
        chosen = outdated(*arguments)
        (layout.members / "old-128.zip").touch()
        return chosen

    monkeypatch.setattr(garbage, "outdated", used_meanwhile)
    assert clear_members(layout, limits()).removed == 0
    assert there(layout.members) == ["old-128.zip"]


def test_what_cannot_be_removed_is_said_in_a_line(layout, monkeypatch):
    checkpoint(layout, "old", 100)

    def refused(path, **_):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(HeredityError, match=r"cannot be removed: .*old-128.zip: Permission denied"):
        clear_members(layout, limits())


def test_nothing_goes_in_a_dry_run(layout):
    checkpoint(layout, "old", 100)
    cleared = clear_members(layout, limits(dry_run=True))
    assert (cleared.removed, cleared.left) == (1, 0)
    assert there(layout.members) == ["old-128.zip"]


def test_where_there_is_nothing_nothing_goes(layout):
    for clear in (clear_members, clear_wandb):
        cleared = clear(layout, limits())
        assert (cleared.removed, cleared.left) == (0, 0)


def run(folder, name, days, synced):
    directory = folder / "wandb" / name
    write_text(directory / "files" / "config.yaml", "a: 1\n")
    write_text(directory / f"run-{name[-4:]}.wandb", "records")
    if synced:
        write_text(directory / f"run-{name[-4:]}.wandb.synced", "")
    for path in (*directory.rglob("*"), directory):
        aged(path, days)


def test_only_runs_that_are_old_and_marked_as_synced_go(layout, tmp_path):
    run(tmp_path, "offline-run-20260101_000000-aaaa", 100, synced=True)
    run(tmp_path, "offline-run-20260101_000000-bbbb", 100, synced=False)
    run(tmp_path, "run-20260101_000000-cccc", 100, synced=False)
    run(tmp_path, "offline-run-20260101_000000-dddd", 10, synced=True)
    (tmp_path / "wandb" / "latest-run").symlink_to(tmp_path / "wandb" / "run-20260101_000000-cccc")
    cleared = clear_wandb(layout, limits())
    assert str(cleared) == (
        "W&B runs: 1 removed, 0.0 MiB freed, 3 left (0.0 MiB); 2 not marked as synced, which stay: "
        "wandb sync or heredity publish makes them safe"
    )
    assert [name[-4:] for name in there(tmp_path / "wandb") if name != "latest-run"] == ["bbbb", "dddd", "cccc"]


def test_runs_lie_where_wandb_dir_says(layout, tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_DIR", str(tmp_path / "far"))
    run(tmp_path / "far", "offline-run-20260101_000000-aaaa", 100, synced=True)
    assert clear_wandb(layout, limits()).removed == 1
