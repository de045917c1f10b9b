"""Inheritance: properties of every operator, who becomes a parent, and what is refused."""

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from heredity.agent import fresh_agent, pack, read_algorithm, read_tensors, unpack
from heredity.algorithms import build
from heredity.errors import AgentError
from heredity.inheritance import Donor, draw_names, inherit
from heredity.inheritance.matching import match
from heredity.inheritance.mixing import average, blend, cross, permute
from heredity.inheritance.parts import heads, part_of
from heredity.inheritance.weights import flat
from heredity.params import Algorithm, InheritRule, Normalize
from heredity.task import Task

CARTPOLE, ACROBOT, PENDULUM = Task("CartPole-v1"), Task("Acrobot-v1"), Task("Pendulum-v1")
PPO = Algorithm(name="PPO", n_envs=2, hyperparameters={"n_steps": 16, "batch_size": 32, "n_epochs": 1})
A, B, C = (fresh_agent(PPO, CARTPOLE, seed) for seed in (11, 12, 13))


def trained(algorithm=PPO, task=CARTPOLE, seed=0, steps=64):
    model = build(algorithm, task, seed, seed)
    model.learn(steps)
    return pack(model, algorithm)


def heir(operator="copy", donors=None, *, task=CARTPOLE, algorithm=PPO, seed=5, **rule):
    """Return the only child of the donors."""
    chosen = InheritRule(operator=operator, **rule)
    return inherit(donors or {"a": A}, task, chosen, population=1, seed=seed, algorithm=algorithm)[0]


def weights(agent):
    return flat(read_tensors(agent))


def same(ours, theirs):
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


# Properties


def test_a_copy_acts_exactly_as_its_parent():
    parent = trained()
    child = heir(donors={"a": parent})
    observations = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    acts = []
    for agent in (parent, child.agent):
        model = unpack(agent, PPO, CARTPOLE, 3, 3)
        torch.manual_seed(0)
        acts.append([model.predict(observations, deterministic=d)[0].tolist() for d in (True, False)])
    assert acts[0] == acts[1]
    assert same(weights(parent), weights(child.agent))
    assert child.inherited_fraction == 1.0


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_shrink_and_perturb_is_a_copy_at_share_1_and_fresh_at_share_0(share):
    child = heir("shrink_perturb", parent_share=share)
    expected = A if share else fresh_agent(PPO, CARTPOLE, child.seed)
    assert same(weights(child.agent), weights(expected))


@given(share=st.floats(0, 1), seed=st.integers(0, 2**16))
def test_a_blend_lies_between_its_parents(share, seed):
    parent, fresh = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(seed))
    mixed = blend(parent, fresh, share)
    assert torch.all(mixed <= torch.maximum(parent, fresh) + 1e-6)
    assert torch.all(mixed >= torch.minimum(parent, fresh) - 1e-6)


@given(hidden=st.integers(0, 5), inputs=st.integers(0, 5), outputs=st.integers(0, 4), seed=st.integers(0, 2**16))
def test_padding_preserves_the_function_on_embedded_observations(hidden, inputs, outputs, seed):
    generator = torch.Generator().manual_seed(seed)
    sizes, grown = (3, 4, 2), (3 + inputs, 4 + hidden, 2 + outputs)
    shapes = [[(s[1], s[0]), (s[1],), (s[2], s[1]), (s[2],)] for s in (sizes, grown)]
    parent, fresh = ([torch.randn(shape, generator=generator) for shape in net] for net in shapes)
    child = [match(ours, theirs).value for ours, theirs in zip(parent, fresh, strict=True)]

    def output(net, x):
        return torch.tanh(x @ net[0].T + net[1]) @ net[2].T + net[3]

    x, new = torch.randn(8, 3, generator=generator), torch.randn(8, inputs, generator=generator)
    torch.testing.assert_close(output(child, torch.cat([x, new], 1))[:, :2], output(parent, x))
    assert torch.equal(child[2][2:], fresh[2][2:])  # new outputs are fresh
    assert torch.equal(child[3][2:], fresh[3][2:])


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31 - 1), operator=st.sampled_from(["copy", "shrink_perturb", "permute", "crossover"]))
def test_an_heirs_bytes_depend_on_its_seed_and_parents_alone(seed, operator):
    rule, donors = InheritRule(operator=operator), {"a": A, "b": B}
    two = inherit(donors, CARTPOLE, rule, population=2, seed=seed, algorithm=PPO)
    three = inherit(donors, CARTPOLE, rule, population=3, seed=seed, algorithm=PPO)
    assert [one.agent for one in two] == [one.agent for one in three[:2]]
    assert two[0].agent != two[1].agent
    renamed = inherit({"x": A, "y": B}, CARTPOLE, rule, population=2, seed=seed, algorithm=PPO)
    assert [one.agent for one in renamed] == [one.agent for one in two]


def test_another_seed_gives_other_bytes_where_the_operator_draws():
    for operator in ("shrink_perturb", "permute", "crossover", "actor"):
        made = [heir(operator, {"a": A, "b": B}, seed=seed).agent for seed in (1, 2)]
        assert made[0] != made[1], operator


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


# Parts


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
    fresh, parent = weights(fresh_agent(PPO, CARTPOLE, child.seed)), weights(trained())
    for name, value in weights(child.agent).items():
        source = parent if any(name.startswith(layer) for layer in kept) else fresh
        assert torch.equal(value, source[name]), name
    layers = [sum(value.numel() for name, value in parent.items() if any(name.startswith(k) for k in kept))]
    assert child.inherited_fraction == pytest.approx(sum(layers) / sum(value.numel() for value in parent.values()))


def test_exploration_is_a_part_of_its_own():
    parent = build(PPO, PENDULUM, 0, 0)
    parent.policy.log_std.data.fill_(-1.5)
    donors = {"a": pack(parent, PPO)}
    kept, reset = (heir("copy", donors, task=PENDULUM, exploration=switch) for switch in ("keep", "reset"))
    assert weights(kept.agent)["log_std"].tolist() == [-1.5]
    assert weights(reset.agent)["log_std"].tolist() == [0.0]


def test_a_hyperparameter_that_lies_among_the_tensors_is_the_studys_own():
    parent, child = (
        Algorithm(name="SAC", n_envs=1, hyperparameters={"ent_coef": value, "learning_starts": 10})
        for value in (0.5, 0.1)
    )
    made = heir("copy", {"a": fresh_agent(parent, PENDULUM, 0)}, task=PENDULUM, algorithm=child)
    assert weights(made.agent)["ent_coef_tensor"].item() == pytest.approx(0.1)
    assert made.outcomes["reset"] == ("ent_coef_tensor",)


def test_the_optimizer_is_reset_unless_it_is_kept():
    donors = {"a": trained()}
    states = [
        read_tensors(heir("copy", donors, optimizer=o).agent)["policy.optimizer"]["state"] for o in ("reset", "keep")
    ]
    assert states[0] == {}
    assert states[1][0]["step"] == read_tensors(donors["a"])["policy.optimizer"]["state"][0]["step"] == 2


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


# Across spaces


def test_the_overlapping_block_goes_to_a_task_with_other_spaces_and_is_reported():
    child = heir("copy", {"a": A}, task=ACROBOT)  # 4 → 6 observations, 2 → 3 actions
    ours, theirs = weights(child.agent), weights(A)
    first = "mlp_extractor.policy_net.0.weight"
    assert torch.equal(ours[first][:, :4], theirs[first])
    assert not ours[first][:, 4:].any()
    assert torch.equal(ours["action_net.weight"][:2], theirs["action_net.weight"])
    assert set(child.outcomes["padded"]) == {
        first, "mlp_extractor.value_net.0.weight", "action_net.weight", "action_net.bias"
    }  # fmt: skip
    own = 2 * (6 * 64 + 64 + 64 * 64 + 64) + 64 * 3 + 3 + 64 + 1
    new = 2 * 2 * 64 + 64 + 1
    assert child.inherited_fraction == pytest.approx((own - new) / own)
    smaller = heir("copy", {"a": child.agent}, task=CARTPOLE)
    assert first in smaller.outcomes["cropped"]
    assert torch.equal(weights(smaller.agent)[first], theirs[first])


def test_too_little_inherited_is_an_error_that_names_the_way_out():
    dqn = Algorithm(name="DQN", n_envs=1, hyperparameters={"learning_starts": 10})
    parent = fresh_agent(dqn, CARTPOLE, 0)
    with pytest.raises(
        AgentError, match=r"m00: expected at least 10% of the parameters from q, got 0%.* operator distil"
    ):
        heir("copy", {"q": parent})
    child = heir("copy", {"q": parent}, min_inherited=0.0)
    assert child.inherited_fraction == 0.0
    assert len(child.outcomes["skipped"]) == 12


# Donors


def parents_of(rule, population=200, donors=None):
    donors = donors or {"a": Donor(A, -100.0), "b": Donor(B, -200.0), "c": Donor(C, -300.0)}
    heirs = inherit(donors, CARTPOLE, InheritRule(**rule), population=population, seed=1, algorithm=PPO)
    return Counter(one.parents for one in heirs)


def test_donors_are_dealt_out_in_turn_or_the_best_takes_all():
    assert parents_of({}, 5) == {("a",): 2, ("b",): 2, ("c",): 1}
    assert parents_of({"parents": "best"}, 5) == {("a",): 5}


def test_proportional_and_tournament_prefer_the_better_without_excluding_the_worst():
    for rule, expected in (
        ({"parents": "proportional"}, [200 + 200 / 3, 100 + 200 / 3, 200 / 3]),  # above the worst, plus an even share
        ({"parents": "tournament"}, [5, 3, 1]),  # the better of two
    ):
        counts = parents_of(rule)
        for name, weight in zip("abc", expected, strict=True):
            p = weight / sum(expected)
            assert abs(counts[name,] - 200 * p) < 4 * (200 * p * (1 - p)) ** 0.5, (rule, counts)


def test_immigrants_come_last_and_are_fresh():
    heirs = inherit({"a": A}, CARTPOLE, InheritRule(immigrants=2), population=3, seed=0, algorithm=PPO)
    assert [one.operator for one in heirs] == ["copy", "fresh", "fresh"]
    assert heirs[1].agent == fresh_agent(PPO, CARTPOLE, heirs[1].seed)
    assert heirs[1].parents == ()


def test_random_donors_are_as_many_as_asked_for_and_depend_on_the_seed():
    names = [f"m{k:02d}" for k in range(20)]
    drawn = draw_names(names, 5, 0)
    assert len(set(drawn)) == 5
    assert drawn == draw_names(names[::-1], 5, 0) != draw_names(names, 5, 1)


def test_a_soup_is_made_of_siblings_only():
    one, two, other = Donor(A, parent_hashes=("p",)), Donor(B, parent_hashes=("p", "q")), Donor(C, parent_hashes=("r",))
    child = heir("soup", {"a": one, "c": other, "b": two})
    assert child.parents == ("a", "b")
    assert same(weights(child.agent), average([weights(A), weights(B)]))
    with pytest.raises(AgentError, match=r"m00: soup: expected siblings.* got a with none among a, c"):
        heir("soup", {"a": one, "c": other})
    with pytest.raises(AgentError, match="soup: expected siblings"):
        heir("soup", {"a": A, "b": B})  # nobody knows their parents


def test_crossover_is_of_donors_that_are_no_siblings():
    assert set(heir("crossover", {"a": A, "b": B}).parents) == {"a", "b"}
    one, two, other = (Donor(agent, parent_hashes=(kin,)) for agent, kin in ((A, "p"), (B, "p"), (C, "q")))
    assert all(heir("crossover", {"a": one, "b": two, "c": other}, seed=s).parents == ("a", "c") for s in range(5))
    with pytest.raises(AgentError, match=r"m00: crossover: expected a donor that is no sibling of a, .* got a, b;"):
        heir("crossover", {"a": one, "b": two})
    with pytest.raises(AgentError, match=r"crossover: expected a donor .* got a; let more survive"):
        heir("crossover")


# Hyperparameters


def test_hyperparameters_drift_within_their_factors_from_the_parents_own():
    rule = InheritRule(perturb={"learning_rate": (0.8, 1.25), "ent_coef": (1.0, 1.0)})
    parent = PPO.model_copy(update={"hyperparameters": {**PPO.hyperparameters, "learning_rate": 0.01, "ent_coef": 0.5}})
    heirs = inherit({"a": fresh_agent(parent, CARTPOLE, 0)}, CARTPOLE, rule, population=20, seed=0, algorithm=PPO)
    rates = [one.hyperparameters["learning_rate"] for one in heirs]
    assert all(0.008 <= rate <= 0.0125 for rate in rates)
    assert len(set(rates)) == 20
    assert heirs[0].hyperparameters["ent_coef"] == 0.5
    assert read_algorithm(heirs[0].agent).hyperparameters["learning_rate"] == rates[0]


def test_a_linear_schedule_stays_one_and_other_algorithms_values_are_not_taken():
    rule = {"perturb": {"learning_rate": (2.0, 2.0)}}
    linear = PPO.model_copy(update={"hyperparameters": {**PPO.hyperparameters, "learning_rate": "lin_0.001"}})
    assert heir(donors={"a": A}, algorithm=linear, **rule).hyperparameters == {
        "learning_rate": 0.0006
    }  # A's own 0.0003
    assert heir(donors={"a": fresh_agent(linear, CARTPOLE, 0)}, algorithm=PPO, **rule).hyperparameters == {
        "learning_rate": "lin_0.002"
    }
    a2c = Algorithm(name="A2C", n_envs=2)
    assert heir(donors={"a": A}, algorithm=a2c, **rule).hyperparameters == {"learning_rate": 0.0014}


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"operator": "actor", "optimizer": "keep"}, "optimizer: expected reset, because actor changes"),
        ({"critic": "reset", "optimizer": "keep"}, "optimizer: expected reset, because copy changes"),
        ({"perturb": {"n_steps": (0.5, 2.0)}}, r"perturb\.n_steps: expected one of clip_range, .*, got 'n_steps'"),
        (
            {"perturb": {"ent_coef": (2.0, 0.5)}},
            r"perturb\.ent_coef: expected the smaller factor first, got \[2\.0, 0\.5\]",
        ),
        (
            {"perturb": {"target_kl": (0.5, 2.0)}},
            r"perturb\.target_kl: expected a hyperparameter with a number, got None",
        ),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(rule, message):
    with pytest.raises(AgentError, match=message):
        heir(**rule)


def test_without_donors_an_algorithm_has_to_be_named():
    with pytest.raises(AgentError, match=r"expected donors or an algorithm, got neither; pass algorithm=…"):
        inherit({}, CARTPOLE, InheritRule(), population=1, seed=0)
