"""Which command helps where results are missing: on real repositories, with stages that take milliseconds."""

import shutil

import pytest

from heredity.orchestration.dvc_lock import DvcLock, DvcLockError
from heredity.orchestration.standing import Standing, standing_of

pytestmark = pytest.mark.study


@pytest.fixture(scope="module")
def whole(new_toy, tmp_path_factory):
    """Return a project all of whose stages have run, to copy."""
    toy = new_toy.copy(tmp_path_factory.mktemp("whole") / "toy")
    with DvcLock(toy.path) as lock:
        for name in lock.stages():
            lock.record(name, lambda command: toy.run(*command.split()))
    return toy


@pytest.fixture
def run_toy(whole, tmp_path):
    """Return one that a test may change."""
    return whole.copy(tmp_path / "toy")


def test_a_project_that_has_run_misses_nothing(run_toy):
    assert standing_of(run_toy.path) == Standing()
    assert standing_of(run_toy.path).remedy == ""


def test_a_project_that_has_not_run_has_all_of_it_left(toy):
    standing = standing_of(toy.path)
    assert sorted(standing.left) == ["aside", "first", "second"]
    assert standing.remedy == "dvc repro"


def test_files_that_are_in_the_cache_are_checked_out(run_toy):
    (run_toy.path / "first" / "result.txt").unlink()  # a part of a folder, on which `second` depends
    shutil.rmtree(run_toy.path / "second")
    standing = standing_of(run_toy.path)
    assert standing == Standing(cached=("first", "second"))
    assert standing.remedy == "dvc checkout"


def test_a_clone_pulls_where_a_place_to_pull_from_is_named(run_toy):
    for name in ("first", "second", "aside", ".dvc/cache"):
        shutil.rmtree(run_toy.path / name)
    standing = standing_of(run_toy.path)
    assert standing == Standing(elsewhere=("aside", "first", "second"))
    assert standing.remedy.startswith(
        "dvc repro, which makes them anew; or dvc remote add -d store PLACE, then dvc pull"
    )
    with (run_toy.path / ".dvc" / "config").open("a") as config:
        config.write("['remote \"store\"']\n    url = ../store\n")
    assert standing_of(run_toy.path).remedy == "dvc pull"


def test_what_has_to_run_again_is_told_from_what_is_kept(run_toy):
    (run_toy.path / "params.yaml").write_text("factor: 3\n")
    shutil.rmtree(run_toy.path / "aside")
    standing = standing_of(run_toy.path)
    assert standing == Standing(cached=("aside",), left=("first",))
    assert standing.remedy == "dvc checkout, then dvc repro"


def test_what_comes_after_a_stage_that_failed_is_left_too(run_toy):
    (run_toy.path / "params.yaml").write_text("factor: 3\n")
    shutil.rmtree(run_toy.path / "first")  # as DVC does before it runs one anew
    assert standing_of(run_toy.path) == Standing(left=("first", "second"))


def test_what_git_keeps_and_was_edited_is_made_again(run_toy):
    (run_toy.path / "second.json").write_text("{}")
    assert standing_of(run_toy.path) == Standing(left=("second",))


def test_a_project_that_dvc_cannot_read_is_one_line(run_toy):
    (run_toy.path / "dvc.yaml").write_text("stages: 5")
    with pytest.raises(DvcLockError, match=r"."):
        standing_of(run_toy.path)
