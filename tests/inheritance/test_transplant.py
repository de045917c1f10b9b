"""Tensors and statistics laid into a child, within one task and across spaces."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from heredity.agents.agent import fresh_agent, read_tensors, unpack
from heredity.errors import AgentError
from heredity.inheritance.transplant import overlay
from heredity.study.sections import Algorithm, Normalize
from tests.inheritance.examples import ACROBOT, CARTPOLE, PENDULUM, PPO, A, heir, trained, weights


@given(hidden=st.integers(0, 5), inputs=st.integers(0, 5), outputs=st.integers(0, 4), seed=st.integers(0, 2**16))
def test_padding_preserves_the_function_on_embedded_observations(hidden, inputs, outputs, seed):
    generator = torch.Generator().manual_seed(seed)
    sizes, grown = (3, 4, 2), (3 + inputs, 4 + hidden, 2 + outputs)
    shapes = [[(s[1], s[0]), (s[1],), (s[2], s[1]), (s[2],)] for s in (sizes, grown)]
    parent, fresh = ([torch.randn(shape, generator=generator) for shape in net] for net in shapes)
    child = [overlay(ours, theirs).value for ours, theirs in zip(parent, fresh, strict=True)]

    def output(net, x):
        return torch.tanh(x @ net[0].T + net[1]) @ net[2].T + net[3]

    x, new = torch.randn(8, 3, generator=generator), torch.randn(8, inputs, generator=generator)
    torch.testing.assert_close(output(child, torch.cat([x, new], 1))[:, :2], output(parent, x))
    assert torch.equal(child[2][2:], fresh[2][2:])  # new outputs are fresh
    assert torch.equal(child[3][2:], fresh[3][2:])


def test_a_hyperparameter_that_lies_among_the_tensors_is_the_studys_own():
    parent, child = (
        Algorithm(name="SAC", n_envs=1, hyperparameters={"ent_coef": value, "learning_starts": 10})
        for value in (0.5, 0.1)
    )
    made = heir("copy", {"a": fresh_agent(parent, PENDULUM, 0)}, task=PENDULUM, algorithm=child)
    assert weights(made.agent)["ent_coef_tensor"].item() == pytest.approx(0.1)
    assert made.birth.outcomes["reset"] == ("ent_coef_tensor",)


def test_the_optimizer_is_reset_unless_it_is_kept():
    donors = {"a": trained()}
    states = [
        read_tensors(heir("copy", donors, optimizer=o).agent)["policy.optimizer"]["state"] for o in ("reset", "keep")
    ]
    assert states[0] == {}
    assert states[1][0]["step"] == read_tensors(donors["a"])["policy.optimizer"]["state"][0]["step"] == 2


@pytest.mark.parametrize("switch", ["keep", "reset", "blend"])
def test_statistics_are_parts_too(switch):
    algorithm = PPO.model_copy(update={"normalize": Normalize(observation=True, reward=True)})
    parent = trained(algorithm)
    child = heir(
        "copy",
        {"a": parent},
        algorithm=algorithm,
        observation_statistics=switch,
        reward_statistics="keep",
        parent_share=0.25,
    )
    ours, theirs = (unpack(x, algorithm, CARTPOLE, 0, 0).get_vec_normalize_env() for x in (child.agent, parent))
    share = {"keep": 1.0, "reset": 0.0, "blend": 0.25}[switch]
    np.testing.assert_allclose(ours.obs_rms.mean, share * theirs.obs_rms.mean)
    np.testing.assert_allclose(ours.obs_rms.var, share * theirs.obs_rms.var + (1 - share))
    assert ours.ret_rms.var == theirs.ret_rms.var


def test_a_parent_that_normalised_is_not_copied_where_nothing_would_normalise():
    algorithm = PPO.model_copy(update={"normalize": Normalize(observation=True)})
    with pytest.raises(AgentError, match=r"m00: expected algorithm\.normalize\.observation: true, because the parent"):
        heir("copy", {"a": trained(algorithm)})


def test_the_overlapping_block_goes_to_a_task_with_other_spaces_and_is_reported():
    child = heir("copy", {"a": A}, task=ACROBOT)  # 4 → 6 observations, 2 → 3 actions
    ours, theirs = weights(child.agent), weights(A)
    first = "mlp_extractor.policy_net.0.weight"
    assert torch.equal(ours[first][:, :4], theirs[first])
    assert not ours[first][:, 4:].any()
    assert torch.equal(ours["action_net.weight"][:2], theirs["action_net.weight"])
    assert set(child.birth.outcomes["padded"]) == {
        first, "mlp_extractor.value_net.0.weight", "action_net.weight", "action_net.bias"
    }  # fmt: skip
    own = 2 * (6 * 64 + 64 + 64 * 64 + 64) + 64 * 3 + 3 + 64 + 1
    new = 2 * 2 * 64 + 64 + 1
    assert child.birth.inherited_fraction == pytest.approx((own - new) / own)
    smaller = heir("copy", {"a": child.agent}, task=CARTPOLE)
    assert first in smaller.birth.outcomes["cropped"]
    assert torch.equal(weights(smaller.agent)[first], theirs[first])


DQN, TD3 = (
    Algorithm(name=name, n_envs=1, hyperparameters={"policy_kwargs": {"net_arch": [4]}, "learning_starts": 8})
    for name in ("DQN", "TD3")
)


@pytest.mark.parametrize("operator", ["copy", "actor", "features", "shrink_perturb", "permute", "crossover"])
@pytest.mark.parametrize(
    ("algorithm", "task", "networks"), [(DQN, CARTPOLE, ["q_net"]), (TD3, PENDULUM, ["actor", "critic"])]
)
def test_an_heirs_target_networks_begin_where_those_that_they_follow_are(operator, algorithm, task, networks):
    donors = {name: trained(algorithm, task, seed, 40) for seed, name in enumerate("ab")}
    parent, child = weights(donors["a"]), weights(heir(operator, donors, task=task, algorithm=algorithm).agent)
    for network in networks:
        names = [name for name in child if name.startswith(f"{network}.")]
        assert names
        for name in names:
            target = name.replace(".", "_target.", 1)
            assert torch.equal(child[target], child[name])
            assert name.endswith("bias") or not torch.equal(parent[target], parent[name])  # they lag behind
