"""Defaults are read from the library's source as its classes have them."""

import inspect

import pytest

from heredity.agents.algorithms import OURS, algorithm_class
from heredity.report.default_settings import UNTOLD, default_settings
from heredity.study.sections import Algorithm


def test_what_a_study_sets_is_no_default():
    settings = default_settings(Algorithm(name="PPO", hyperparameters={"n_steps": 32, "gamma": 0.9}))
    assert list(settings)[:4] == ["learning_rate", "batch_size", "n_epochs", "gae_lambda"]
    assert (settings["learning_rate"], settings["batch_size"], settings["clip_range"]) == (0.0003, 64, 0.2)
    assert not settings.keys() & {"n_steps", "gamma", "seed", "policy", "stats_window_size", "target_kl"}
    assert default_settings(Algorithm(name="Unheard")) == {}


@pytest.mark.parametrize("name", ["PPO", "A2C", "DQN", "SAC", "MaskablePPO", "RecurrentPPO", "TQC", "ARS", "CrossQ"])
def test_the_source_says_what_the_class_does(name):
    parameters = inspect.signature(algorithm_class(name).__init__).parameters
    plain = {
        key: each.default for key, each in parameters.items() if isinstance(each.default, bool | int | float | str)
    }
    assert default_settings(Algorithm(name=name)) == {key: plain[key] for key in plain if key not in UNTOLD}
    assert OURS <= UNTOLD
