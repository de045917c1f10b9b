"""What of a parent a child would lose is refused with what to write, and what is written makes it act as its parent."""

import re
from copy import deepcopy

import numpy as np
import pytest
import sb3_contrib
import stable_baselines3
import torch
from ruamel.yaml import YAML

import tests.masked  # noqa: F401  (which registers its environments)
from heredity.agents.agent import canonical, fresh_agent, unpack
from heredity.agents.founders import algorithm_of, read_founder
from heredity.agents.task import Task
from heredity.errors import AgentError
from heredity.study.sections import Algorithm, Normalize
from tests.inheritance.examples import ACROBOT, CARTPOLE, PENDULUM, PPO, heir

MASKED = Task("tests/Masked-v0")
OFF_POLICY = {"learning_starts": 10, "buffer_size": 100}


def algorithm(name, **hyperparameters):
    steps = {"n_steps": 64} if name in ("PPO", "A2C", "MaskablePPO", "TRPO", "RecurrentPPO") else OFF_POLICY
    policy = "MlpLstmPolicy" if name == "RecurrentPPO" else "MlpPolicy"
    return Algorithm(name=name, policy=policy, n_envs=1, hyperparameters={**steps, **hyperparameters})


def layers(*sizes, **keywords):
    return {"policy_kwargs": {"net_arch": list(sizes), **keywords}}


def outputs(agent, task=CARTPOLE, made_by=PPO):
    """Return what an agent does and, of an actor-critic, what it expects, on states of its task."""
    model = unpack(agent, made_by, task, 0, 0)
    states = np.random.default_rng(0).normal(size=(50, *model.observation_space.shape)).astype(np.float32)
    actions = model.predict(states, deterministic=True)[0]
    if not hasattr(model.policy, "predict_values"):
        return actions
    inputs = model.policy.obs_to_tensor(states)[0]
    with torch.no_grad():
        raw = model.policy.get_distribution(inputs).distribution
        said = raw.logits if hasattr(raw, "logits") else raw.mean
        return torch.cat([said, model.policy.predict_values(inputs)], 1).numpy()


def saved(tmp_path, name, task="CartPole-v1", policy="MlpPolicy", **arguments):
    """Return a founder as another program of Stable-Baselines3 saves it."""
    library = sb3_contrib if hasattr(sb3_contrib, name) else stable_baselines3
    arguments = deepcopy(arguments)  # A2C adds its optimizer to what it is given
    getattr(library, name)(policy, task, device="cpu", seed=0, **arguments).save(tmp_path / "model.zip")
    return canonical(read_founder(tmp_path / "model.zip"))


def refusal(parent, child=PPO, task=CARTPOLE, operator="copy", **rule):
    with pytest.raises(AgentError) as error:
        heir(operator, {"f": parent}, task=task, algorithm=child, **rule)
    return str(error.value).removeprefix("m00: ")


def as_told(message, child):
    """Return the child's algorithm with what a refusal says to write written."""
    changed = child.model_dump()
    for key, value in re.findall(r"algorithm\.([\w.]+): (\{.*\}|\w+)", message.split("; write ")[1]):
        section = changed
        *above, last = key.split(".")
        for name in above:
            section = section[name]
        section[last] = YAML(typ="safe").load(value)
    return Algorithm.model_validate(changed)


def test_a_wide_founder_in_a_narrow_study_is_refused_and_is_whole_once_it_is_as_wide(tmp_path):
    founder = saved(tmp_path, "PPO", policy_kwargs={"net_arch": [256, 256]})
    said = refusal(founder)
    assert said == (
        "expected mlp_extractor.policy_net.0.weight of shape [64, 4], got [256, 4] from the parent, whose other hidden "
        "units would be lost; write algorithm.hyperparameters.policy_kwargs: {net_arch: {pi: [256, 256], "
        "vf: [256, 256]}}, or inherit.operator: distil"
    )
    wide = as_told(said, PPO)
    child = heir("copy", {"f": founder}, algorithm=wide)
    assert child.birth.inherited_fraction == 1.0
    np.testing.assert_array_equal(outputs(child.agent, made_by=wide), outputs(founder, made_by=algorithm_of(founder)))


@pytest.mark.parametrize(
    ("parent", "child", "expected"),
    [
        (layers(64, 64, 64), layers(64, 64), "a place for the parent's mlp_extractor.policy_net.4.weight"),
        (layers(64), layers(64, 64), "a parent with mlp_extractor.policy_net.2.weight of shape"),
        (layers(64, 64, activation_fn="ReLU"), layers(64, 64), "activation_fn ReLU, by which .*, got Tanh"),
        ({"use_sde": True}, {}, r"log_std of shape \[1\], got \[64, 1\]"),
        ({"use_sde": True, **layers(32)}, {"use_sde": True, **layers(32, squash_output=True)}, "squash_output false"),
        ({"use_sde": True, **layers(8)}, {"use_sde": True, **layers(16)}, r"log_std of shape \[16, 1\], got \[8, 1\]"),
    ],
)
def test_what_changes_a_function_is_refused_and_what_is_written_keeps_it(parent, child, expected):
    parent, child = algorithm("PPO", **parent), algorithm("PPO", **child)
    agent = fresh_agent(parent, PENDULUM, 1)
    said = refusal(agent, child, PENDULUM)
    assert re.match(f"expected {expected}", said)
    mended = as_told(said, child)
    made = heir("copy", {"f": agent}, task=PENDULUM, algorithm=mended)
    np.testing.assert_array_equal(outputs(made.agent, PENDULUM, mended), outputs(agent, PENDULUM, parent))


@pytest.mark.parametrize(
    ("name", "task"), [("DQN", CARTPOLE), ("SAC", PENDULUM), ("TD3", PENDULUM), ("QRDQN", CARTPOLE), ("TQC", PENDULUM)]
)
def test_q_networks_of_another_depth_or_width_are_refused_with_theirs(name, task):
    for sizes, others in (((16, 16), (16,)), ((16,), (16, 16)), ((32,), (16,))):
        parent, child = algorithm(name, **layers(*sizes)), algorithm(name, **layers(*others))
        agent = fresh_agent(parent, task, 1)
        mended = as_told(refusal(agent, child, task), child)
        made = heir("copy", {"f": agent}, task=task, algorithm=mended)
        np.testing.assert_array_equal(outputs(made.agent, task, mended), outputs(agent, task, parent))


@pytest.mark.parametrize("name", ["PPO", "DQN"])
@pytest.mark.parametrize("task", [CARTPOLE, ACROBOT])
def test_a_wider_heir_acts_as_its_parent(name, task):
    parent, child = algorithm(name, **layers(8, 8)), algorithm(name, **layers(16, 24))
    agent = fresh_agent(parent, CARTPOLE, 1)
    made = heir("copy", {"f": agent}, task=task, algorithm=child)
    assert "padded" in made.birth.outcomes
    if task is CARTPOLE:
        np.testing.assert_allclose(outputs(made.agent, task, child), outputs(agent, CARTPOLE, parent), atol=1e-6)


@pytest.mark.parametrize(("parent", "child"), [("A2C", "PPO"), ("PPO", "A2C"), ("MaskablePPO", "PPO"), ("TD3", "DDPG")])
def test_relatives_take_each_others_networks(tmp_path, parent, child):
    task = {"TD3": PENDULUM, "MaskablePPO": MASKED}.get(parent, CARTPOLE)
    sizes = {"policy_kwargs": {"net_arch": [16], "n_critics": 1}} if parent == "TD3" else layers(16)
    founder, made_by = saved(tmp_path, parent, task.make(), **sizes), algorithm(child, **sizes)
    made = heir("copy", {"f": founder}, task=task, algorithm=made_by)
    assert made.birth.inherited_fraction == 1.0
    assert algorithm_of(founder).name == parent
    actions = [unpack(made.agent, made_by, task, 0, 0), unpack(founder, algorithm_of(founder), task, 0, 0)]
    states = np.random.default_rng(0).normal(size=(50, *actions[0].observation_space.shape)).astype(np.float32)
    np.testing.assert_array_equal(*(model.predict(states, deterministic=True)[0] for model in actions))


@pytest.mark.parametrize(
    ("parent", "child", "task", "remedy"),
    [
        (
            "DQN",
            "PPO",
            CARTPOLE,
            r"algorithm\.name: DQN and algorithm.*\{net_arch: \[16\]\}, or inherit\.operator: dist",
        ),
        ("PPO", "DQN", CARTPOLE, r"algorithm\.name: PPO and .*\{net_arch: \{pi: \[16\], vf: \[16\]\}\}$"),
        ("DQN", "QRDQN", CARTPOLE, r"algorithm\.name: DQN"),
        ("SAC", "TQC", PENDULUM, r"algorithm\.name: SAC and .*, or inherit\.critic: reset$"),
        ("TD3", "SAC", PENDULUM, r"algorithm\.name: TD3 and .*\{net_arch: \{pi: \[16\], qf: \[16\]\}, n_critics: 2\}"),
        ("TD3", "DDPG", PENDULUM, r"algorithm\.hyper.*\{net_arch: \[16\], n_critics: 2\}, or inherit\.critic: reset$"),
        ("PPO", "RecurrentPPO", CARTPOLE, r"algorithm\.name: PPO"),
    ],
)
def test_an_algorithm_with_other_networks_is_refused_with_its_name(tmp_path, parent, child, task, remedy):
    assert re.search(
        rf"; write {remedy}",
        refusal(saved(tmp_path, parent, task.id, **layers(16)), algorithm(child, **layers(16)), task),
    )


def test_what_is_reset_need_not_fit(tmp_path):
    founder = saved(tmp_path, "PPO", policy_kwargs={"net_arch": {"pi": [16], "vf": [256]}})
    child = algorithm("PPO", policy_kwargs={"net_arch": {"pi": [16], "vf": [8]}})
    assert "or inherit.critic: reset" in refusal(founder, child)
    made = heir("actor", {"f": founder}, algorithm=child)
    assert made.birth.outcomes["copied"][-1] == "action_net.bias"
    assert heir("distil", {"f": founder}, distil={"states": 10, "epochs": 1}).birth.inherited_fraction == 0.0


def test_a_parent_with_other_actions_is_refused():
    agent = fresh_agent(PPO, CARTPOLE, 0)
    assert refusal(agent, PPO, PENDULUM).startswith(
        "expected a parent with Box actions, to which its tensors belong, g"
    )


def test_observations_between_which_others_would_move_are_not_padded():
    sac = algorithm("SAC", **layers(16))
    agent = fresh_agent(sac, PENDULUM, 0)
    car = Task("MountainCarContinuous-v0")
    assert "whose actions lie behind the observations; write inherit.critic: reset" in refusal(agent, sac, car)
    assert heir("copy", {"f": agent}, task=car, algorithm=sac, critic="reset").birth.outcomes["cropped"]
    quantiles = algorithm("QRDQN", **layers(16))
    said = refusal(fresh_agent(quantiles, CARTPOLE, 0), quantiles, ACROBOT)
    assert "whose outputs would mean other actions; write an env with the parent's actions" in said


def test_a_parent_without_statistics_is_refused_where_observations_are_normalised():
    normalizing = PPO.model_copy(update={"normalize": Normalize(observation=True)})
    agent = fresh_agent(PPO, CARTPOLE, 0)
    assert refusal(agent, normalizing).startswith("expected algorithm.normalize.observation: false, because the parent")
    assert heir("copy", {"f": agent}, algorithm=normalizing, observation_statistics="reset").birth.outcomes["copied"]


def test_an_optimizer_of_another_kind_is_refused(tmp_path):
    founder = saved(tmp_path, "A2C", **layers(16))
    said = refusal(founder, algorithm("PPO", **layers(16)), optimizer="keep")
    assert said == "optimizer: expected policy.optimizer of the same kind, such as Adam; write optimizer: reset"
    wider = refusal(
        fresh_agent(algorithm("PPO", **layers(8)), CARTPOLE, 0), algorithm("PPO", **layers(16)), optimizer="keep"
    )
    assert wider == "optimizer: expected reset, because tensors are padded, got keep; write it"
