"""What is worth knowing before a study trains for hours; tests of your own environment may lie beside it."""

import subprocess
import sys
from pathlib import Path

from heredity import load_study, make_task

PROJECT = Path(__file__).parent.parent


def played(task, seed):
    """Return what 100 random actions pay, the same for the same seed."""
    env, rewards = task.make(), []
    env.action_space.seed(seed)
    env.reset(seed=seed)
    for step in range(100):
        _, reward, terminated, truncated, _ = env.step(env.action_space.sample())
        rewards.append(reward)
        if terminated or truncated:
            env.reset(seed=seed + step)
    env.close()
    return rewards


def test_the_study_can_run_and_depends_on_all_that_it_uses():
    check = [sys.executable, "-m", "heredity.cli", "check"]
    done = subprocess.run(check, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "study does not depend on it" not in done.stdout, done.stdout


def test_every_environment_plays_a_seed_as_it_played_it_before(monkeypatch):
    monkeypatch.chdir(PROJECT)
    monkeypatch.setattr(sys, "path", [str(PROJECT), *sys.path])
    study = load_study("params.yaml")
    for name in study.generations:
        task = make_task(study, name)
        assert played(task, 0) == played(task, 0), task.id
