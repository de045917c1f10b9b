"""`make bench` in toy size: that it runs, and measures every system that is installed."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.slow
def test_the_toy_size_measures_every_system_that_is_installed():
    command = [sys.executable, "-m", "benchmarks.engines", "--toy"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    header, _, row = [line for line in done.stdout.splitlines() if line.startswith("|")][:3]
    figures = dict(zip(header.split(" | "), row.split(" | "), strict=True))
    missing = {"sbx": "sbx", "rl-zoo3": "rl_zoo3"}
    expected = {system for system, package in missing.items() if find_spec(package) is None}
    measured = {system: figures[system] for system in ("sb3", "sbx", "rl-zoo3", "cohort of 8")}
    assert {system for system, figure in measured.items() if figure == "–"} == expected, done.stderr
    assert figures["environment alone |"].strip("| ") != "–", done.stderr
