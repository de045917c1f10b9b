import json
import pickle
from functools import cache

import numpy as np
import pytest
from stable_baselines3.common.vec_env import DummyVecEnv

from heredity.agents.agent import KEPT_AGENTS, Agent, fresh_agent, pack
from heredity.agents.algorithms import build
from heredity.agents.archives import pack_zip, unpack_zip
from heredity.agents.stack import Stack, StackedAgent, policy_weights
from heredity.errors import AgentError
from heredity.study.sections import Algorithm
from tests.agents.examples import CARTPOLE, FRESH, PPO

NORMALIZING = Algorithm(
    name="PPO",
    n_envs=2,
    normalize={"observation": True, "reward": True},
    hyperparameters={"n_steps": 16, "batch_size": 32, "n_epochs": 1, "learning_rate": 0.01},
)
DQN = Algorithm(name="DQN", n_envs=1, hyperparameters={"learning_starts": 8, "buffer_size": 64})
KINDS = {"PPO": PPO, "with statistics": NORMALIZING, "DQN": DQN}
TOLD = ("seed", "num_timesteps", "_n_updates", "_total_timesteps", "_current_progress_remaining", "learning_rate")


@cache
def trained(kind="PPO"):
    """Return members that have learned a little, each on its own seed and for its own time."""
    agents, algorithm = {}, KINDS[kind]
    for index in range(3):
        envs = DummyVecEnv([CARTPOLE.make] * algorithm.n_envs)
        model = build(algorithm, CARTPOLE, index, index, envs)
        agents[f"l0{index}/m00"] = pack(model.learn(32 * (index + 1)), algorithm)
    return agents


def data_of(agent):
    return json.loads(unpack_zip(agent.model)["data"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_member_comes_out_to_the_byte(kind):
    agents = trained(kind)
    stack = Stack.of(agents)
    assert stack.names == tuple(agents)
    for name, agent in agents.items():
        again = stack.agent(name)
        assert (again.model, again.normalizer, again.digest) == (agent.model, agent.normalizer, agent.digest)
        assert again == agent == again
        assert hash(again) == hash(agent)
        assert repr(again) == repr(agent)


def test_only_what_differs_is_kept_of_every_member():
    stack = Stack.of(trained()).canonical()
    assert stack.arrays["policy/action_net.weight"].shape == (3, 2, 64)
    assert stack.arrays["policy.optimizer/state.0.exp_avg"].dtype == np.float32
    assert {"data/seed", "data/num_timesteps"} <= stack.texts.keys()
    assert not {"data/gamma", "heredity.json"} & stack.texts.keys()
    assert "policy.optimizer/data.pkl" not in stack.arrays


def test_members_alone_tell_how_they_are_kept():
    agents = trained()
    backwards = Stack.of(dict(reversed(agents.items())))
    one, other = Stack.of(agents).canonical(), Stack.of({name: backwards.agent(name) for name in agents}).canonical()
    assert one.template == other.template
    assert one.texts == other.texts
    assert list(one.arrays) == list(other.arrays)
    assert [one.agent(name) for name in agents] == list(agents.values())


def test_hyperparameters_of_its_own_are_a_members():
    other = PPO.model_copy(update={"hyperparameters": {**PPO.hyperparameters, "learning_rate": 0.002}})
    agents = {"m00": fresh_agent(PPO, CARTPOLE, 0), "m01": fresh_agent(other, CARTPOLE, 1)}
    stack = Stack.of(agents)
    assert stack.agent("m01") == agents["m01"]
    assert {"heredity.json", "data/learning_rate"} <= stack.texts.keys()
    assert stack.arrays["policy.optimizer/data.pkl"].shape[0] == 2


def test_the_bytes_of_the_last_few_members_stay_in_memory():
    agents = {f"m{index:02}": fresh_agent(PPO, CARTPOLE, index) for index in range(KEPT_AGENTS + 2)}
    stack = Stack.of(agents)
    assert [stack.agent(name).model for name in agents] == [agent.model for agent in agents.values()]
    assert stack.agent("m05").model is stack.agent("m05").model
    assert len(stack._last) == KEPT_AGENTS


def test_a_member_travels_alone():
    stack = Stack.of(trained())
    travelled = pickle.loads(pickle.dumps(stack.agent("l01/m00")))
    assert type(travelled) is Agent
    assert travelled == trained()["l01/m00"]


def test_weights_are_looked_at_without_packing(monkeypatch):
    agents = trained()
    stack = Stack.of(agents)
    monkeypatch.setattr(Stack, "packed", None)
    ours, theirs = policy_weights(stack.agent("l02/m00")), policy_weights(agents["l02/m00"])
    assert list(ours) == list(theirs)
    for name, weights in theirs.items():
        assert ours[name].dtype == weights.dtype == np.float32
        np.testing.assert_array_equal(ours[name], weights)


def test_members_of_several_stacks_are_one():
    agents = trained()
    first, last = Stack.of({name: agents[name] for name in list(agents)[:2]}), agents["l02/m00"]
    mixed = Stack.of({"m09": first.agent("l01/m00"), "m08": last, "m07": first.agent("l00/m00")})
    assert [mixed.agent(name) for name in mixed.names] == [agents["l01/m00"], last, agents["l00/m00"]]
    assert isinstance(mixed.agent("m09"), StackedAgent)


@pytest.mark.parametrize("kind", ["PPO", "with statistics"])
def test_arrays_of_an_engine_are_what_its_models_would_be_packed_as(kind):
    agents = trained(kind)
    stack = Stack.of(agents)
    data = [{key: data_of(agent)[key] for key in TOLD} for agent in agents.values()]
    statistics = {name.removeprefix("normalizer/"): each for name, each in stack.arrays.items() if "normalizer" in name}
    fresh = fresh_agent(KINDS[kind], CARTPOLE, 9)
    like = Stack.like(fresh, agents, stack.weights, stack.adam, data, statistics)
    assert [like.agent(name) for name in like.names] == list(agents.values())


def test_arrays_of_models_that_never_learned():
    agents = {f"m{index:02}": fresh_agent(PPO, CARTPOLE, index) for index in range(2)}
    data = [{"seed": index} for index in range(2)]
    like = Stack.like(trained()["l00/m00"], agents, Stack.of(agents).weights, None, data)
    assert like.adam is None
    assert data_of(like.agent("m01"))["seed"] == 1
    assert data_of(like.agent("m01"))["num_timesteps"] == 32  # as the template's, which nobody told otherwise
    like = Stack.like(FRESH, agents, Stack.of(agents).weights, None, data)
    assert [like.agent(name) for name in agents] == list(agents.values())


def test_keys_that_a_template_lacks_are_every_members():
    agents = {f"m{index:02}": fresh_agent(PPO, CARTPOLE, index) for index in range(2)}
    data = [{"seed": index, "a_new_one": index} for index in range(2)]
    like = Stack.like(FRESH, agents, Stack.of(agents).weights, None, data)
    assert [data_of(like.agent(name)) for name in agents] == [
        data_of(agent) | each for agent, each in zip(agents.values(), data, strict=True)
    ]


def test_many_stacks_of_one_template_have_one_form():
    agents = {"m00": fresh_agent(PPO, CARTPOLE, 1)}
    weights, moments = Stack.of(agents).weights, Stack.of({"m00": trained()["l00/m00"]}).adam
    forms = {id(Stack.like(FRESH, agents, weights, moments, [{"seed": seed}]).form) for seed in range(3)}
    assert len(forms) == 1


def test_a_rate_of_its_own_is_the_optimizers_as_well():
    other = PPO.model_copy(update={"hyperparameters": {**PPO.hyperparameters, "learning_rate": 0.002}})
    agents = {"m00": fresh_agent(PPO, CARTPOLE, 0), "m01": fresh_agent(other, CARTPOLE, 1)}
    keys = ("seed", "learning_rate", "lr_schedule")
    data = [{key: data_of(agent)[key] for key in keys} for agent in agents.values()]
    for each, agent in zip(data, agents.values(), strict=True):
        each["heredity.json"] = json.loads(unpack_zip(agent.model)["heredity.json"])
    like = Stack.like(FRESH, agents, Stack.of(agents).weights, None, data)
    assert [like.agent(name) for name in agents] == list(agents.values())


def other_layers():
    small = PPO.model_copy(update={"hyperparameters": {**PPO.hyperparameters, "policy_kwargs": {"net_arch": [8]}}})
    return fresh_agent(small, CARTPOLE, 0)


def others_zip():
    members = unpack_zip(FRESH.model)
    return Agent(pack_zip({name: content for name, content in members.items() if name != "heredity.json"}))


@pytest.mark.parametrize(
    "other",
    [
        other_layers,
        lambda: fresh_agent(NORMALIZING, CARTPOLE, 0),
        lambda: fresh_agent(DQN, CARTPOLE, 0),
        lambda: trained()["l00/m00"],
        others_zip,
    ],
    ids=["layers", "statistics", "algorithm", "optimizer", "writer"],
)
@pytest.mark.parametrize("stacked", [False, True])
def test_members_of_two_kinds_are_refused(other, stacked):
    other = other()
    if stacked and "heredity.json" in unpack_zip(other.model):
        other = Stack.of({"m01": other}).agent("m01")
    with pytest.raises(AgentError, match=r"expected (agents of one architecture|an agent that heredity wrote)"):
        Stack.of({"m00": FRESH, "m01": other})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda weights: weights.pop("action_net.bias"), "expected the weights .* got"),
        (lambda weights: weights.update({"action_net.bias": np.zeros((2, 3))}), r"action_net.bias: expected \(2, 2\)"),
    ],
)
def test_arrays_of_another_architecture_are_refused(change, message):
    agents = {f"m{index:02}": fresh_agent(PPO, CARTPOLE, index) for index in range(2)}
    weights = dict(Stack.of(agents).weights)
    change(weights)
    with pytest.raises(AgentError, match=message):
        Stack.like(FRESH, agents, weights, None, [{"seed": 0}, {"seed": 1}])


def test_nobody_is_no_stack():
    with pytest.raises(AgentError, match="expected at least one agent"):
        Stack.of({})
    with pytest.raises(AgentError, match="expected data of 1 members"):
        Stack.like(FRESH, ["m00"], {}, None, [])
