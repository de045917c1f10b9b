"""A study that trains on a GPU is checked on a machine without one, and is told so."""

import pytest

from heredity.pipeline import device_advice as module
from heredity.pipeline.check import check_study
from heredity.pipeline.device_advice import device_advice
from heredity.study.load import load_study


@pytest.mark.parametrize(
    ("engines", "gpus", "plugin", "torch", "said"),
    [
        ((), (), None, "none", []),
        (("cohort",), ("0",), "plugin", "built for the CPU", []),
        (("sb3",), ("0",), None, None, []),
        (("sb3", "cohort"), (), "plugin", None, ["no GPU is visible on this machine"]),
        (("cohort",), ("0",), None, None, ["JAX is installed for the CPU here (pip install 'heredity[cuda]')"]),
        (("sb3",), ("0",), None, "torch is built for the CPU", ["torch is built for the CPU"]),
    ],
)
def test_it_says_which_engine_could_not_train_here(monkeypatch, engines, gpus, plugin, torch, said):
    monkeypatch.setattr(module, "visible_gpus", lambda: gpus)
    monkeypatch.setattr(module, "find_spec", lambda _: plugin)
    monkeypatch.setattr(module, "why_no_cuda", lambda: torch)
    ending = "; train where there is a GPU, or write train.device: cpu"
    assert list(device_advice(engines)) == [f"train.device: cuda: {reason}{ending}" for reason in said]


@pytest.mark.study
def test_a_check_says_it_once_and_refuses_nothing(tiny, write_study, monkeypatch, caplog):
    monkeypatch.setattr(module, "visible_gpus", lambda: ())
    tiny["train"] |= {"engine": "auto", "environments": "gymnasium", "device": "cuda"}
    check_study(load_study(write_study(tiny)))
    assert [line.partition(";")[0] for line in caplog.messages if "cuda" in line] == [
        "first, second, scratch of second: engine sb3, because cohort trains on twins alone where train.device is "
        "cuda, not on gymnasium",
        "train.device: cuda: no GPU is visible on this machine",
    ]
