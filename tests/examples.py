"""Studies small enough to train for real in seconds."""

from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parent.parent

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
