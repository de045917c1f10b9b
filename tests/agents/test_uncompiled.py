import subprocess
import sys

import pytest

BUILDS_AND_LOADS = """
import sys
from heredity.agents.agent import fresh_agent, unpack
from heredity.agents.task import Task
from heredity.study.sections import Algorithm
algorithm = Algorithm(name="PPO", policy="MlpPolicy", n_envs=1)
model = unpack(fresh_agent(algorithm, Task("CartPole-v1"), 0), algorithm, Task("CartPole-v1"), 0, 0)
model.policy.optimizer.zero_grad()
print("torch._dynamo" in sys.modules)
"""


@pytest.mark.study
def test_models_are_made_and_loaded_without_torchs_compiler():
    run = subprocess.run([sys.executable, "-c", BUILDS_AND_LOADS], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
