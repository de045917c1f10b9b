"""Parts of an agent by the names of its tensors, and what operators keep of them."""

import pytest
import torch

from heredity.agents.agent import fresh_agent, pack
from heredity.agents.algorithms import build
from heredity.inheritance.parts import followed, heads, part_of
from tests.inheritance.examples import CARTPOLE, PENDULUM, PPO, heir, trained, weights


@pytest.mark.parametrize(
    ("operator", "rule", "kept"),
    [
        ("copy", {}, {"mlp_extractor.policy_net", "mlp_extractor.value_net", "action_net", "value_net"}),
        ("actor", {}, {"mlp_extractor.policy_net", "action_net"}),
        ("features", {}, {"mlp_extractor.policy_net", "mlp_extractor.value_net"}),
        ("copy", {"actor": "reset"}, {"mlp_extractor.value_net", "value_net"}),
        ("actor", {"critic": "keep", "heads": "reset"}, {"mlp_extractor.policy_net", "mlp_extractor.value_net"}),
    ],
)
def test_an_operator_keeps_its_parts_and_resets_the_others(operator, rule, kept):
    child = heir(operator, {"a": trained()}, **rule)
    fresh, parent = weights(fresh_agent(PPO, CARTPOLE, child.birth.seed)), weights(trained())
    for name, value in weights(child.agent).items():
        source = parent if any(name.startswith(layer) for layer in kept) else fresh
        assert torch.equal(value, source[name]), name
    layers = [sum(value.numel() for name, value in parent.items() if any(name.startswith(k) for k in kept))]
    assert child.birth.inherited_fraction == pytest.approx(
        sum(layers) / sum(value.numel() for value in parent.values())
    )


def test_exploration_is_a_part_of_its_own():
    parent = build(PPO, PENDULUM, 0, 0)
    parent.policy.log_std.data.fill_(-1.5)
    donors = {"a": pack(parent, PPO)}
    kept, reset = (heir("copy", donors, task=PENDULUM, exploration=switch) for switch in ("keep", "reset"))
    assert weights(kept.agent)["log_std"].tolist() == [-1.5]
    assert weights(reset.agent)["log_std"].tolist() == [0.0]


def test_parts_have_the_same_names_in_every_algorithm():
    names = {
        "mlp_extractor.policy_net.0.weight": "actor",
        "mlp_extractor.value_net.0.bias": "critic",
        "features_extractor.cnn.0.weight": "actor",
        "q_net.q_net.0.weight": "actor",
        "actor.mu.bias": "actor",
        "critic.qf0.0.weight": "critic",
        "critic_target.qf1.2.bias": "critic",
        "log_std": "exploration",
        "log_ent_coef": "exploration",
    }
    assert {name: part_of(name) for name in names} == names
    q_net = {f"q_net.q_net.{layer}.{kind}" for layer in (0, 2, 4) for kind in ("weight", "bias")}
    assert heads(q_net) == {"q_net.q_net.4.weight", "q_net.q_net.4.bias"}
    assert heads({"actor.latent_pi.0.weight", "actor.mu.weight"}) == {"actor.mu.weight"}


def test_a_target_network_is_told_by_its_name():
    names = {
        "critic_target.qf1.2.bias": "critic.qf1.2.bias",
        "q_net_target.q_net.0.weight": "q_net.q_net.0.weight",
        "quantile_net_target.quantile_net.0.weight": "quantile_net.quantile_net.0.weight",
        "critic.qf1.2.bias": "critic.qf1.2.bias",
        "features_extractor.my_target.weight": "features_extractor.my_target.weight",
    }
    assert {name: followed(name) for name in names} == names
