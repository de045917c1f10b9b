"""Where shards are computed: processes of this machine, a Dask cluster, or Ray.

Shards and their results travel as pickled values: a worker needs this package and the study's environments installed,
and neither a shared disk, nor DVC, nor a way to the Prefect server. What says that its `device` is cuda is given a GPU
of its own: by the pool of processes, by Ray, by a worker that offers Dask one.
"""

import os
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, Protocol

from heredity.errors import HeredityError, WorkerLostError
from heredity.extras import VISIBLE, environment, missing_extras_named, needs_gpu, no_device, visible_gpus
from heredity.seeds import ONE_THREAD
from heredity.workers import OnMessage, WorkerPool, cores

Kind = Literal["processes", "dask", "ray"]


ANSWER_SECONDS = 20
"""How long a Dask scheduler may take to answer."""


class Executor(Protocol):
    """Computes `size` items at a time, each for a thread that waits."""

    size: int

    def run(self, work_on: Callable[..., Any], item: Any, on_progress: OnMessage | None = None) -> Any:
        """Return `work_on(item)`. Raises what `work_on` raised, or WorkerLostError."""
        ...


@contextmanager
def open_executor(kind: Kind, address: str | None = None) -> Iterator[Executor]:
    """Connect to the cluster at `address`, or start workers on this machine where none is given.

    Raises HeredityError when the cluster's package is missing or nobody answers.
    """
    with missing_extras_named(), {"processes": _processes, "dask": _dask, "ray": _ray}[kind](address) as executor:
        yield executor


class Dask:
    """Workers of a Dask cluster; progress arrives when an item is finished."""

    def __init__(self, client: Any) -> None:
        self.size = max(sum(client.nthreads().values()), 1)
        self._client = client

    def run(self, work_on: Callable[..., Any], item: Any, on_progress: OnMessage | None = None) -> Any:
        """Compute on a worker; Dask itself moves an item whose worker died, until it gives up on it."""
        from distributed import KilledWorker
        from distributed.comm import CommClosedError

        packed = pickle.dumps((work_on, item, on_progress is not None))
        needed = self._needed(item)
        try:
            return _unpacked(self._client.submit(_compute, packed, pure=False, **needed).result(), on_progress)
        except (KilledWorker, CommClosedError, TimeoutError) as error:
            raise WorkerLostError(f"Dask lost the worker: {error}") from None

    def _needed(self, item: Any) -> dict[str, Any]:
        """Return what is asked of a worker. Raises StudyError where Dask would wait for one without end."""
        if not needs_gpu(item):
            return {}
        workers = self._client.sync(self._client.scheduler.identity)["workers"].values()
        if not any(worker["resources"].get("GPU") for worker in workers):
            raise no_device("no worker of Dask offers one", f"{VISIBLE}=0 dask worker … --nthreads 1 --resources GPU=1")
        return {"resources": {"GPU": 1}}


class Ray:
    """Workers of a Ray cluster; progress arrives when an item is finished."""

    def __init__(self, ray: Any) -> None:
        self.size = max(int(ray.cluster_resources().get("CPU", 1)), 1)
        self._ray = ray
        self._remote = ray.remote(num_cpus=1, max_retries=0)(_compute)
        self._on_gpu = ray.remote(num_cpus=1, num_gpus=1, max_retries=0)(_compute)

    def run(self, work_on: Callable[..., Any], item: Any, on_progress: OnMessage | None = None) -> Any:
        """Compute on a worker. Raises StudyError where Ray would wait for a GPU without end."""
        errors, on_gpu = self._ray.exceptions, needs_gpu(item)
        if on_gpu and not self._ray.cluster_resources().get("GPU"):
            raise no_device("Ray's cluster has none", "ray start --num-gpus 1 where there is one")
        remote = self._on_gpu if on_gpu else self._remote
        packed = pickle.dumps((work_on, item, on_progress is not None))
        try:
            return _unpacked(self._ray.get(remote.remote(packed)), on_progress)
        except errors.RayTaskError as error:
            raise error.cause from None
        except errors.RayError as error:
            raise WorkerLostError(f"Ray lost the worker: {type(error).__name__}") from None


@contextmanager
def bare_spawn() -> Iterator[None]:
    """Spawn processes that do not import the program they come from (Prefect and all): work has modules of its own."""
    # A spawned process imports its parent's main module anew, which it finds by these two names; without them it skips
    # that, which would cost seconds and load Prefect into every worker. `__spec__` is looked up and has to be there.
    main = vars(sys.modules["__main__"])
    before: dict[str, Any] = {name: main.pop(name) for name in ("__spec__", "__file__") if name in main}
    main["__spec__"] = None
    try:
        yield
    finally:
        main.update(before)


@contextmanager
def _processes(_: str | None) -> Iterator[Executor]:
    with environment(ONE_THREAD), bare_spawn():
        pool = WorkerPool(cores())
        try:
            yield pool
        finally:
            pool.close(failed=True)  # at once if they are at work; nothing is tried again


@contextmanager
def _dask(address: str | None) -> Iterator[Executor]:
    from distributed import Client, LocalCluster

    try:
        cluster = address or LocalCluster(
            n_workers=cores(), threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        )
        if not isinstance(cluster, str):
            _add_gpus(cluster)
        client = Client(cluster, timeout=ANSWER_SECONDS)
    except OSError as error:
        raise HeredityError(f"no Dask scheduler answers at {address}: {error}; type: dask scheduler") from None
    try:
        if not isinstance(cluster, str):
            client.wait_for_workers(len(cluster.worker_spec))
        yield Dask(client)
    finally:
        client.close()
        if not isinstance(cluster, str):
            cluster.close()


def _add_gpus(cluster: Any) -> None:
    """Let a cluster of this machine have a worker besides for each GPU, which sees no other."""
    usual = cluster.new_spec
    for count, gpu in enumerate(visible_gpus(), len(cluster.worker_spec) + 1):
        options = {**usual["options"], "resources": {"GPU": 1}, "env": {VISIBLE: gpu}}
        cluster.new_spec = {**usual, "options": options}
        cluster.scale(count)


@contextmanager
def _ray(address: str | None) -> Iterator[Executor]:
    import ray

    local = {} if address else {"num_cpus": cores(), "include_dashboard": False}
    try:
        ray.init(address=address, log_to_driver=False, runtime_env={"env_vars": ONE_THREAD}, **local)
    except ConnectionError as error:
        raise HeredityError(f"no Ray cluster answers at {address}: {error}; type: ray start --head") from None
    try:
        yield Ray(ray)
    finally:
        ray.shutdown()


def _compute(packed: bytes) -> bytes:
    """Compute on a cluster's worker: one thread, values in, and out the result with all that was said on the way."""
    os.environ.update(ONE_THREAD)
    try:
        work_on, item, reports = pickle.loads(packed)
    except ModuleNotFoundError as error:
        raise HeredityError(
            f"a worker lacks the module {error.name}; install the same packages on every worker as here"
        ) from None
    messages: list[Any] = []
    result = work_on(item, on_progress=messages.append) if reports else work_on(item)
    return pickle.dumps((result, messages))


def _unpacked(packed: bytes, on_progress: OnMessage | None) -> Any:
    result, messages = pickle.loads(packed)
    if on_progress:
        for message in messages:
            on_progress(message)
    return result
