"""A small tile on CartPole."""

from functools import cache

import numpy as np
import optax

from heredity.agents.task import Task, task_spaces
from heredity.agents.twins.registry import make_twin
from heredity.training.cohort.joined import JoinedPolicy
from heredity.training.cohort.tile import Ends, TileProgram
from heredity.training.cohort.update import Hyperparameters, Learner, Program

MEMBERS, STEPS, COPIES = 4, 64, 2
ENDS = Ends(np.float32(np.inf), np.int32(100), np.int32(100))


@cache
def twin():
    return make_twin(Task("CartPole-v1"))


@cache
def program():
    policy = JoinedPolicy.of(task_spaces(Task("CartPole-v1"))[1], "Tanh")
    return TileProgram(Program(policy, 64, True, False), twin().dynamics, STEPS, COPIES, 2, 1, 2, "highest")


def learners(seed):
    rng = np.random.default_rng(seed)
    shapes = {"action_net": (2, 8), "value_net": (1, 8)}
    shapes |= {f"mlp_extractor.{net}.0": (8, 4) for net in ("policy_net", "value_net")}
    weights = {f"{name}.weight": rng.normal(size=(MEMBERS, *shape)) for name, shape in shapes.items()}
    weights |= {f"{name}.bias": rng.normal(size=(MEMBERS, shape[0])) for name, shape in shapes.items()}
    weights = {name: value.astype(np.float32) for name, value in weights.items()}
    nothing = [{name: np.zeros_like(value) for name, value in weights.items()} for _ in range(2)]
    return Learner(weights, optax.ScaleByAdamState(np.zeros(MEMBERS, np.int32), *nothing))


def numbers(iterations):
    one = 1e-3, 0.2, np.inf, 0.01, 0.5, 0.5, np.inf, 0.99, 0.95
    return Hyperparameters(*(np.full((iterations, MEMBERS), value, np.float32) for value in one))
