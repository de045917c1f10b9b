"""What of W&B the user's own variables decide, and what a run's config is."""

import sys

import pytest

from heredity.errors import HeredityError
from heredity.report.tracking.runs import RunName, disabled, logged, mode, open_run, run_config
from heredity.training.curves import CurveRow

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
        open_run("tiny", "first-inherited-m00", job_type="train", group="first", config={})


def test_a_config_says_whose_run_it_is_and_has_a_pedigree_even_where_nobody_was_born():
    name = RunName("second", "control/scratch", "m01")
    assert (str(name), name.job_type) == ("second-control-scratch-m01", "control")
    assert run_config(name, {"seed": 7}) == {
        "pedigree": {},
        "seed": 7,
        "generation": "second",
        "arm": "control/scratch",
    }
    birth = {"parents": ["m00"]}
    assert run_config(RunName("second", "inherited", "m00"), {"pedigree": birth})["pedigree"] == birth


def test_what_is_not_known_of_a_row_is_not_logged():
    assert logged(CurveRow(8, None, None, None, None, 0)) == {"env_steps": 8, "episodes": 0}
