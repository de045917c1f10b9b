"""The deployments: no misspelt key, one by hand and one by schedule, typed parameters for the form."""

import pytest
from prefect.cli.deploy._models import ConcurrencyLimitSpec as LimitConfig
from prefect.cli.deploy._models import DeploymentConfig, PrefectYamlModel, RawScheduleConfig, WorkPoolConfig
from ruamel.yaml import YAML

from flows.study import study
from heredity.orchestration.settings import project_root
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
    assert [schedule["cron"] for schedule in nightly["schedules"]] == ["0 2 * * *"]
    assert {one["entrypoint"] for one in (by_hand, nightly)} == {"flows/study.py:study"}


def test_the_forms_fields_have_types_and_explanations():
    fields = study.parameters.properties
    assert fields["executor"]["enum"] == ["processes", "dask", "ray"]
    assert fields["overrides"]["type"] == "array"
    assert "gate.confidence=0.9" in fields["overrides"]["description"]
    assert all(field["description"] for field in fields.values())
    assert study.parameters.required == []


def test_the_project_is_found_from_below_it(tmp_path, monkeypatch):
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    (tmp_path / "lineage" / "small").mkdir(parents=True)
    assert project_root(tmp_path / "lineage" / "small") == tmp_path
    assert project_root(tmp_path.parent) == CHECKOUT
