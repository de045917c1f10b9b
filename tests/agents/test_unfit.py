"""What an algorithm cannot take of an environment."""

import numpy as np
import pytest

from heredity.agents.algorithms import build
from heredity.agents.task import Task
from heredity.agents.unfit import in_plain_words
from heredity.errors import StudyError
from heredity.study.sections import Algorithm, Normalize


def cue(**kwargs):
    return Task("Cue-v0", kwargs, imports=("tests.field",))


@pytest.mark.parametrize(
    ("name", "policy", "task", "message"),
    [
        (
            "RecurrentPPO", "MlpLstmPolicy", cue(played="MultiBinary"),
            r"expected actions that are Discrete, MultiDiscrete or Box, got MultiBinary\(3\); write name: PPO",
        ),
        (
            "RecurrentPPO", "MlpLstmPolicy", cue(shown="choices"),
            r"expected observations of another kind, .*; write env: \{id: Cue-v0, wrappers: \[.*FlattenObservation\]\}",
        ),
        ("DQN", "MlpPolicy", cue(played="Box"), r"actions that are Discrete, got Box\(.*; write name: PPO or SAC$"),
        ("SAC", "MlpPolicy", cue(), r"expected actions that are Box, got Discrete\(3\); write name: PPO$"),
        ("CrossQ", "CnnPolicy", cue(shown="image", played="Box"), r"policy: expected a policy of CrossQ, .*MlpPol"),
    ],
)  # fmt: skip
def test_it_is_refused_with_what_to_write(name, policy, task, message):
    with pytest.raises(StudyError, match=message):
        build(Algorithm(name=name, policy=policy, n_envs=1), task, 0, 0)


def test_other_complaints_stay_in_their_words():
    assert in_plain_words(ValueError("something\nelse")) == "something else"


def test_images_of_a_dictionary_reach_a_replay_buffer_beside_what_is_normalised():
    numbers = {"learning_starts": 8, "buffer_size": 50, "batch_size": 4}
    normalize = Normalize(observation=True)
    algorithm = Algorithm(name="DQN", policy="MultiInputPolicy", n_envs=2, normalize=normalize, hyperparameters=numbers)
    model = build(algorithm, cue(shown="dict of image"), 0, 0)
    model.learn(16)
    stored = model.replay_buffer.observations
    assert stored["image"].shape[2:] == (3, 36, 36) and stored["image"].max() == 255
    assert np.isin(stored["vector"][:8], (0, 1)).all()  # as they came; they are normalised when they are drawn
    model.env.close()
