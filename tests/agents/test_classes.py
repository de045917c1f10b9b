"""Classes that hyperparameters name."""

import subprocess
import sys

import pytest
import torch

from heredity.agents.algorithms import build
from heredity.agents.classes import class_of
from heredity.agents.task import Task
from heredity.errors import StudyError
from heredity.study.sections import Algorithm
from tests.field import TinyExtractor

SMALL = Task("Cue-v0", {"shown": "small image"}, imports=("tests.field",))
OWN = {"features_extractor_class": "tests.field.TinyExtractor", "features_extractor_kwargs": {"features_dim": 4}}


def built(task=SMALL, policy="CnnPolicy", **hyperparameters):
    return build(Algorithm(name="PPO", policy=policy, n_envs=1, hyperparameters=hyperparameters), task, 0, 0)


def test_an_extractor_and_an_optimizer_are_those_that_are_named():
    keywords = {**OWN, "optimizer_class": "torch.optim.AdamW", "optimizer_kwargs": {"weight_decay": 0.5}}
    policy = built(policy_kwargs=keywords).policy
    assert isinstance(policy.features_extractor, TinyExtractor) and policy.features_dim == 4
    assert type(policy.optimizer) is torch.optim.AdamW
    assert policy.optimizer.param_groups[0]["weight_decay"] == 0.5


def test_a_policy_may_be_named_by_its_path():
    task = Task("CartPole-v1")
    model = built(task, policy="stable_baselines3.common.policies.ActorCriticPolicy")
    assert type(model.policy).__name__ == "ActorCriticPolicy"


@pytest.mark.parametrize(
    ("role", "name", "message"),
    [
        ("policy", "os.path.join", r"derives from .*BasePolicy, got 'os\.path\.join'"),
        ("optimizer_class", "torch.nn.ReLU", r"derives from torch\.optim\.optimizer\.Optimizer, got 'torch\.nn\.ReLU'"),
        ("optimizer_class", "Adamw", r"expected the dotted path .*, got 'Adamw'; write for example torch\.opt"),
        ("activation_fn", "Transformer", r"expected a class of torch\.nn, got 'Transformer'; write for example Tanh"),
        ("features_extractor_class", "torch.nothing.Here", r"derives from .*BaseFeaturesExtractor, got 'torch\.not"),
        ("replay_buffer_class", "antigravity.Fly", r"that the study imports, got .*; write import: \[antigravity\] be"),
    ],
)  # fmt: skip
def test_what_is_no_such_class_is_refused(role, name, message):
    with pytest.raises(StudyError, match=rf"^algorithm\.key: .*({message})"):
        class_of(role, name, "algorithm.key")


def test_no_module_is_imported_because_a_file_names_a_class_of_it():
    """Only a task's imports run; a founder's heredity.json is somebody else's word."""
    asked = "import sys; from heredity.agents.classes import class_of\n"
    asked += (
        "try: class_of('policy', 'this.Zen', 'key')\nexcept Exception as error: print('this' in sys.modules, error)"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "False key: expected a class of a module that the study imports, got 'this.Zen'; "
        "write import: [this] beside env\n"
    )


def test_whole_numbers_of_hyperparameters_may_be_written_with_an_exponent():
    model = built(Task("CartPole-v1"), "MlpPolicy", n_steps=1e2, batch_size=5e1, learning_rate=1.0)
    assert (model.n_steps, model.batch_size) == (100, 50) and isinstance(model.n_steps, int)
    with pytest.raises(StudyError, match=r"n_steps: expected a value like the default 2048, got 1\.5"):
        built(Task("CartPole-v1"), "MlpPolicy", n_steps=1.5)
    with pytest.raises(StudyError, match=r"n_steps: expected a number of at most 100000000, got 1"):
        built(Task("CartPole-v1"), "MlpPolicy", n_steps=1e18)
