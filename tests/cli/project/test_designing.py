"""A study designed is one that can run: it has been tried out."""

import re
import sys
from contextlib import chdir

import pytest
from stable_baselines3 import PPO

from heredity.cli.project.design import Wanted
from heredity.cli.project.designing import designed
from heredity.errors import HeredityError, StudyError
from heredity.study.load import parse_study
from tests.cli.project.test_params import TEMPLATES


@pytest.fixture
def designed_in(monkeypatch, tmp_path):
    """Return a function that designs a study in an empty project."""

    def design(id, **wanted):
        monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
        with chdir(tmp_path):
            return designed(Wanted(id, templates=TEMPLATES, **wanted))

    return design


def test_an_environment_that_registers_a_threshold_needs_nothing_else(designed_in):
    design = designed_in("CartPole-v1", name="first")
    study = parse_study(design.params)
    assert (study.study, study.generations["first"].threshold) == ("first", 475.0)
    assert design.sources == ()
    assert design.told == (
        "CartPole-v1, 6 lineages of 2, PPO with MlpPolicy, threshold 475, "
        f"{study.generations['first'].budget} steps per member"
    )
    assert {"gymnasium", "numpy", "stable-baselines3", "torch"} <= design.packages.keys()
    assert "+" not in design.packages["torch"]


def test_a_threshold_that_nobody_registers_is_asked_for_as_a_number(designed_in):
    line = r"^--threshold: expected a number, because Pendulum-v1 registers none, got nothing; add --threshold N, the"
    with pytest.raises(StudyError, match=line):
        designed_in("Pendulum-v1")
    assert parse_study(designed_in("Pendulum-v1", threshold=-200.0).params).generations["first"].threshold == -200.0


def test_a_threshold_that_random_play_reaches_is_told(designed_in):
    assert designed_in("CartPole-v1").empty == ""
    line = (
        r"random play of CartPole-v1 returned \d\d\.\d+ on average, which is not below the threshold 12: the gate will"
    )
    assert re.match(line, designed_in("CartPole-v1", threshold=12.0).empty)


def test_a_threshold_that_is_given_goes_before_the_registered_one(designed_in):
    assert parse_study(designed_in("CartPole-v1", threshold=100.0).params).generations["first"].threshold == 100.0


def test_a_package_of_environments_is_required_by_its_version_and_ones_own_by_its_files(designed_in, mypkg, tmp_path):
    assert "minigrid" in designed_in("MiniGrid-Empty-5x5-v0", threshold=0.9).packages
    mypkg(tmp_path)
    design = designed_in("Mine-v0", imports=("mypkg",), threshold=40.0)
    assert [path.relative_to(tmp_path).as_posix() for path in design.sources] == ["mypkg/__init__.py", "mypkg/env.py"]
    assert "minigrid" not in design.packages


def test_what_fails_only_once_it_is_played_is_refused(designed_in, write_module, tmp_path):
    module = """
        import gymnasium
        from gymnasium.envs.classic_control import CartPoleEnv

        gymnasium.register("Mine-v0", entry_point="late_package:Mine", max_episode_steps=50)

        class Mine(CartPoleEnv):
            def __init__(self, made=[]):
                made.append(self)
                if len(made) > 3:
                    raise RuntimeError("No available video device")
                super().__init__()
    """
    write_module(tmp_path, "late_package.py", module)
    with pytest.raises(
        HeredityError, match=r"cannot be made: No available video device; .*; an environment that needs a di"
    ):
        designed_in("Mine-v0", imports=("late_package",), threshold=40.0)


def test_a_model_is_named_as_the_project_will_have_it_and_read_from_where_it_lies(designed_in, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    PPO("MlpPolicy", "CartPole-v1", device="cpu", n_steps=64).save(elsewhere / "model.zip")
    study = parse_study(designed_in("CartPole-v1", model=elsewhere / "model.zip", founder="founders/model.zip").params)
    assert study.founders == ("founders/model.zip",)
    assert study.algorithm.hyperparameters["n_steps"] == 64
    assert study.lineages == 1
