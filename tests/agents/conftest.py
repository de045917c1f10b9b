"""gymnax and Brax, of which stand-ins are what these tests have."""

import sys
from pathlib import Path

import gymnasium
import pytest

LIBRARIES = "gymnax", "brax"


def is_theirs(module):
    return module.partition(".")[0] in LIBRARIES or module.rpartition(".from_")[2] in LIBRARIES


@pytest.fixture
def stand_in(monkeypatch):
    """Let the libraries be the stand-ins until the test ends, loaded anew by whoever asks for them."""
    monkeypatch.syspath_prepend(Path(__file__).parent / "stand_in")
    for name in filter(is_theirs, list(sys.modules)):
        monkeypatch.delitem(sys.modules, name)
    before = dict(gymnasium.registry)
    yield
    for name in filter(is_theirs, list(sys.modules)):
        del sys.modules[name]
    for id in [id for id in gymnasium.registry if id not in before]:
        del gymnasium.registry[id]
