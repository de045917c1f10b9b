"""Studies small enough to train for real in seconds."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

CHECKOUT = Path(__file__).parent.parent

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic"),
]

TINY: dict[str, Any] = {
    "study": "tiny",
    "seed": 0,
    "population": 2,
    "founders": [],
    "algorithm": {
        "name": "PPO",
        "policy": "MlpPolicy",
        "n_envs": 2,
        "normalize": {"observation": False, "reward": False},
        "hyperparameters": {"n_steps": 32, "batch_size": 64, "n_epochs": 1},
    },
    "train": {"engine": "sb3", "until": "budget", "shard": 2},
    # a random policy keeps the pole up for 20 steps too: a gate with null policies would rightly refuse this threshold
    "evaluate": {"episodes": 12, "zero_shot_episodes": 2, "deterministic": True, "null_policies": False},
    "gate": {"rule": "lower_bound", "confidence": 0.95, "at_most": 1, "when_none": "best"},
    "inherit": {"operator": "copy", "optimizer": "reset", "immigrants": 0},
    "generations": {
        "first": {"after": "founders", "env": "CartPole-v1", "threshold": 20.0, "budget": 128},
        "second": {"after": "first", "env": "CartPole-v1", "threshold": 20.0, "budget": 128},
    },
    "control": {"generations": ["second"], "budget": "lineage"},
}


@pytest.fixture
def tiny() -> dict[str, Any]:
    """Return the content of a study that two generations of CartPole finish in seconds."""
    return copy.deepcopy(TINY)


@pytest.fixture
def write_study(tmp_path: Path) -> Callable[[Any], Path]:
    """Return a function that writes a study's content, or text as it is, to params.yaml and returns the path."""

    def write(content: Any) -> Path:
        path = tmp_path / "params.yaml"
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            YAML().dump(content, path)
        return path

    return write


@pytest.fixture(scope="module")
def browser():
    """Yield a headless Chromium; its event loop would be in the way of flows, so it ends with the module."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield started
        started.close()
