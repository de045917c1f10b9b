"""gymnax's environments played by Gymnasium's rules, and their twins."""

import gymnasium
import numpy as np
import pytest

import heredity.agents.twins.compiling  # noqa: F401  sets JAX up
from heredity.agents.task import Task
from heredity.agents.twins.conformance import prove_resets, prove_steps
from heredity.agents.twins.registry import make_twin, why_no_twin
from heredity.errors import TaskError

pytestmark = pytest.mark.study

WALK, CHOICES = "gymnax:CartPole-v1", "gymnax/FrozenLake-misc"


def episode(env, seed, action=1):
    """Return all that is shown from a reset on until an episode is over."""
    seen, over = [env.reset(seed=seed)[0]], False
    while not over:
        observation, _, terminated, truncated, _ = env.step(action)
        seen.append(observation)
        over = terminated or truncated
    return np.array(seen)


def test_a_seed_repeats_an_episode_and_another_one_does_not(stand_in):
    env = Task(WALK).make()
    first, again, other = (episode(env, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[0], other[0])
    following, _ = env.reset()
    assert not np.array_equal(following, other[0])
    assert len(np.unique(np.diff(first[:, 0]))) == len(first) - 1


def test_images_and_choices_are_shown_as_vectors(stand_in):
    walk, choices = Task(WALK).make(), Task(CHOICES).make()
    box = gymnasium.spaces.Box(np.full(4, -1, np.float32), np.full(4, 9, np.float32))
    assert (walk.observation_space, walk.action_space) == (box, gymnasium.spaces.Discrete(2))
    assert choices.observation_space == gymnasium.spaces.Box(0, 1, (4,), np.float32)
    assert choices.action_space == gymnasium.spaces.Box(-1, 1, (2,), np.float32)
    choices.reset(seed=0)
    observation, reward, *_ = choices.step(np.array([0.5, 0.25], np.float32))
    assert (observation.tolist(), reward) == ([0, 1, 0, 0], 0.75)


@pytest.mark.parametrize(
    ("kwargs", "longest"),
    [({}, 9), ({"params": {"max_steps_in_episode": 4}}, 4), ({"max_episode_steps": 5}, 5),
     ({"max_episode_steps": 20}, 9), ({"max_episode_steps": -1}, 9)],
)  # fmt: skip
def test_the_shorter_limit_of_the_library_and_of_gymnasium_holds(stand_in, kwargs, longest):
    task = Task(CHOICES, kwargs)
    assert make_twin(task).longest == longest
    assert len(episode(task.make(), 0, np.zeros(2, np.float32))) == longest + 1
    report = prove_steps(task, 60, 0)
    assert report.equal
    assert report.truncated == 60 // longest


@pytest.mark.parametrize("id", [WALK, CHOICES])
def test_the_twin_is_the_same_functions(stand_in, id):
    assert why_no_twin(Task(id)) is None
    assert prove_steps(Task(id), 300, 0).equal
    assert prove_resets(Task(id), 300, 0).equal


def test_parameters_and_arguments_are_the_environments_and_the_twins(stand_in):
    still = {"params": {"reach": 0}, "arguments": {"wind": 0}}
    report = prove_steps(Task(WALK, still), 20, 0)
    assert report.equal
    assert report.terminated == 20
    assert not prove_steps(Task(WALK, {"arguments": {"wind": 0}}), 20, 0).terminated
    twins = [make_twin(Task(WALK, {"params": {"reach": reach}})) for reach in (1, 2.5)]
    assert twins[0].dynamics == twins[1].dynamics
    assert [twin.spec.params.reach.dtype for twin in twins] == [np.float32] * 2
    assert make_twin(Task(WALK, still)).dynamics != twins[0].dynamics


@pytest.mark.parametrize(
    ("id", "kwargs", "said"),
    [
        (WALK, {"params": {"raech": 1}}, "expected parameters among max_steps_in_episode, reach, got raech"),
        ("gymnax/Tuples-misc", {}, "expected spaces that are Box or Discrete, got SimpleNamespace"),
        ("gymnax/Old-misc", {}, "expected gymnax 1.0 or later, got one without is_truncated"),
    ],
)
def test_what_is_not_known_is_one_line(stand_in, id, kwargs, said):
    for make in (Task(id, kwargs).make, lambda: make_twin(Task(id, kwargs))):
        with pytest.raises(TaskError, match=f"^gymnax/.*: {said}$"):
            make()


@pytest.mark.parametrize("name", ["CartPole-v1", "Pendulum-v1", "FrozenLake-misc", "Asterix-MinAtar"])
def test_gymnax_itself(name):
    pytest.importorskip("gymnax")
    report = prove_steps(Task(f"gymnax:{name}"), 1000, 0)
    assert report.equal
    assert report.terminated + report.truncated > 2
    assert prove_resets(Task(f"gymnax:{name}"), 200, 0).equal
