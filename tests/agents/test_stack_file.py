import numpy as np
import pytest

from heredity.agents.agent import fresh_agent
from heredity.agents.mapped import read_mapped, write_mapped
from heredity.agents.stack import Stack, policy_weights
from heredity.agents.stack_file import read_stack, write_stack
from heredity.errors import AgentError
from tests.agents.examples import CARTPOLE, PPO

AGENTS = {f"m{index:02}": fresh_agent(PPO, CARTPOLE, index) for index in range(3)}
BIAS = "policy/action_net.bias"


@pytest.fixture
def path(tmp_path):
    write_stack(tmp_path / "agents.npz", Stack.of(AGENTS))
    return tmp_path / "agents.npz"


def test_members_come_out_of_a_file_to_the_byte(path):
    stack = read_stack(path)
    assert {name: stack.agent(name) for name in stack.names} == AGENTS
    assert read_stack(path) is stack


def test_the_same_members_are_the_same_file(path, tmp_path):
    stack = Stack.of(dict(reversed(AGENTS.items())))
    assert stack.template != read_stack(path).template
    write_stack(tmp_path / "again.npz", Stack.of({name: stack.agent(name) for name in AGENTS}))
    assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("look", [lambda agent: agent.model, policy_weights, lambda agent: Stack.of({"m09": agent})])
def test_a_damaged_member_is_refused_and_the_others_are_read(path, look):
    weights = read_mapped(path)[1]["policy/action_net.weight"]
    content = path.read_bytes()
    path.write_bytes(content.replace(weights[1].tobytes(), (weights[1] + 1).tobytes()))
    stack = read_stack(path)
    for name in ("m00", "m02"):
        assert stack.agent(name) == AGENTS[name]
        look(stack.agent(name))
    with pytest.raises(AgentError, match="m01: expected what was written of it, got other bytes"):
        look(stack.agent("m01"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda arrays, _: arrays.pop("checks"), "checks"),
        (lambda arrays, _: arrays.update(checks=arrays["checks"][:2]), "others of checks"),
        (lambda arrays, _: arrays.pop("template"), "template"),
        (lambda arrays, _: arrays.update(template=np.arange(9, dtype=np.uint8)), "Stable-Baselines3 zip"),
        (lambda arrays, _: arrays.pop(BIAS), f"others of {BIAS}"),
        (lambda arrays, _: arrays.update({BIAS: arrays[BIAS][:2]}), rf"{BIAS}: expected \(3, 2\), got \(2, 2\)"),
        (lambda arrays, _: arrays.update({BIAS: arrays[BIAS].astype(float)}), f"others of {BIAS}"),
        (lambda arrays, _: arrays.update(more=np.zeros(3)), "more: expected nothing"),
        (lambda _, texts: texts.update({"data/unknown": ("1", "2", "3")}), "others of data/unknown"),
    ],
)
def test_what_is_no_file_of_agents_is_refused_in_one_line(path, change, message):
    account, arrays = read_mapped(path)
    arrays, texts = {name: np.array(array) for name, array in arrays.items()}, dict(account.texts)
    change(arrays, texts)
    arrays.pop("account", None)
    path.unlink()
    write_mapped(path, type(account)(account.names, texts), arrays)
    with pytest.raises(AgentError, match=message) as refused:
        read_stack(path)
    assert str(refused.value).startswith(f"{path}: expected agents as heredity writes them, got ")
