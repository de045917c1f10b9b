"""What updates say is what Stable-Baselines3 logs, by the same name whatever the algorithm."""

from types import SimpleNamespace

import pytest

from heredity.training.updates import LOGGED, known, logged_update


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {}),
        ({"policy_gradient_loss": -0.5, "value_loss": 2, "loss": 9, "approx_kl": 0.1}, (-0.5, 2.0, None, 0.1)),
        ({"policy_loss": 1, "value_loss": 2, "entropy_loss": -3}, (1.0, 2.0, -3.0)),
        ({"actor_loss": 1, "critic_loss": 2, "ent_coef_loss": 5}, (1.0, 2.0)),
        ({"loss": 2}, (None, 2.0)),
    ],
)
def test_losses_have_the_same_names_whatever_the_algorithm(values, expected):
    logged = {f"train/{key}": value for key, value in values.items()}
    found = logged_update(SimpleNamespace(logger=SimpleNamespace(name_to_value=logged)))
    assert list(found) == list(LOGGED)
    assert {name: value for name, value in found.items() if value is not None} == {
        name: value for name, value in zip(LOGGED, expected, strict=False) if value is not None
    }


@pytest.mark.parametrize(
    ("value", "kept"), [(0.123456789, 0.123457), (float("nan"), None), (float("inf"), None), (-1e101, None), (0, 0.0)]
)
def test_a_number_is_kept_to_what_float32_says_and_none_where_a_curve_cannot_hold_it(value, kept):
    assert known(value) == kept
