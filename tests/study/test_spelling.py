"""What Stable-Baselines3's zoo writes, as this library writes it."""

import pytest

from heredity.errors import StudyError
from heredity.study.load import load_study
from heredity.study.spelling import modules_of_classes, spelled
from heredity.study.study import Study

ARCH = {"pi": [256, 256], "vf": [256, 256]}

# fmt: off
SPELLED = [
    ({"policy_kwargs": "dict(net_arch=[64, 64])"}, {"policy_kwargs": {"net_arch": [64, 64]}}),
    (
        {"policy_kwargs": "dict(log_std_init=-2, ortho_init=False, activation_fn=nn.ReLU, net_arch=dict(pi=[256, 256], vf=[256, 256]))"},  # noqa: E501
        {"policy_kwargs": {"log_std_init": -2, "ortho_init": False, "activation_fn": "ReLU", "net_arch": ARCH}},
    ),
    ({"policy_kwargs": "{'net_arch': (64, 64), 'a': None}"}, {"policy_kwargs": {"net_arch": [64, 64], "a": None}}),
    ({"policy_kwargs": {"activation_fn": "torch.nn.ELU"}}, {"policy_kwargs": {"activation_fn": "ELU"}}),
    (
        {"policy_kwargs": {"optimizer_class": "th.optim.AdamW", "optimizer_kwargs": "dict(weight_decay=0.01)"}},
        {"policy_kwargs": {"optimizer_class": "torch.optim.AdamW", "optimizer_kwargs": {"weight_decay": 0.01}}},
    ),
    (
        {"replay_buffer_kwargs": "dict(goal_selection_strategy='future', n_sampled_goal=4)"},
        {"replay_buffer_kwargs": {"goal_selection_strategy": "future", "n_sampled_goal": 4}},
    ),
    ({"action_noise": {"kind": "normal", "std": 0.1}}, {"noise_type": "normal", "noise_std": 0.1}),
    ({"action_noise": "ornstein-uhlenbeck"}, {"noise_type": "ornstein-uhlenbeck"}),
    ({"action_noise": None, "learning_rate": "lin_3e-4"}, {"action_noise": None, "learning_rate": "lin_3e-4"}),
]

REFUSED = [
    ({"hyperparameters": {"policy_kwargs": "__import__('os').system('true')"}}, r"hyperparameters\.policy_kwargs: expected a mapping, or dict\(…\)"),  # noqa: E501
    ({"hyperparameters": {"policy_kwargs": "dict(net_arch=open('x'))"}}, r"policy_kwargs: expected a mapping, or"),
    ({"hyperparameters": {"policy_kwargs": "dict(**x)"}}, r"policy_kwargs: expected a mapping, or"),
    ({"hyperparameters": {"policy_kwargs": "[64]"}}, r"policy_kwargs: expected a mapping, or .*got '\[64\]'; write"),
    ({"hyperparameters": {"policy_kwargs": "dict(a=" + "[" * 9 + "]" * 9 + ")"}}, r"policy_kwargs: expected a mapping"),
    ({"hyperparameters": {"policy_kwargs": "(" * 3000}}, r"policy_kwargs: expected a mapping"),
    ({"hyperparameters": {"action_noise": {"sigma": 1}}}, r"action_noise: expected kind and std alone, got sigma too"),
    ({"hyperparameters": {"action_noise": "normal", "noise_std": 1}}, r"action_noise: expected kind and .*noise_std"),
    ({"hyperparameters": {"n_timesteps": 1e6}}, r"n_timesteps: expected a hyperparameter, got a key of the zoo; write budget"),  # noqa: E501
    ({"hyperparameters": {"normalize": True}}, r"normalize: expected a hyperparameter, .*; write normalize in algor"),
    ({"policy_kwargs": {}}, r"algorithm\.policy_kwargs: unknown key; write algorithm: \{hyperpar"),
    ({"frame_stack": 4}, r"algorithm\.frame_stack: unknown key; write \{name: heredity\.wrappers\.ChannelStack"),
    ({"normalize": {"norm_obs": True, "observation": True}}, r"algorithm\.normalize: expected observation or norm_obs"),
]
# fmt: on


@pytest.mark.parametrize(("written", "meant"), SPELLED, ids=[next(iter(each)) for each, _ in SPELLED])
def test_hyperparameters_of_the_zoo_are_read(written, meant):
    read = spelled({"algorithm": {"hyperparameters": written}}, Study)
    assert read["algorithm"]["hyperparameters"] == meant


@pytest.mark.parametrize(("algorithm", "message"), REFUSED)
def test_what_is_no_value_is_refused_and_not_evaluated(algorithm, message):
    for raw, where in (
        ({"algorithm": algorithm}, "algorithm"),
        ({"generations": {"one": {"algorithm": algorithm}}}, r"generations\.one\.algorithm"),
    ):
        with pytest.raises(StudyError, match=message) as refusal:
            spelled(raw, Study)
        assert str(refusal.value).startswith(where.replace("\\", ""))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (True, {"observation": True, "reward": True}),
        ("{'norm_obs': True, 'norm_reward': False}", {"observation": True, "reward": False}),
        ("dict(norm_obs=False, norm_reward=True)", {"observation": False, "reward": True}),
        ({"observation": True}, {"observation": True}),
    ],
)
def test_normalize_is_read_as_the_zoo_writes_it(written, meant):
    assert spelled({"algorithm": {"normalize": written}}, Study)["algorithm"]["normalize"] == meant


def test_whole_numbers_may_be_written_with_an_exponent_and_nothing_else_changes(tiny, write_study):
    tiny["generations"]["first"]["budget"] = 2e6
    tiny["generations"]["second"]["train"] = {"checkpoint_steps": 1e4}
    tiny["gate"] = {"rule": "lower_bound", "extend_budget": 1e3, "when_none": "extend"}
    tiny["algorithm"]["hyperparameters"]["ent_coef"] = 1.0
    study = load_study(write_study(tiny))
    first, second = study.generations.values()
    assert (first.budget, second.train.checkpoint_steps, second.gate.extend_budget) == (2_000_000, 10_000, 1000)
    assert isinstance(first.budget, int) and isinstance(first.algorithm.hyperparameters["ent_coef"], float)
    tiny["generations"]["first"]["budget"] = 2.5
    with pytest.raises(StudyError, match=r"first\.budget: expected a positive number of environment steps .* got 2\.5"):
        load_study(write_study(tiny))


def test_modules_of_named_classes_are_told_and_those_of_the_libraries_need_no_import():
    keywords = {"features_extractor_class": "own.nets.Tiny", "optimizer_class": "torch.optim.AdamW"}
    named = {"policy_kwargs": keywords, "replay_buffer_class": "other.Buffer"}
    assert modules_of_classes("own.nets.Policy", named) == ("own.nets", "other")
    assert modules_of_classes("MlpPolicy", {"policy_kwargs": {"activation_fn": "ReLU"}}) == ()


@pytest.mark.parametrize(
    ("key", "remedy"),
    [
        ("n_timesteps", "budget in a generation"),
        ("normalize", "normalize in algorithm, beside hyperparameters"),
        ("learning_rate", r"algorithm: \{hyperparameters: \{learning_rate: …\}\}"),
    ],
)
def test_a_key_of_the_zoo_in_a_generation_or_beside_all_is_told_its_place(key, remedy):
    for raw, where in (({key: 1}, ""), ({"generations": {"one": {key: 1}}}, r"generations\.one\.")):
        with pytest.raises(StudyError, match=rf"^{where}{key}: unknown key; write {remedy}"):
            spelled(raw, Study)
