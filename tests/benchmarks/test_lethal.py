"""Both engines and evaluation judge an environment that misbehaves alike, and its neighbours keep their bytes."""

import pytest

from benchmarks.lethal import PLAYS, Case, cases, outcome_of

pytestmark = pytest.mark.study

SAMPLE = {
    ("sys.exit(0)", "step"): "refused",
    ("KeyboardInterrupt", "close"): "refused",
    ("one value", "reset"): "refused",
    ("reward: array of one", "step"): "refused",
    ("info: None", "step"): "refused",
    ("truncated: None", "step"): "refused",
    ("observation: objects", "step"): "refused",
    ("the working directory", "reset"): "refused",
    ("a draw from np.random", "step"): "refused",
    ("info: what Stable-Baselines3 writes", "step"): "recovered",
    ("reward: array of shape ()", "step"): "recovered",
    ("the mask of new files", "step"): "recovered",
}


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Let no thread of whoever runs the tests be suspected of a draw."""
    monkeypatch.setattr("heredity.agents.boundary.calls.threads", list)


@pytest.mark.parametrize(("fault", "call"), SAMPLE)
def test_a_fault_is_judged_alike_in_every_way_of_playing(fault, call):
    expected = SAMPLE[fault, call]
    outcomes = {play: outcome_of(Case("", play, fault, call, expected)) for play in PLAYS}
    assert outcomes == dict.fromkeys(PLAYS, expected)


def test_the_campaign_has_each_case_once():
    each = list(cases())
    assert len(each) == len(set(each)) > 800
