"""The input campaign in short: damaged files, and any JSON or bytes at all, are read or refused in one line."""

import json
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import inputs
from heredity.errors import HeredityError

pytestmark = pytest.mark.study

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Return a finished study with a file of every kind."""
    root = tmp_path_factory.mktemp("study")
    inputs.valid_study(root)
    return root


def test_a_sample_of_the_campaign_breaks_nothing(study):
    tally = Counter(inputs.campaign(study, cases=60, seed=2))
    broken = {case: count for case, count in tally.items() if case[1] not in ("accepted", "refused")}
    assert broken == {}
    assert {name for name, _ in tally} == {kind.name for kind in inputs.KINDS}
    assert sum(count for (_, end), count in tally.items() if end == "accepted") > 5


@pytest.mark.slow
def test_a_command_refuses_in_one_line_with_exit_code_2_and_touches_nothing(tmp_path):
    for number in range(len(inputs.COMMANDS)):
        (root := tmp_path / str(number)).mkdir()
        inputs.valid_study(root)
        assert inputs.command(root, number, seed=2)[1] in ("accepted", "refused")


def test_an_outcome_that_is_no_refusal_of_one_line_is_told(monkeypatch):
    def silent():
        raise HeredityError("")

    def endless():
        while True:  # a builtin that never ends would let no signal through
            pass

    monkeypatch.setattr(inputs, "SECONDS", 0.05)
    assert inputs.outcome(lambda: [][0]).startswith("IndexError in test_inputs.py:")
    assert inputs.outcome(endless).startswith("TimeoutError in inputs.py:")
    assert inputs.outcome(silent) == "not one line: "


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300) | ANYTHING.map(lambda value: json.dumps(value).encode()))
def test_whatever_a_file_holds_its_reader_returns_or_refuses(tmp_path, content):
    for kind in inputs.KINDS:
        if kind.path.suffix not in (".zip", ".npz", ".pkl") and kind.read is not inputs.whole:
            path = tmp_path / kind.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            assert inputs.outcome(lambda kind=kind, path=path: kind.read(path)) in ("accepted", "refused")
