"""The deployments of prefect.yaml on a server: one limit for all of them, and schedules that stay as they were put.

    python -m heredity.orchestration.deployments

Does what `prefect deploy --all` does, which gives every deployment a limit of its own and puts every schedule back to
what prefect.yaml says.
"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import httpx
from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowFilter, FlowFilterName
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL

from heredity.errors import HeredityError, one_line
from heredity.orchestration.local_server import command
from heredity.orchestration.settings import project_root

LIMIT = "heredity"
"""The limit that all deployments of the study share: a run has it from its start to its end, gates that wait included.

A run that needs it meanwhile waits; one that is gone without a word loses it when its lease is over.
"""


def make_deployments(project: Path) -> None:
    """Make the deployments of a project's prefect.yaml. Raises HeredityError with what Prefect or its server says."""
    if not (url := PREFECT_API_URL.value()):
        raise HeredityError("expected a Prefect server, got none; set PREFECT_API_URL to its address")
    try:
        with get_client(sync_client=True) as client:
            on = {each.name: _active(each) for each in _deployments(client)}
            prefect_command(project, "deploy", "--all")
            limit = _shared_limit(client)
            for deployment in _deployments(client):
                _share(client, deployment, limit)
                for schedule in turned_on(deployment.schedules, on.get(deployment.name, ())):
                    client.update_deployment_schedule(deployment.id, schedule.id, active=True)
    except httpx.HTTPError as error:
        raise HeredityError(
            f"the Prefect server at {url}: {one_line(error)}; start it, or set PREFECT_API_AUTH_STRING to its login"
        ) from None


def prefect_command(project: Path, *words: str) -> None:
    """Run one of Prefect's commands in a project. Raises HeredityError with what it says."""
    whole = command("prefect", "--no-prompt", *words)
    done = subprocess.run(whole, cwd=project, capture_output=True, text=True, check=False)
    if done.returncode:
        output = " ".join((done.stdout + done.stderr).split())
        raise HeredityError(f"prefect {' '.join(words)}: {output[-400:]}")


def turned_on(schedules: Iterable[DeploymentSchedule], before: Iterable[object]) -> list[DeploymentSchedule]:
    """Return the schedules that are off and were on before: somebody had turned them on."""
    on = list(before)
    return [each for each in schedules if not each.active and each.schedule in on]


def _active(deployment: DeploymentResponse) -> list[object]:
    return [each.schedule for each in deployment.schedules if each.active]


def _deployments(client: SyncPrefectClient) -> list[DeploymentResponse]:
    return client.read_deployments(flow_filter=FlowFilter(name=FlowFilterName(any_=["study"])))


def _shared_limit(client: SyncPrefectClient) -> str:
    """Return the id of the limit, made where it is not there; what it is set to is left as it is."""
    try:
        return str(client.read_global_concurrency_limit_by_name(LIMIT).id)
    except ObjectNotFound:
        client.upsert_global_concurrency_limit_by_name(LIMIT, 1)
        return str(client.read_global_concurrency_limit_by_name(LIMIT).id)


def _share(client: SyncPrefectClient, deployment: DeploymentResponse, limit: str) -> None:
    """Put a deployment under the shared limit, and remove its own."""
    own = deployment.global_concurrency_limit
    if own is not None and str(own.id) == limit:
        return
    # not update_deployment: what it sends has no such field
    changed = {"global_concurrency_limit_id": limit}
    client.request("PATCH", "/deployments/{id}", path_params={"id": deployment.id}, json=changed)
    if own is not None and own.name == f"deployment:{deployment.id}":
        client.delete_global_concurrency_limit_by_name(own.name)


if __name__ == "__main__":
    try:
        make_deployments(project_root())
    except HeredityError as refusal:
        sys.exit(f"error: {refusal}")
