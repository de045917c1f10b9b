"""What a user has before a project is made: modules with environments of their own."""

import sys
import textwrap

import gymnasium
import pytest

from heredity.pipeline.fingerprint import forget_sources

REGISTERS = """
    import gymnasium

    gymnasium.register("Mine-v0", entry_point="mypkg.env:Mine", max_episode_steps=50)
"""
ENVIRONMENT = """
    from gymnasium.envs.classic_control import CartPoleEnv

    class Mine(CartPoleEnv):
        LENGTH = 0.5
"""


@pytest.fixture
def write_module(monkeypatch):
    """Return a function that writes a user's module; all are forgotten in the end, with what they register."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # as in the process of their own that modules are tried in
    tops, ids = set(), set(gymnasium.registry)
    forget_sources()

    def write(root, name, text):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        tops.add(name.split("/")[0].removesuffix(".py"))

    yield write
    for name in [name for name in sys.modules if name.split(".")[0] in tops]:
        del sys.modules[name]
    for id in set(gymnasium.registry) - ids:  # of which an installed package, once imported, registers none again
        entry = gymnasium.registry[id].entry_point
        if (entry if isinstance(entry, str) else entry.__module__).split(":")[0].split(".")[0] in {*tops, "tests"}:
            del gymnasium.registry[id]
    forget_sources()


@pytest.fixture
def mypkg(write_module):
    """Return a function that writes the package of an environment that registers no threshold: mypkg:Mine-v0."""

    def write(root):
        write_module(root, "mypkg/__init__.py", REGISTERS)
        write_module(root, "mypkg/env.py", ENVIRONMENT)

    return write
