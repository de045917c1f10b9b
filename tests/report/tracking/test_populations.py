"""Of very many members: one run for all, one for every lineage's first survivor, and none while they train."""

import numpy as np
import pytest

from heredity.layout import Layout
from heredity.report import watching
from heredity.report.tracking import stored as module
from heredity.report.tracking.populations import firsts_of_lineages, population_history
from heredity.report.tracking.runs import MOST_RUNS
from heredity.report.tracking.stored import stored_runs
from heredity.report.tracking.stored_run import POPULATION
from heredity.training.curves import CurveRow
from heredity.transfer.continual import write_continual
from tests.report.wide import FINAL, NAMES, SURVIVORS, Wide


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    wide = Wide(tmp_path_factory.mktemp("runs"))
    wide.compared()
    write_continual(wide.layout.continual, None)
    return {run.name: run for run in stored_runs(wide.loaded(), wide.layout)}


def test_an_arm_of_very_many_members_is_a_run_and_so_is_every_lineages_first_survivor(runs):
    assert len(NAMES) > MOST_RUNS
    firsts = [f"{generation}-inherited-l0{each}-m39" for generation in ("first", "second") for each in (1, 2)]
    assert runs.keys() == {"first-inherited", "second-inherited", "second-control-scratch", "compare", *firsts}
    assert firsts_of_lineages(SURVIVORS) == {"l01/m39", "l02/m39"}
    assert firsts_of_lineages(()) == set()


def test_the_run_of_an_arm_has_its_quartiles_and_a_row_for_every_member(runs):
    run = runs["second-inherited"]
    assert run.job_type == POPULATION
    assert len({each.run_id for each in runs.values()}) == len(runs)
    assert run.config["members"] == len(NAMES)
    assert not {"member", "pedigree", "parents"} & run.config.keys()
    last = run.history[-1]
    low, middle, high = np.quantile([*FINAL.values()], [0.25, 0.5, 0.75])
    assert last == {"env_steps": 1000, "return_low": low, "return_mean": middle, "return_high": high}
    assert run.summary == {"steps": 1000 * len(NAMES), "members_passed": 60, "members_survivor": 60}
    rows = {row["member"]: row for row in run.tables["members"]}
    assert list(rows) == NAMES
    assert len({tuple(row) for row in rows.values()}) == 1
    assert rows["l01/m03"] == {
        "member": "l01/m03", "parents": "first-inherited-l01-m01", "steps": 1000, "passed": False, "survivor": False,
        "gate_mean": FINAL["l01/m03"], "fitness": FINAL["l01/m03"],
    }  # fmt: skip
    control = runs["second-control-scratch"]
    assert control.summary == {"steps": 1000 * len(NAMES)}


def test_as_many_members_as_have_runs_have_one_each(runs, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_RUNS", len(NAMES))
    wide = Wide(tmp_path)
    wide.compared()
    assert len(list(stored_runs(wide.loaded(), wide.layout))) == 3 * len(NAMES) + 1


def test_a_member_without_an_episode_has_no_part_in_the_quartiles():
    none = [CurveRow(0, None, None, None, None, 0)]
    assert population_history({"m00": none}, 100) == ()
    some = [CurveRow(0, 1.0, 0.0, 1.0, None, 100), CurveRow(10, 3.0, 0.0, 1.0, None, 100)]
    assert population_history({"m00": none, "m01": some}, 100)[-1]["return_mean"] == 3.0


def test_very_many_members_are_not_recorded_while_they_train(monkeypatch):
    """Of their runs nothing is asked: the shards' members alone are counted."""
    from types import SimpleNamespace

    asked = []
    monkeypatch.setattr(watching, "disabled", lambda: False)
    monkeypatch.setattr(watching, "read_study_name", lambda _: "tiny")
    monkeypatch.setattr(watching, "member_runs", lambda *arguments: asked.append(arguments[-1]) or {})
    for count in (MOST_RUNS, MOST_RUNS + 1):
        members = [SimpleNamespace(name=f"m{each}") for each in range(count)]
        halves = members[:9], members[9:]
        shards = [SimpleNamespace(generation="first", arm="inherited", members=half) for half in halves]
        watching._runs(Layout(), shards)
    assert list(map(len, asked)) == [MOST_RUNS]
