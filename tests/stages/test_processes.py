"""Processes that are left, stopped and signalled, in whole studies: benchmarks/processes.py in short."""

import numpy as np
import pytest

from benchmarks.campaign import Campaign
from benchmarks.processes import one_generation, orphans, parents
from tests.projects import make_project

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    directory = tmp_path_factory.mktemp("processes")
    new = make_project(directory / "new")
    new.write(one_generation())
    return Campaign(directory, np.random.default_rng(0), new, {}, seconds=20.0)


def test_an_orphan_that_slept_writes_nothing_over_those_who_came_after_it(campaign):
    assert {outcome for _, outcome in orphans(campaign)} == {"recovered"}


def test_nothing_outlives_the_command_that_was_typed(campaign, monkeypatch):
    monkeypatch.setattr("benchmarks.processes.Campaign.finished", lambda *_: True)
    assert {outcome for _, outcome in parents(campaign, 1)} == {"recovered"}
