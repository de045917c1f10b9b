"""The study as a flow, on a real server and real training: the same lock as `dvc repro`, visible in the UI's terms."""

import json
from pathlib import Path

import pytest
from prefect import get_client
from prefect.client.schemas.filters import DeploymentFilter
from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL

from flows.study import study
from heredity.errors import StudyError
from heredity.orchestration.params import set_params
from tests.orchestration.conftest import artifact, task_runs
from tests.projects import CANARY
from tests.stages.test_secrets import HOLD_SECRETS, leaks

pytestmark = [pytest.mark.usefixtures("server"), pytest.mark.study]


def test_both_doors_write_the_same_lock(flown, finished):
    assert flown[0].lock() == finished.lock()
    assert "up to date" in flown[0].run("dvc", "status")


def test_dvc_has_nothing_left_to_do(flown):
    assert "Running stage" not in flown[0].run("dvc", "repro")


def test_every_stage_and_every_shard_has_a_run_with_a_readable_name(flown):
    names = set(task_runs(flown[1]))
    assert {"study", "founders", "inherit@first", "train@first", "gate@second", "control@second"} <= names
    assert sum(name.startswith("train@first m00 (seed ") for name in names) == 1
    assert "evaluate@second m00, m01" in names


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("founders=[/etc/hostname]", "founders.0: expected a Stable-Baselines3 model"),
        pytest.param("generations.second.env=os:getcwd", "generations.second.env: ", marks=pytest.mark.slow),
        pytest.param("generations.second.env=Nowhere-v0", "generations.second.env: ", marks=pytest.mark.slow),
    ],
)
def test_what_a_run_overrides_is_checked_as_params_yaml_is_before_it_takes_its_place(flown, override, said):
    params = flown[0].path / "params.yaml"
    before = params.read_bytes()
    state = study(project=str(flown[0].path), overrides=(override,), return_state=True)
    assert state.is_failed()
    assert f"StudyError: params.yaml: {said}" in state.message
    assert params.read_bytes() == before


@pytest.mark.slow
def test_the_nightly_deployment_has_runs_to_come_once_it_is_turned_on(deployed):
    with get_client(sync_client=True) as client:
        nightly = client.read_deployment_by_name("study/nightly")
        (schedule,) = nightly.schedules
        assert not schedule.active
        client.update_deployment_schedule(nightly.id, schedule.id, active=True)
        client.request("POST", "/deployments/{id}/schedule", path_params={"id": nightly.id}, json={"min_runs": 2})
        coming = client.read_flow_runs(deployment_filter=DeploymentFilter(id={"any_": [nightly.id]}))
    assert len(coming) >= 2
    assert {run.state.name for run in coming} == {"Scheduled"}


@pytest.mark.slow
def test_neither_what_a_flow_writes_nor_what_the_server_keeps_of_it_has_a_secret(deployed):
    database = Path(PREFECT_API_DATABASE_CONNECTION_URL.value().partition(":///")[2])
    kept = b"".join(path.read_bytes() for path in database.parent.glob(f"{database.name}*"))
    assert b"tiny-verdict" in kept
    assert CANARY.encode() not in kept
    assert set(leaks(deployed[0].path)) == HOLD_SECRETS
    assert "Completed" in (deployed[0].path / "worker.log").read_text()


@pytest.mark.slow
def test_an_up_to_date_study_shows_every_stage_as_skipped(flown):
    state = study(project=str(flown[0].path), return_state=True)
    names = task_runs(state.state_details.flow_run_id)
    stages = {name: said for name, said in names.items() if not name.startswith("generation")}
    assert set(stages) == set(flown[0].lock())
    assert set(stages.values()) == {"Skipped"}


def test_a_gate_shows_its_table_and_the_study_its_verdict(flown):
    rows = json.loads(artifact("tiny-first-gate").data)
    decision = json.loads((flown[0].path / "lineage/first/gate.json").read_text())
    assert [row["member"] for row in rows] == sorted(("m00", "m01"), key=lambda m: -decision["candidates"][m]["mean"])
    assert set(rows[0]) == {"member", "mean", "bound", "passed", "reason"}
    assert rows[0]["bound"] == pytest.approx(decision["candidates"][rows[0]["member"]]["bound"], rel=1e-3)
    verdict = artifact("tiny-verdict").data
    assert "On second (CartPole-v1) the inherited members of this one parent reached the threshold" in verdict
    assert "| second |" in verdict
    assert "report/index.html`, to be opened in a browser" in verdict  # this server shows no report
    assert artifact("tiny-learning-second").data.startswith("![Learning curves of second](data:image/png;base64,")


def test_training_shows_its_progress_up_to_the_end(flown):
    assert artifact("tiny-train-first").data == 100.0
    assert artifact("tiny-control-second").data == 100.0


@pytest.mark.slow
def test_overrides_are_written_and_rerun_only_what_they_concern(flown, tmp_path):
    project = flown[0].copy(tmp_path / "study")
    state = study(project=str(project.path), overrides=("gate.confidence=0.9",), return_state=True)
    assert state.is_completed(), state.message
    outcomes = task_runs(state.state_details.flow_run_id)
    assert outcomes["gate@first"] == "Completed"
    assert outcomes["train@first"] == outcomes["train@second"] == "Skipped"
    assert "confidence: 0.9\n" in (project.path / "params.yaml").read_text()
    assert "up to date" in project.run("dvc", "status")


def test_a_refused_override_changes_nothing(flown, tmp_path, monkeypatch):
    project = flown[0].copy(tmp_path / "study")
    monkeypatch.chdir(project.path)
    before = (project.path / "params.yaml").read_text()
    with pytest.raises(StudyError, match=r"gate.confidence: expected a confidence from 0.5 to below 1, got 7"):
        set_params(project.path / "params.yaml", ["gate.confidence=7"])
    with pytest.raises(StudyError, match=r"overrides: expected key=value of .*, got gate.confidense=0.9"):
        set_params(project.path / "params.yaml", ["gate.confidense=0.9"])
    assert (project.path / "params.yaml").read_text() == before


def test_a_missing_params_file_is_named(flown):
    state = study(project=str(flown[0].path), params="studies/none.yaml", return_state=True)
    assert state.is_failed()
    assert "studies/none.yaml: no such file" in state.message


@pytest.mark.slow
def test_a_failure_names_member_seed_and_the_command_that_resumes_without_a_traceback(new_project, tmp_path, caplog):
    content = (new_project.path / "params.yaml").read_text()
    broken = content.replace("env: CartPole-v1", "env: Broken-v0\n    import: [tests.orchestration.broken]", 1)
    (new_project.path / "params.yaml").write_text(broken)
    state = study(project=str(new_project.path), return_state=True)
    assert state.is_failed()
    assert "expected at least one member that lives through its training, got none of 2; m00 with seed" in state.message
    assert "RuntimeError: the pole has had enough" in state.message
    assert f"to resume: python -m flows.study --project {new_project.path}" in state.message
    assert set(new_project.lock()) >= {"study", "founders", "inherit@first", "control@second"}
    told = [line for line in caplog.records if line.getMessage().endswith(f"{new_project.path}')")]
    assert {line.name for line in told} == {"prefect.flow_runs", "prefect.task_runs"}
    assert not any(line.exc_info for line in told)
