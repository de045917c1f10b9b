import io
import json

import numpy as np
import pytest
import torch

from heredity.agents.agent import Agent
from heredity.agents.archives import npz, pack_zip, unpack_zip
from heredity.agents.forms import Form, json_chunks
from heredity.agents.moulds import Mould
from heredity.errors import AgentError
from tests.agents.examples import FRESH


def policy(state):
    """Return an agent whose policy is this state dict, and how it is stored."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def with_part(name, content, normalizer=None):
    return Agent(pack_zip({**unpack_zip(FRESH.model), name: content}), normalizer)


def test_tensors_are_looked_at_where_they_lie():
    whole = torch.arange(12.0)
    state = {"all": whole, "rows": whole[3:9].reshape(2, 3), "turned": whole.reshape(3, 4).t()}
    form = Form.of(with_part("policy.pth", policy(state)))
    assert [name for name in form.slots if name.startswith("policy/")] == ["policy/all"]
    array = np.stack([whole.numpy(), whole.numpy() + 100])
    for name, tensor in state.items():
        np.testing.assert_array_equal(form.rows(array, form.policy[name])[1], tensor.numpy() + 100)


def test_a_storage_of_two_types_is_refused():
    """Looked at as the larger one, tensors of the smaller would lie beyond the file."""
    mould = Mould.of(policy({"one": torch.zeros(4, dtype=torch.float32), "two": torch.zeros(8, dtype=torch.int16)}))
    pickled = mould.contents(mould.content)["archive/data.pkl"]
    shared = pickled.replace(b"X\x01\x00\x00\x001", b"X\x01\x00\x00\x000")
    assert shared != pickled
    with pytest.raises(AgentError, match=r"policy\.pth: expected numbers of one type in a storage, got two"):
        Form.of(with_part("policy.pth", mould.poured({"archive/data.pkl": shared})))


@pytest.mark.parametrize(
    ("agent", "message"),
    [
        (with_part("policy.pth", policy({"a": torch.zeros(1), "A": torch.zeros(1)})), "a name of its own"),
        (with_part("policy.pth", b"PK"), "expected a Stable-Baselines3 zip"),
        (with_part("data", b"{}"), "expected data as heredity writes it"),
        (with_part("data", b"\xff"), "expected an agent that heredity wrote"),
        (
            with_part("policy.pth", policy({}), npz({"observation.mean": np.zeros(2)})),
            "expected an agent with a policy",
        ),
        (Agent(FRESH.model, npz({"words": np.zeros(2)})), "expected statistics of observations and rewards"),
    ],
)
def test_an_agent_of_whom_nothing_is_known_has_no_form(agent, message):
    with pytest.raises(AgentError, match=message):
        Form.of(agent)


def test_what_stands_by_each_key_is_its_text():
    data = {"a": {"b": [1, {"c": '",\n "d": '}]}, "d": "{\n", "e": {}}
    assert json_chunks(json.dumps(data, indent=1)) == {
        name: json.dumps({name: value}, indent=1)[len(f'{{\n "{name}": ') : -2] for name, value in data.items()
    }
