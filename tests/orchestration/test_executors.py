"""Processes, Dask and Ray compute the same; real workers, killed for real."""

import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Semaphore
from types import SimpleNamespace

import pytest
from prefect import flow
from ruamel.yaml import YAML

from heredity.errors import HeredityError, TrainingError
from heredity.orchestration import executors, stage
from heredity.orchestration.dvc_lock import DvcLock
from heredity.orchestration.executors import Dask, Ray, open_executor
from heredity.orchestration.session import Session
from heredity.orchestration.stage import parallel_map
from heredity.pipeline.controls import control_shards
from heredity.pipeline.inputs.control import ControlInput
from heredity.pipeline.resolve import resolved
from heredity.study.load import load_study
from heredity.training.engines import train
from tests.examples import TINY
from tests.orchestration import work

RAY = (pytest.mark.slow, pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning"))  # of JAX, which trained here
KINDS = ("processes", pytest.param("dask", marks=pytest.mark.slow), pytest.param("ray", marks=RAY))

pytestmark = pytest.mark.study


@pytest.fixture(scope="module", params=KINDS)
def executor(request):
    """Yield each executor with workers of this machine."""
    with open_executor(request.param) as opened:
        yield opened


@pytest.fixture(scope="module")
def trained_here(tmp_path_factory):
    """Return a shard of the tiny study, and what training it in this process gives."""
    path = tmp_path_factory.mktemp("tiny") / "params.yaml"
    YAML().dump(TINY, path)
    shard = control_shards(ControlInput.of(resolved(load_study(path)), "second"))["scratch"][0]
    return shard, train(shard)


def test_every_executor_computes_the_function(executor):
    assert executor.size >= 1
    assert executor.run(work.double, 21) == 42


def test_every_worker_keeps_to_one_thread(executor):
    assert executor.run(work.environment, None) == "1"


def test_what_a_worker_says_arrives_in_order(executor):
    said = []
    assert executor.run(work.saying, 3, said.append) == 3
    assert said == [("half", 3), ("whole", 3)]


def test_every_executor_trains_to_the_same_bytes(executor, trained_here):
    shard, expected = trained_here
    result = executor.run(train, shard, lambda _: None)
    assert [member.agent.digest for member in result] == [member.agent.digest for member in expected]
    assert all(member.core_seconds > 0 for member in result)
    assert pickle.dumps([member.curve for member in result]) == pickle.dumps([member.curve for member in expected])


def test_the_works_own_error_comes_back_as_it_was(executor, tmp_path):
    with pytest.raises(TrainingError, match="member m01 with seed 5 failed"):
        executor.run(work.failing, str(tmp_path / "log"))


@pytest.fixture
def impatient(monkeypatch):
    """Let a lost shard be tried again at once."""
    monkeypatch.setattr(stage, "shard", stage.shard.with_options(retry_delay_seconds=0))


def spread_over(executor, toy, function, items):
    """Spread items as a stage does, inside a flow; return the flow's final state."""

    @flow(name="alone")
    def alone():
        with DvcLock(toy.path) as lock:
            current = Session(lock, executor, Semaphore(executor.size))
            with current.code_lock:
                return parallel_map(current, "train@first", function, items)

    return alone(return_state=True)


@pytest.mark.usefixtures("server", "impatient")
def test_a_worker_killed_mid_shard_is_replaced_and_the_result_is_the_same(executor, toy, tmp_path):
    items = [work.Item(f"m{index:02d}", str(tmp_path / str(index))) for index in range(2)]
    state = spread_over(executor, toy, work.kill_once, items)
    assert state.is_completed(), state.message
    assert state.result() == [7, 7]


@pytest.mark.slow
@pytest.mark.usefixtures("server")
def test_a_deterministic_failure_is_tried_once_and_named(toy, tmp_path):
    log = tmp_path / "log"
    with open_executor("processes") as executor:
        state = spread_over(executor, toy, work.fail, [work.Item("m01", str(log))])
    assert state.is_failed()
    assert "member m01 with seed 5 failed" in state.message
    assert log.read_text() == "tried\n"


@pytest.mark.slow
def test_an_address_where_nobody_answers_is_refused(monkeypatch):
    monkeypatch.setattr("heredity.orchestration.executors.ANSWER_SECONDS", 1)
    with (
        pytest.raises(HeredityError, match=r"no Dask scheduler answers at tcp://127.0.0.1:9: .* type: dask scheduler"),
        open_executor("dask", "tcp://127.0.0.1:9"),
    ):
        pass


@dataclass(frozen=True)
class OnGpu:
    """Work that says what it needs."""

    device: str = "cuda"


class Submitted:
    """A client of Dask that keeps what it was asked, on workers with these resources."""

    def __init__(self, *resources):
        self.workers = {number: {"resources": each} for number, each in enumerate(resources)}
        self.asked = []

    def nthreads(self):
        return dict.fromkeys(self.workers, 1)

    @property
    def scheduler(self):
        return SimpleNamespace(identity={"workers": self.workers})

    def sync(self, asked):
        return asked

    def submit(self, function, packed, *, pure, **asked):
        self.asked.append(asked)
        return SimpleNamespace(result=lambda: function(packed))


def test_work_on_a_gpu_goes_to_a_worker_that_offers_dask_one(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(os, "environ", dict(os.environ))
    client = Submitted({}, {"GPU": 1.0})
    for item in (OnGpu("cpu"), OnGpu()):
        assert Dask(client).run(work.named, item) == "OnGpu"
    assert client.asked == [{}, {"resources": {"GPU": 1}}]
    with pytest.raises(HeredityError, match=r"got none \(no worker of Dask offers one\); type: CUDA_VISIBLE_DEV"):
        Dask(Submitted({}, {})).run(work.named, OnGpu())


def test_work_on_a_gpu_asks_ray_for_one(monkeypatch):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    asked, resources = [], {"CPU": 2.0}

    def remote(**options):
        def of(function):
            return SimpleNamespace(remote=lambda packed: asked.append(options.get("num_gpus")) or function(packed))

        return of

    errors = SimpleNamespace(RayTaskError=TrainingError, RayError=TrainingError)
    ray = SimpleNamespace(remote=remote, get=lambda made: made, exceptions=errors, cluster_resources=lambda: resources)
    assert Ray(ray).run(work.named, OnGpu("cpu")) == "OnGpu"
    with pytest.raises(HeredityError, match=r"got none \(Ray's cluster has none\); type: ray start --num-gpus 1"):
        Ray(ray).run(work.named, OnGpu())
    resources["GPU"] = 1.0
    assert Ray(ray).run(work.named, OnGpu()) == "OnGpu"
    assert asked == [None, 1]


@pytest.mark.slow
def test_a_dask_cluster_of_this_machine_has_a_worker_for_each_gpu(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,6")
    monkeypatch.setattr(executors, "cores", lambda: 1)
    with open_executor("dask") as executor, ThreadPoolExecutor(4) as threads:
        seen = list(threads.map(lambda _: executor.run(work.gpus, OnGpu()), range(4)))
        assert set(seen) == {"5", "6"}
