"""Operators: what becomes of several parents' numbers."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from heredity.inheritance.operators import average, blend, cross, permute


@given(share=st.floats(0, 1), seed=st.integers(0, 2**16))
def test_a_blend_lies_between_its_parents(share, seed):
    parent, fresh = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(seed))
    mixed = blend(parent, fresh, share)
    assert torch.all(mixed <= torch.maximum(parent, fresh) + 1e-6)
    assert torch.all(mixed >= torch.minimum(parent, fresh) - 1e-6)


@given(seed=st.integers(0, 2**16))
def test_permute_keeps_the_histogram_of_every_tensor_and_not_its_order(seed):
    state = {"w": torch.arange(40.0).reshape(8, 5), "b": torch.arange(20.0)}
    mixed = permute(state, np.random.default_rng(seed))
    for name, value in state.items():
        assert torch.equal(mixed[name].flatten().sort().values, value.flatten().sort().values)
        assert not torch.equal(mixed[name], value)


@given(seed=st.integers(0, 2**16))
def test_crossover_takes_every_number_from_either_parent(seed):
    first = {"l.weight": torch.zeros(16, 64), "l.bias": torch.zeros(16), "n": torch.tensor(0.0)}
    second = {name: value + 1 for name, value in first.items()}
    mixed = cross(first, second, np.random.default_rng(seed))
    for name, value in first.items():
        assert mixed[name].shape == value.shape
        assert set(mixed[name].flatten().tolist()) <= {0.0, 1.0}
    assert all(0.05 < share < 0.95 for share in mixed["l.weight"].mean(1).tolist())  # no unit is one parent's alone


def test_a_soup_is_the_mean_and_leaves_whole_numbers_alone():
    states = [
        {"w": torch.tensor([1.0, 5.0]), "n": torch.tensor(3)},
        {"w": torch.tensor([3.0, 7.0]), "n": torch.tensor(9)},
    ]
    mean = average(states)
    assert mean["w"].tolist() == [2.0, 6.0]
    assert mean["n"] == 3
