"""A flow's changes: params.yaml stays readable for heredity and DVC, or stays as it is."""

import pytest
from dvc.utils.serialize import load_yaml
from prefect.exceptions import TerminationSignal

from heredity.errors import StudyError
from heredity.layout import PARAMS
from heredity.orchestration.params import params_of_run, set_params
from heredity.study.load import load_study, parse_study

TEXT = """\
# A study as people write it.
study: doorkey
seed: 0
population: 8                      # members
algorithm: {name: PPO, n_envs: 8}
gate: {rule: lower_bound, confidence: 0.95, at_most: 3, when_none: best}
generations:
  small:  {after: founders, env: DoorKey-5x5-v0, threshold: 0.9, budget: 150000}
  medium: {after: small,    env: 'own:Mine-v0', threshold: 0.9, budget: 150000}
  large:  {after: medium,   env: DoorKey-8x8-v0, threshold: 0.9, budget: 400000}
control: {generations: [medium, large], budget: lineage}   # its own and all ancestors'
"""


@pytest.fixture
def text(tmp_path, monkeypatch):
    """Return the text of a params.yaml with an id in quotes, as it lies in the working directory."""
    monkeypatch.chdir(tmp_path)
    PARAMS.write_text(TEXT)
    return TEXT


def differing(text):
    """Return the lines of params.yaml that are others by now, which heredity and DVC read."""
    now = PARAMS.read_text()
    assert load_study(PARAMS).population == load_yaml(PARAMS)["population"]
    assert len(now.splitlines()) == len(text.splitlines())
    return [line for line, before in zip(now.splitlines(), text.splitlines(), strict=True) if line != before]


def test_a_change_leaves_quotes_remarks_and_every_other_line(text):
    set_params(PARAMS, ["gate.confidence=0.9", "generations.large.budget=1000"])
    assert differing(text) == [
        "gate: {rule: lower_bound, confidence: 0.9, at_most: 3, when_none: best}",
        "  large:  {after: medium,   env: DoorKey-8x8-v0, threshold: 0.9, budget: 1000}",
    ]


def test_a_value_that_needs_quotes_gets_them(text):
    set_params(PARAMS, ["generations.small.env=mypkg:Mine-v0"])
    (line,) = differing(text)
    assert 'env: "mypkg:Mine-v0", threshold' in line
    assert load_yaml(PARAMS)["generations"]["small"]["env"] == "mypkg:Mine-v0"


def test_a_module_to_import_can_be_added(text):
    set_params(PARAMS, ["generations.small.env=Mine-v0", "+generations.small.import=[mypkg]"])
    small = load_study(PARAMS).generations["small"]
    assert (small.imports, small.env.id) == (("mypkg",), "Mine-v0")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("gate.confidence=7", r"params\.yaml: gate\.confidence: expected a confidence from 0\.5 to below 1, got 7"),
        ("gate.confidence=nan", r"gate\.confidence: expected a finite number, got nan"),
        ("gate.confidense=0.9", r"overrides: expected key=value of a key that is there, .* gate\.confidense=0\.9: Inv"),
        ("gate.rule=???", r"overrides: expected key=value of .* gate\.rule=\?\?\?: Missing mandatory value"),
        ("gate.rule=${nothing}", r"overrides: expected key=value of .*: Interpolation key 'nothing' not found"),
        ("+import=[my-pkg]", r"import\.0: expected a list of modules that register environments"),
    ],
)
def test_what_is_refused_changes_nothing(text, change, message):
    with pytest.raises(StudyError, match=message) as refusal:
        set_params(PARAMS, ["generations.large.budget=1000", change])
    assert "\n" not in str(refusal.value)
    assert PARAMS.read_text() == text


def test_a_file_that_dvc_cannot_read_is_refused_before_anything_is_changed(text):
    broken = text.replace("'own:Mine-v0'", "own:Mine-v0")
    PARAMS.write_text(broken)
    with pytest.raises(StudyError, match=r"generations\.medium\.env: .*; write import: \[own\] beside env: Mine-v0"):
        set_params(PARAMS, ["gate.confidence=0.9"])
    assert PARAMS.read_text() == broken


def test_a_dollar_of_the_study_is_a_letter(text):
    kwargs = "env: {id: A-v0, kwargs: {path: '${seed}/???'}}"
    PARAMS.write_text(text.replace("env: DoorKey-8x8-v0", kwargs))
    set_params(PARAMS, ["seed=3"])
    assert kwargs in PARAMS.read_text()


def test_another_file_takes_the_place_of_params_yaml_through_a_link(text, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    PARAMS.rename("elsewhere/params.yaml")
    PARAMS.symlink_to("elsewhere/params.yaml")
    (tmp_path / "other.yaml").write_text(text)
    set_params(tmp_path / "other.yaml", ["seed=3"])
    assert PARAMS.is_symlink()
    assert differing(text) == ["seed: 3"]
    assert (tmp_path / "other.yaml").read_text() == text


def test_what_the_check_refuses_takes_no_files_place(text, tmp_path):
    def refuse(changed, chosen):
        assert "seed: 3" in changed
        raise StudyError(f"{chosen}: founders.0: no such file")

    with pytest.raises(StudyError, match=r"params\.yaml: founders\.0"):
        set_params(PARAMS, ["seed=3"], refuse)
    assert PARAMS.read_text() == text
    set_params(PARAMS, [], refuse)  # nothing changes, so nothing is checked


@pytest.mark.parametrize(
    ("error", "has_run", "stays"),
    [
        (TerminationSignal(15), False, False),  # cancelled in the UI
        (TerminationSignal(15), True, False),
        (StudyError("refused"), False, False),
        (StudyError("failed"), True, True),  # resumed by the command that the message names
        (KeyboardInterrupt(), True, True),  # as is what Ctrl-C interrupts
        (None, True, True),
        (None, False, True),
    ],
)
def test_a_runs_changes_stay_only_where_it_ran(text, error, has_run, stays):
    try:
        with params_of_run(PARAMS, ["seed=3"], lambda: has_run, parse_study):
            assert differing(text) == ["seed: 3"]
            if error:
                raise error
    except BaseException as raised:
        assert raised is error
    assert (PARAMS.read_text() != text) == stays


def test_what_somebody_else_changed_meanwhile_is_not_undone(text):
    with pytest.raises(StudyError, match="refused"), params_of_run(PARAMS, ["seed=3"], lambda: False, parse_study):
        PARAMS.write_text(text.replace("population: 8", "population: 9"))
        raise StudyError("refused")
    assert load_study(PARAMS).population == 9


def test_a_run_that_is_refused_at_once_leaves_no_trace(text):
    with (
        pytest.raises(StudyError, match="expected a confidence"),
        params_of_run(PARAMS, ["gate.confidence=7"], lambda: False, parse_study),
    ):
        pass
    assert PARAMS.read_text() == text
