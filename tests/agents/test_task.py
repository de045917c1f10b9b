"""Tasks: ids, wrappers, and truncation that stays truncation."""

import pickle
import random
import sys

import gymnasium
import numpy as np
import pytest

from heredity.agents.algorithms import make_many
from heredity.agents.task import Task, import_modules, make_task
from heredity.errors import TaskError
from heredity.study.load import load_study
from heredity.study.sections import Wrapper


def test_an_environment_is_made_as_it_is():
    with pytest.raises(TaskError, match=r"got a dictionary with the text 'mission'; .*heredity\.wrappers\.FlatView"):
        Task("MiniGrid-DoorKey-5x5-v0").make()
    env = Task("MiniGrid-DoorKey-5x5-v0", wrappers=(Wrapper(name="minigrid.wrappers.ImgObsWrapper"),)).make()
    assert env.reset(seed=3)[0].shape == env.observation_space.shape == (7, 7, 3)


def test_arguments_and_wrappers_reach_the_environment():
    wrapper = Wrapper(name="gymnasium.wrappers.TimeLimit", kwargs={"max_episode_steps": 3})
    env = Task("CartPole-v1", {"sutton_barto_reward": True}, (wrapper,)).make()
    env.reset(seed=0)
    rewards, truncations = zip(*[(step[1], step[3]) for step in (env.step(0) for _ in range(3))], strict=True)
    assert rewards == (0.0, 0.0, 0.0)
    assert truncations == (False, False, True)


def test_a_truncated_episode_keeps_its_last_observation_and_is_not_a_termination():
    wrapper = Wrapper(name="gymnasium.wrappers.TimeLimit", kwargs={"max_episode_steps": 5})
    envs = make_many(Task("Pendulum-v1", wrappers=(wrapper,)), 2, seed=0)
    envs.reset()
    for _ in range(5):
        observations, _, dones, infos = envs.step(np.zeros((2, 1)))
    assert dones.all()
    assert all(info["TimeLimit.truncated"] for info in infos)
    assert not np.allclose(infos[0]["terminal_observation"], observations[0])


def test_copies_start_from_seeds_of_their_own():
    first, again, other = (make_many(Task("CartPole-v1"), 2, seed=seed).reset() for seed in (0, 0, 7))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first[0], first[1])


def test_the_threshold_is_the_studys_or_else_the_environments(tiny, write_study):
    tiny["generations"]["second"]["threshold"] = None
    study = load_study(write_study(tiny))
    assert make_task(study, "first").threshold == 20.0
    assert make_task(study, "second").threshold == 475.0


def test_a_task_travels_to_a_worker():
    task = Task("CartPole-v1", {"sutton_barto_reward": True}, threshold=3.0)
    assert pickle.loads(pickle.dumps(task)) == task


REGISTERS = """
import gymnasium

gymnasium.register("Imported-v0", entry_point="gymnasium.envs.classic_control:CartPoleEnv", reward_threshold=7.0)
"""


@pytest.fixture
def imported(tmp_path, monkeypatch):
    """Yield the name of a module that registers Imported-v0 when it is imported, which nobody has done."""
    (tmp_path / "imported_task.py").write_text(REGISTERS)
    monkeypatch.syspath_prepend(tmp_path)
    yield "imported_task"
    sys.modules.pop("imported_task", None)
    gymnasium.registry.pop("Imported-v0", None)


def test_a_module_that_loads_torch_or_draws_as_it_is_imported_is_no_environment_that_draws(tmp_path, monkeypatch):
    (tmp_path / "drawing.py").write_text("import random\nfirst = random.random()\n")
    monkeypatch.syspath_prepend(tmp_path)
    random.seed(0)
    import_modules(["drawing"])
    assert sys.modules["drawing"].first == random.Random(0).random() == random.random()  # drawn, and put back
    monkeypatch.delitem(sys.modules, "drawing")


def test_a_task_imports_what_registers_it_wherever_it_is_made(imported):
    with pytest.raises(
        TaskError, match=r"got 'Imported-v0'; .*; for one of your own write import: \[package\] beside env"
    ):
        Task("Imported-v0").make()
    assert pickle.loads(pickle.dumps(Task("Imported-v0", imports=(imported,)))).make().spec.id == "Imported-v0"


def test_a_generation_s_imports_reach_its_task_and_the_registered_threshold(imported, tiny, write_study):
    tiny["import"] = [imported]
    tiny["generations"]["first"] |= {"env": {"id": "Imported-v0"}, "threshold": "registered"}
    task = make_task(load_study(write_study(tiny)), "first")
    assert (task.imports, task.threshold) == ((imported,), 7.0)


def test_a_module_that_fails_as_it_runs_is_named(tmp_path, monkeypatch):
    (tmp_path / "failing_task.py").write_text("raise SystemExit('no display\\nhere')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(TaskError, match=r"^import: expected modules .*, got 'failing_task': no display here; inst"):
        Task("CartPole-v1", imports=("failing_task",)).make()


@pytest.mark.parametrize(
    ("id", "said"),
    [
        ("Cartpole-v1", r"did you mean CartPole-v1 or CartPole-v0 or phys2d/"),
        ("CartPole-v7", r"did you mean CartPole-v1 or CartPole-v0 or phys2d/"),
        ("mine/CartPole-v1", r"did you mean CartPole-v1 or CartPole-v0 or phys2d/"),
        ("CartPol-v1", r"did you mean CartPole-v1 or CartPole-v0\?"),
        ("Nothing-v0", r"gymnasium\.pprint_registry\(\) lists the known ones; for one of your own write import: "
                       r"\[package\] beside env: Id-v0, or env: package:Id-v0 on a line of its own, with the package"),
        ("gymnasium.envs:Nobody-v0", "gymnasium registers CartPole-v0, CartPole-v1, .*, …$"),
        ("json:Nobody-v0", r"json registers none: call gymnasium\.register\(…\) in it"),
    ],
)  # fmt: skip
def test_an_unknown_id_names_near_ones_and_where_ones_own_are_looked_for(id, said):
    with pytest.raises(TaskError, match=rf"got '{id}'; {said}"):
        Task(id).make()


def test_a_package_that_is_missing_is_named():
    with pytest.raises(TaskError, match=r"ALE/Pong-v5 needs the package ale_py: No module named 'ale_py'; install it"):
        Task("ALE/Pong-v5").make()
