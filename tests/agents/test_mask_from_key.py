"""Allowed actions that an environment shows among its observations."""

import gymnasium
import pytest
from gymnasium import spaces

import tests.field  # noqa: F401  registers its ids
from heredity.agents.algorithms import build
from heredity.agents.task import Task
from heredity.errors import StudyError, TaskError
from heredity.study.sections import Algorithm, Wrapper
from heredity.wrappers import MaskFromKey

TOLD = Task("ToldByKey-v0", imports=("tests.field",))


def test_a_policy_sees_the_rest_and_is_told_the_mask():
    env = MaskFromKey(gymnasium.make("ToldByKey-v0"))
    seen, _ = env.reset(seed=0)
    assert env.observation_space == spaces.Box(0, 1, (3,)) and env.observation_space.contains(seen)
    for _ in range(10):
        allowed = env.action_masks()
        assert allowed.sum() == 2 and allowed[seen.argmax()]
        seen = env.step(int(allowed.argmax()))[0]


def test_more_keys_stay_a_dictionary_and_another_name_is_its_key():
    class More(gymnasium.ObservationWrapper):
        observation_space = spaces.Dict({"a": spaces.Discrete(2), "b": spaces.Discrete(2), "m": spaces.MultiBinary(3)})

        def observation(self, observation):
            return {"a": 0, "b": 1, "m": observation["action_mask"]}

    env = MaskFromKey(More(gymnasium.make("ToldByKey-v0")), key="m")
    assert set(env.observation_space.spaces) == set(env.reset(seed=0)[0]) == {"a", "b"}
    with pytest.raises(
        TaskError, match=r"MaskFromKey: expected a dictionary with 'action_mask' and observations besid"
    ):
        MaskFromKey(More(gymnasium.make("ToldByKey-v0")))


def test_an_algorithm_that_needs_it_is_refused_with_the_wrapper_and_takes_the_task_in_it():
    maskable = Algorithm(name="MaskablePPO", policy="MultiInputPolicy", n_envs=1)
    with pytest.raises(
        StudyError, match=r"action_masks.*; write env: \{id: ToldByKey-v0, wrappers: \[heredity\.wrap.*Mas"
    ):
        build(maskable, TOLD, 0, 0)
    told = Task(TOLD.id, wrappers=(Wrapper(name="heredity.wrappers.MaskFromKey"),), imports=TOLD.imports)
    model = build(maskable.model_copy(update={"policy": "MlpPolicy"}), told, 0, 0)
    model.learn(64)
    model.env.close()
