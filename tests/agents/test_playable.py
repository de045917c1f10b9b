"""Spaces that Stable-Baselines3 would play or see as others are refused, each with a way out that works."""

import numpy as np
import pytest
from gymnasium import spaces

from heredity.agents.agent import fresh_agent
from heredity.agents.algorithms import build
from heredity.agents.task import Task
from heredity.errors import StudyError, TaskError
from heredity.evaluation.episodes import evaluate, run_trial
from heredity.evaluation.null_policies import NULL_POLICIES
from heredity.evaluation.trial import Trial
from heredity.pipeline.check import check_study
from heredity.study.load import load_study
from heredity.study.sections import Algorithm, Wrapper
from tests.masked import PPO, STEPS

FLATTEN, COUNTED = "gymnasium.wrappers.FlattenObservation", "heredity.wrappers.ZeroBased"
BOX = spaces.Box(0, 1, (2,))

SEEN = [
    (spaces.Discrete(3, start=1), COUNTED),
    (spaces.MultiDiscrete([3, 2], start=[1, 0]), COUNTED),
    (spaces.MultiDiscrete([[3, 2], [2, 2]]), COUNTED),
    (spaces.Dict(place=spaces.Discrete(4, start=-2), view=BOX), COUNTED),
    (spaces.Tuple((spaces.Discrete(2), BOX)), FLATTEN),
    (spaces.Dict(a=spaces.Dict(b=BOX)), FLATTEN),
    (spaces.Box(0, 1, ()), FLATTEN),
    (spaces.Sequence(BOX), "give the environment a wrapper that makes one of them"),
    (spaces.Graph(BOX, None), "give the environment a wrapper that makes one of them"),
]
PLAYED = [
    (spaces.Discrete(3, start=1), COUNTED),
    (spaces.MultiDiscrete([3, 2], start=[1, 0]), COUNTED),
    (spaces.MultiDiscrete([[3, 2], [2, 2]]), COUNTED),
    (spaces.MultiBinary((2, 2)), COUNTED),
    (spaces.Box(0, 4, (2,), np.int64), COUNTED),
    (spaces.Box(0, 2**30, (2,), np.int64), "give the environment a Box of floats"),
    (spaces.Box(0, np.inf, (2,)), "give the environment such a Box"),
    (spaces.Box(0, 1, (0,)), "give the environment one"),
    (spaces.Dict(a=spaces.Discrete(2)), "give the environment a wrapper that takes one of them"),
    (spaces.Tuple((spaces.Discrete(2),)), "give the environment a wrapper that takes one of them"),
]
CASES = [("observations", *case) for case in SEEN] + [("actions", *case) for case in PLAYED]


@pytest.mark.parametrize(("part", "space", "way_out"), CASES, ids=str)
def test_a_space_that_would_be_misread_is_refused_and_its_way_out_works(part, space, way_out):
    task = Task("tests/Spaces-v0", {part: space})
    with pytest.raises(TaskError) as refused:
        task.make()
    said = str(refused.value)
    assert said.startswith("tests/Spaces-v0: expected ") and "\n" not in said and len(said) < 300
    assert way_out in said
    if way_out in (FLATTEN, COUNTED):
        wrapped = Task(task.id, task.kwargs, (Wrapper(name=way_out),))
        policy = "MultiInputPolicy" if isinstance(wrapped.make().observation_space, spaces.Dict) else "MlpPolicy"
        agent = fresh_agent(PPO.model_copy(update={"policy": policy}), wrapped, 0)
        players = [Trial("x", player, wrapped, 2, 5, True) for player in NULL_POLICIES]
        everybody = [evaluate(agent, wrapped, episodes=2, seed=5, deterministic=False), *map(run_trial, players)]
        assert [played.returns.tolist() for played in everybody] == [[STEPS] * 2] * 3  # all play the environment's own


@pytest.mark.parametrize(("module", "imports"), [("", ""), ("tests.masked:", r"import: \[tests\.masked\] beside ")])
def test_check_names_the_generation_and_what_to_write(tiny, write_study, module, imports):
    tiny["generations"]["first"]["env"] = f"{module}tests/StartOne-v0"
    said = (
        rf"^generations.first.env: {module}tests/StartOne-v0: expected actions that are counted from 0 in one row, got "
        rf"Discrete\(3, start=1\); write {imports}env: {{id: tests/StartOne-v0, wrappers: "
        r"\[heredity.wrappers.ZeroBased\]}$"
    )
    with pytest.raises(StudyError, match=said):
        check_study(load_study(write_study(tiny)))


@pytest.mark.parametrize(
    "space",
    [spaces.Discrete(3), spaces.MultiDiscrete([3, 2]), spaces.MultiBinary(3), spaces.Box(-1, 1, (2, 2))],
    ids=str,
)
def test_a_space_that_is_played_as_it_is_written_is_taken(space):
    for part in ("observations", "actions"):
        Task("tests/Spaces-v0", {part: space}).make()


@pytest.mark.filterwarnings("ignore:.*maximum and minimum values are equal")
def test_an_action_whose_bounds_are_one_is_refused_where_it_would_be_divided_by_their_difference():
    still = spaces.Box(np.float32([0, 1]), np.float32([1, 1]))
    task = Task("tests/Spaces-v0", {"actions": still})
    with pytest.raises(StudyError, match=r"SAC cannot take .* bounds differ by a positive number, got Box.*name: PPO$"):
        build(Algorithm(name="SAC", n_envs=1), task, 0, 0)
    assert evaluate(fresh_agent(PPO, task, 0), task, episodes=2, seed=5).returns.tolist() == [STEPS] * 2
