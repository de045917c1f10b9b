"""How many episodes a rule asks for before it judges anybody."""

import pytest

from heredity.gate.candidates import fewest_episodes
from heredity.study.gate_rule import GateRule


@pytest.mark.parametrize(
    ("rule", "members", "fewest"),
    [
        ({"rule": "quantile"}, 1, 5),  # 1 / 2^5 is the first below 0.05
        ({"rule": "quantile"}, 20, 5),
        ({"rule": "quantile", "error": "family"}, 20, 9),  # and 1 / 2^9 below 0.05 / 20
        ({"rule": "quantile", "when_none": "extend", "extend_budget": 1}, 1, 6),  # below 0.025
        ({"rule": "champion"}, 1, 10),
        ({"rule": "lower_bound", "error": "family"}, 20, 2),
        ({"rule": "mean"}, 1, 2),
    ],
)
def test_a_rule_needs_so_many_episodes(rule, members, fewest):
    assert fewest_episodes(GateRule(**rule), members) == fewest
