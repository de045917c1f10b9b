"""An environment that sets with how many bits torch multiplies sets it for nobody, itself included."""

import pytest
import torch

from heredity.agents.boundary import process_state
from heredity.agents.boundary.calls import Calls
from heredity.agents.boundary.process_kept import process_kept
from heredity.agents.boundary.torch_precision import precision, put_precision

OF_PRODUCTS = {
    "of all": lambda: torch.set_float32_matmul_precision("medium"),
    "of the processor": lambda: setattr(torch.backends, "fp32_precision", "bf16"),
    "of its matrices": lambda: setattr(torch.backends.mkldnn.matmul, "fp32_precision", "bf16"),
    "determinism": lambda: torch.use_deterministic_algorithms(True),
}
OF_OTHERS = {
    "of convolutions": lambda: setattr(torch.backends.mkldnn.conv, "fp32_precision", "bf16"),
    "of a GPU": lambda: setattr(torch.backends.cuda.matmul, "allow_tf32", True),
    "of its convolutions": lambda: setattr(torch.backends.cudnn, "allow_tf32", False),
}


def state():
    return precision(torch), torch.get_deterministic_debug_mode()


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    monkeypatch.setattr(process_state, "_gpu", False)
    before = state()
    yield
    put_precision(torch, before[0])
    torch.set_deterministic_debug_mode(before[1])
    assert state() == before


@pytest.mark.parametrize("change", [*OF_PRODUCTS.values(), *OF_OTHERS.values()], ids=[*OF_PRODUCTS, *OF_OTHERS])
def test_a_stretch_of_playing_leaves_every_setting_as_it_was(change):
    before = state()
    with process_kept():
        change()
        assert state() != before
    assert state() == before


@pytest.mark.parametrize("call", ["make", "step"])
@pytest.mark.parametrize("change", OF_PRODUCTS.values(), ids=OF_PRODUCTS)
def test_what_the_processor_multiplies_with_is_put_back_after_each_call_and_nobody_is_refused(change, call):
    before = state()
    assert Calls("Own-v0", 60).call(call, change) is None
    assert state() == before


@pytest.mark.parametrize("change", OF_OTHERS.values(), ids=OF_OTHERS)
def test_where_there_was_a_gpu_every_setting_is(change):
    before = state()
    calls = Calls("Own-v0", 60)
    process_state.with_torch(on_gpu=True)
    calls.call("step", change)
    assert state() == before


def test_of_an_older_torch_the_one_setting_is_kept(monkeypatch):
    with monkeypatch.context() as patched:
        patched.delattr(torch._C, "_get_fp32_precision_getter")
        with process_kept():
            torch.set_float32_matmul_precision("medium")
        assert precision(torch) == ("highest", True, {})
        Calls("Own-v0", 60).call("step", OF_PRODUCTS["of all"])
        assert precision(torch) == ("highest", True, {})
