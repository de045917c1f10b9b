"""The deployments: no misspelt key, one by hand and one by schedule, typed parameters for the form."""

import shlex
import subprocess
import sys

import pytest
from prefect.cli.deploy._models import ConcurrencyLimitSpec as LimitConfig
from prefect.cli.deploy._models import DeploymentConfig, PrefectYamlModel, RawScheduleConfig, WorkPoolConfig
from ruamel.yaml import YAML

from flows.study import study
from heredity.errors import HeredityError
from heredity.orchestration.serve import job_template
from heredity.orchestration.settings import named_project, project_root
from tests.examples import CHECKOUT

NESTED = {
    "deployments": DeploymentConfig,
    "schedules": RawScheduleConfig,
    "work_pool": WorkPoolConfig,
    "concurrency_limit": LimitConfig,
}


def misspelt(content, model=PrefectYamlModel, path=""):
    """Return the keys that Prefect would silently ignore."""
    known = {name for key, field in model.model_fields.items() for name in (key, field.alias) if name}
    wrong = [f"{path}{key}" for key in content if key not in known]
    for key, value in content.items():
        for part in value if isinstance(value, list) else [value]:
            if key in NESTED and isinstance(part, dict):
                wrong += misspelt(part, NESTED[key], f"{path}{key}.")
    return wrong


@pytest.fixture
def deployments():
    return YAML(typ="safe", pure=True).load((CHECKOUT / "prefect.yaml").read_text())


def test_prefect_knows_every_key(deployments):
    assert misspelt(deployments) == []


def test_a_misspelt_key_is_found(deployments):
    deployments["deployments"][1]["schedules"][0]["cronn"] = "0 2 * * *"
    deployments["deployments"][0]["entry_point"] = "flows/study.py:study"
    assert misspelt(deployments) == ["deployments.entry_point", "deployments.schedules.cronn"]


def test_one_deployment_waits_for_a_person_and_one_for_the_clock(deployments):
    by_hand, nightly = deployments["deployments"]
    assert "schedules" not in by_hand
    assert [(each["cron"], each["active"]) for each in nightly["schedules"]] == [("0 2 * * *", False)]
    assert by_hand["concurrency_limit"] == nightly["concurrency_limit"] == {"limit": 1, "collision_strategy": "ENQUEUE"}
    assert {one["entrypoint"] for one in (by_hand, nightly)} == {"flows/study.py:study"}


def test_the_forms_fields_have_types_and_explanations():
    fields = study.parameters.properties
    assert fields["executor"]["enum"] == ["processes", "dask", "ray"]
    assert fields["overrides"]["type"] == "array"
    assert "gate.confidence=0.9" in fields["overrides"]["description"]
    assert all(field["description"] for field in fields.values())
    assert study.parameters.required == []


def test_a_run_can_bring_nothing_of_its_own_to_execute(tmp_path):
    template = job_template(tmp_path)
    assert template["variables"] == {"type": "object", "properties": {}, "additionalProperties": False}
    assert "{{" not in str(template)
    assert template["job_configuration"]["working_dir"] == str(tmp_path)
    assert shlex.split(template["job_configuration"]["command"])[0] == sys.executable


def test_the_project_is_found_from_below_it(tmp_path, monkeypatch):
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    (tmp_path / "lineage" / "small").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "lineage" / "small")
    assert project_root() == project_root(tmp_path) == tmp_path


def test_outside_of_a_project_there_is_none_whoever_has_the_flows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HeredityError, match=rf"expected a directory with a dvc.yaml, got none at or above {tmp_path}"):
        project_root()
    with pytest.raises(HeredityError, match=rf"project: expected a directory with a dvc.yaml, got {tmp_path}"):
        project_root(tmp_path)


@pytest.mark.parametrize(
    ("words", "named"),
    [([], None), (["--project", "a", "--project=b"], "b"), (["--set", "x=1", "--project=b"], "b"), (["--project"], "")],
)
def test_prefect_keeps_its_files_in_the_project_that_is_named(words, named):
    assert named_project(words) == named


@pytest.mark.study
@pytest.mark.parametrize("words", [("-m", "flows.study"), ("-m", "heredity.cli", "serve")])
def test_outside_of_a_project_a_program_is_refused_and_writes_nothing(words, tmp_path):
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(
        [sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(
        f"error: expected a directory with a dvc.yaml, got none at or above {tmp_path}; cd to"
    )
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
