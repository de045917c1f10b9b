"""Ids of JAX libraries."""

import random
import subprocess
import sys

import numpy as np
import pytest

from heredity.agents.libraries import gymnasium_id
from heredity.agents.task import Task, entry_modules, find_spec
from heredity.cli.options import module_and_id
from heredity.errors import TaskError

IDS = "gymnax:CartPole-v1", "gymnax/CartPole-v1"


@pytest.mark.parametrize("id", IDS)
def test_an_id_with_a_library_in_front_is_the_librarys_and_not_gymnasiums(stand_in, id):
    spec = find_spec(id)
    assert (spec.id, spec.kwargs) == ("gymnax/CartPole-v1", {"name": "CartPole-v1"})
    assert entry_modules(Task(id)) == ["heredity.agents.twins.from_gymnax", "gymnax"]
    assert find_spec("CartPole-v1").entry_point.startswith("gymnasium.")


def test_brax_is_a_library_as_well(stand_in):
    assert (find_spec("brax:cart").id, find_spec("brax:cart").max_episode_steps) == ("brax/cart", 1000)
    assert entry_modules(Task("brax:cart")) == ["heredity.agents.twins.from_brax", "brax.envs"]


def test_other_ids_are_as_they_are_written():
    for id in ("CartPole-v1", "package.module:CartPole-v1", "ALE/Pong-v5", "gymnax/CartPole-v1"):
        assert gymnasium_id(id) == id


@pytest.mark.parametrize("id", IDS)
def test_the_command_line_takes_a_library_for_no_module_that_registers(id):
    assert module_and_id(id) == ("", "gymnax/CartPole-v1")
    assert module_and_id("package.module:CartPole-v1") == ("package.module", "CartPole-v1")


def test_what_a_library_draws_as_it_is_loaded_nobody_misses(stand_in):
    np.random.seed(0)
    before = random.getstate(), np.random.get_state()[2]
    find_spec(IDS[0])
    assert (random.getstate(), np.random.get_state()[2]) == before


def test_what_is_registered_later_is_there_as_well_and_what_is_not_is_one_line(stand_in):
    find_spec(IDS[0])
    sys.modules["gymnax"].registered_envs.append("Later-v0")
    assert find_spec("gymnax/Later-v0").kwargs == {"name": "Later-v0"}
    with pytest.raises(TaskError, match=r"got 'gymnax:Latter-v0'; did you mean gymnax/Later-v0\?"):
        find_spec("gymnax:Latter-v0")


@pytest.mark.parametrize(("id", "package"), [*((id, "gymnax") for id in IDS), ("brax:ant", "brax")])
def test_a_library_that_is_not_there_is_named_with_what_to_type(stand_in, monkeypatch, id, package):
    monkeypatch.setattr(sys, "meta_path", [Nowhere(), *sys.meta_path])
    with pytest.raises(
        TaskError, match=f"^{id} needs the package {package}: No module .*; type: pip install {package}$"
    ):
        Task(id).make()


class Nowhere:
    """Finds no library, whoever has it."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("gymnax", "brax"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def test_jax_is_not_loaded_for_other_ids():
    code = "import sys; from heredity.agents.task import Task; Task('CartPole-v1').make(); print('jax' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
