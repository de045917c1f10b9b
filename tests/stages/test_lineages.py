"""A study that repeats its whole lineage: what is drawn, decided and kept within each, and how more are added."""

import copy

import pytest

from heredity.inheritance.pedigree import broken_links, read_pedigree
from heredity.layout import Layout, control_arm, members_in
from heredity.study.lineages import lineage_of
from tests.examples import TINY
from tests.here import run_study

pytestmark = pytest.mark.study

LAYOUT = Layout()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Stand in an empty directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "disabled")


def models(generation, arm="inherited", lineage=""):
    """Return the bytes of one lineage's models by what they are called in it."""
    folder = LAYOUT.arm(generation, arm).models
    return {
        name.rpartition("/")[2]: (folder / f"{name}.zip").read_bytes()
        for name in members_in(folder)
        if lineage_of(name) == lineage
    }


def test_more_lineages_keep_the_bytes_of_the_first_and_draw_others(place, write_study):
    study = copy.deepcopy(TINY)
    run_study(write_study(study))
    alone = {arm: models("second", arm) for arm in ("inherited", control_arm("scratch"))}
    assert all(len(members) == 2 for members in alone.values())
    run_study(write_study(study | {"lineages": 2}))
    for arm, before in alone.items():
        assert models("second", arm, "l00") == before
        others = models("second", arm, "l01")
        assert others.keys() == before.keys()
        assert not set(others.values()) & set(before.values())
    births = read_pedigree().births
    assert {lineage_of(member) for _, member in births} == {"l00", "l01"}
    for (_, member), birth in births.items():
        assert {lineage_of(parent) for parent in birth.parents} <= {lineage_of(member)}
    assert broken_links() == []
