"""All deployments of the study share one limit, and a schedule that somebody turned on stays on."""

from dataclasses import dataclass

import pytest
from prefect import flow, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.client.schemas.schedules import CronSchedule
from prefect.states import Completed, Pending, Running

from heredity.orchestration import deployments
from heredity.orchestration.deployments import LIMIT, make_deployments, turned_on
from heredity.orchestration.waiting import WAITING

NIGHT = CronSchedule(cron="0 2 * * *", timezone="UTC")
NAMES = ("one", "two")


@dataclass
class Schedule:
    schedule: str
    active: bool


def test_a_schedule_that_was_on_is_turned_on_again_where_prefect_yaml_still_has_it():
    now = [Schedule("at two", active=False), Schedule("at three", active=False), Schedule("at four", active=True)]
    assert turned_on(now, ["at two", "at four", "at five"]) == now[:1]
    assert turned_on(now, []) == []


@pytest.fixture
def made(server, monkeypatch, tmp_path):
    """Return a client, and a function that makes two deployments as `prefect deploy --all` does."""

    def study():
        """Do nothing."""

    def deploy(*_):
        for name in NAMES:
            client.create_deployment(
                client.create_flow(flow(study)),
                name,
                schedules=[DeploymentScheduleCreate(schedule=NIGHT, active=False)],
                concurrency_limit=1,
                concurrency_options=ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy.ENQUEUE),
            )

    monkeypatch.setattr(deployments, "prefect_command", deploy)
    with get_client(sync_client=True) as client:
        yield client, lambda: make_deployments(tmp_path)
        for name in NAMES:
            client.delete_deployment(client.read_deployment_by_name(f"study/{name}").id)


@pytest.mark.study
def test_a_run_of_one_waits_while_one_of_the_other_waits_for_approval(made):
    client, make = made
    for _ in range(2):  # the server is started again, and the same is deployed once more
        make()
        both = [client.read_deployment_by_name(f"study/{name}") for name in NAMES]
        assert {each.global_concurrency_limit.name for each in both} == {LIMIT}
    assert {each.name for each in client.read_global_concurrency_limits(limit=100, offset=0)} >= {LIMIT}
    assert not [
        each
        for each in client.read_global_concurrency_limits(limit=100, offset=0)
        if each.name in {f"deployment:{one.id}" for one in both}
    ]
    first, second = (client.create_flow_run_from_deployment(each.id).id for each in both)
    client.set_flow_run_state(first, Pending())
    client.set_flow_run_state(first, Running())
    client.set_flow_run_state(first, Running(name=WAITING))
    assert client.read_flow_run(first).state.name == WAITING
    client.set_flow_run_state(second, Pending())
    assert client.read_flow_run(second).state.name == "AwaitingConcurrencySlot"
    client.set_flow_run_state(first, Running())
    client.set_flow_run_state(first, Completed())
    client.set_flow_run_state(second, Pending())
    assert client.read_flow_run(second).state.name == "Pending"
    client.set_flow_run_state(second, Completed())


@pytest.mark.study
def test_schedules_are_off_until_somebody_turns_one_on_and_then_stay_on(made):
    client, make = made
    make()
    one, two = (client.read_deployment_by_name(f"study/{name}") for name in NAMES)
    assert [each.active for each in (*one.schedules, *two.schedules)] == [False, False]
    client.update_deployment_schedule(two.id, two.schedules[0].id, active=True)
    make()
    one, two = (client.read_deployment_by_name(f"study/{name}") for name in NAMES)
    assert [each.active for each in (*one.schedules, *two.schedules)] == [False, True]
