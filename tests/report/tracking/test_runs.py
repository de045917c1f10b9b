"""What of W&B the user's own variables decide, and what a run's config is."""

import sys

import pytest

from heredity.errors import HeredityError
from heredity.report.tracking.runs import RunName, disabled, logged, mode, open_run, project_of, spent
from heredity.training.curves import CurveRow
from tests.report.tracking.fake import FakeWandb

VARIABLES = ("WANDB_MODE", "WANDB_API_KEY", "WANDB_BASE_URL", "WANDB_DISABLED")


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [({}, "offline"), ({"WANDB_API_KEY": "x"}, "online"), ({"WANDB_MODE": "offline", "WANDB_API_KEY": "x"}, "offline")],
)
def test_the_users_own_variables_choose_the_mode(monkeypatch, variables, expected):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert mode() == expected


@pytest.mark.parametrize(
    ("name", "value", "off"),
    [("WANDB_MODE", "Disabled", True), ("WANDB_DISABLED", "true", True), ("WANDB_DISABLED", "0", False)],
)
def test_the_users_own_variables_switch_it_off(monkeypatch, name, value, off):
    assert not disabled()
    monkeypatch.setenv(name, value)
    assert disabled() == off


def test_where_wandb_is_not_installed_nothing_is_recorded_unless_it_is_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)  # which Python takes for a package that is not there
    assert disabled()
    monkeypatch.setenv("WANDB_MODE", "offline")
    assert not disabled()
    with pytest.raises(HeredityError, match=r"package wandb, got none; type: pip install 'heredity\[wandb\]'"):
        open_run("tiny", "first-inherited-m00", "abc", job_type="train", group="first", config={}, tags=())


def test_a_run_is_called_by_whose_it_is():
    name = RunName("second", "control/scratch", "l00/m01")
    assert (str(name), name.job_type) == ("second-control-scratch-l00-m01", "control")
    assert RunName("second", "inherited", "m00").job_type == "train"
    assert RunName("second", "extension", "m00").job_type == "extend"


def test_what_is_not_known_of_a_row_is_not_logged():
    row = CurveRow(8, None, None, None, None, 0)
    assert logged(row) == {"env_steps": 8, "lineage_steps": 8, "episodes": 0}


def test_a_row_is_over_its_own_steps_and_over_its_lineages():
    told = logged(CurveRow(8, 1.5, 0.0, 3.0, None, 2, learning_rate=0.1), begun_steps=100, charged_steps=1000)
    assert told == {
        "env_steps": 108, "lineage_steps": 1108, "return_mean": 1.5, "lineage/return_mean": 1.5, "return_std": 0.0,
        "length_mean": 3.0, "episodes": 2, "learning_rate": 0.1,
    }  # fmt: skip


def test_what_a_training_cost_has_a_rate_where_it_took_any_time():
    assert spent(1000, 2.00049) == {"core_seconds": 2.0, "steps_per_second": 500.0}
    assert spent(1000, 0.0001) == {"core_seconds": 0.0}


def test_a_run_has_its_own_id_and_name_and_the_users_project_group_and_tags(monkeypatch):
    """Whatever WANDB_RUN_ID and WANDB_NAME say, of which every run of the process would be the same one."""
    wandb = FakeWandb()
    wandb.tags["abc"] = ("nightly", "passed")
    monkeypatch.setitem(sys.modules, "wandb", wandb)
    for name, value in {"PROJECT": "theirs", "RUN_GROUP": "sweep", "RUN_ID": "same", "NAME": "same"}.items():
        monkeypatch.setenv(f"WANDB_{name}", value)
    kind = {"job_type": "train", "group": "first", "config": {"seed": 1}}
    run = open_run("tiny", "first-inherited-m00", "abc", **kind, tags=["study:tiny", "nightly"])
    told = {key: run.given[key] for key in ("project", "group", "id", "name", "config", "resume")}
    assert told == {
        "project": "theirs", "group": "sweep", "id": "abc", "name": "first-inherited-m00", "config": {"seed": 1},
        "resume": None,
    }  # fmt: skip
    assert run.tags == ("nightly", "study:tiny")  # what a gate said before is said anew by whoever knows it
    assert ("lineage/*", "lineage_steps") in run.metrics
    monkeypatch.delenv("WANDB_PROJECT")
    assert project_of("tiny") == "tiny"
    monkeypatch.setenv("WANDB_MODE", "online")
    assert open_run("tiny", "first-inherited-m00", "abc", **kind, tags=()).given["resume"] == "allow"
