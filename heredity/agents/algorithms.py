"""Stable-Baselines3's algorithms by name, and their arguments as params.yaml writes them."""

import inspect
from collections.abc import Mapping
from contextlib import suppress
from functools import cache, partial
from itertools import chain
from typing import Any

import gymnasium
import sb3_contrib
import stable_baselines3
import torch
from pydantic import ConfigDict, TypeAdapter, ValidationError
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecMonitor, VecNormalize

from heredity.agents import uncompiled  # noqa: F401  (imported for what it does: torch leaves its compiler out)
from heredity.agents.action_noise import NOISE, action_noise, noise_of
from heredity.agents.boundary.closing import close_all
from heredity.agents.boundary.guard import Guard
from heredity.agents.boundary.places import of_too_many
from heredity.agents.classes import ROLES, class_of, with_classes
from heredity.agents.generators import seeded
from heredity.agents.normalizing import normalizing
from heredity.agents.on_device import torch_device
from heredity.agents.schedules import is_schedule, schedule_of
from heredity.agents.task import Task, import_modules
from heredity.agents.unfit import in_plain_words, refuse_unfit
from heredity.agents.weight_limit import weights_counted
from heredity.errors import AgentError, StudyError, TaskError, shortened
from heredity.study.messages import suggestion
from heredity.study.sections import Algorithm, Device

OURS = {"self", "policy", "env", "tensorboard_log", "verbose", "seed", "device", "_init_setup_model"}
"""Arguments that heredity sets itself."""

LARGEST, NETWORK, MOST_LAYERS = 10**8, 4096, 64
"""The largest integer of a hyperparameter, and within policy_kwargs, where it is the width of a layer."""

MOST_KEPT = {"n_steps": 1 << 22, "buffer_size": 10**7}
"""Steps that an algorithm of a file may keep: of all copies between two updates, and in its replay buffer."""


def algorithm_class(name: str) -> type[BaseAlgorithm]:
    """Return the class of that name. Raises StudyError when neither library has it."""
    classes = _algorithms()
    if name not in classes:
        expected = "expected an algorithm of stable_baselines3 or sb3_contrib"
        raise StudyError(f"algorithm.name: {expected}, got {name!r}; {suggestion(name, classes)}")
    return classes[name]


def build(
    algorithm: Algorithm, task: Task, seed: int, env_seed: int, envs: VecEnv | None = None, device: Device = "cpu"
) -> BaseAlgorithm:
    """Build an untrained model on `n_envs` copies of a task; `seed` makes its weights, `env_seed` its environments.

    Raises StudyError when the algorithm cannot take the task's spaces or an argument, and where the device is missing.
    """
    torch.set_num_threads(1)  # more threads add in another order, which changes even the initial weights
    place = torch_device(device)
    model_class = algorithm_class(algorithm.name)
    import_modules(task.imports)  # among them those of the classes that the study names
    arguments, noise, policy = constructor_arguments(algorithm), noise_of(algorithm), _policy(algorithm)
    envs = envs or make_many(task, algorithm.n_envs, env_seed)
    try:
        refuse_unfit(algorithm, model_class, task.id, envs)
        envs = _wrapped(envs, algorithm)
        # Its own, and seeded before any layer is made: Stable-Baselines3's CNN samples the space of observations.
        for name in ("observation_space", "action_space"):
            setattr(envs, name, seeded(getattr(envs, name), seed))
        arguments |= action_noise(noise, envs.action_space)
        with weights_counted():
            model = model_class(policy, envs, seed=seed, device=place, **arguments)
    except (StudyError, TaskError):
        with suppress(TaskError):
            envs.close()
        raise
    except Exception as error:  # whatever a constructor raises for what it cannot take, memory included
        envs.close()
        raise StudyError(
            f"algorithm: {algorithm.name} with {algorithm.policy} cannot take {task.id}: {in_plain_words(error)}"
        ) from None
    model.set_logger(Logger(None, []))  # the default one makes a directory in /tmp for every training
    envs.seed(env_seed)  # the constructor has just seeded them by the model's seed
    return model


def _policy(algorithm: Algorithm) -> str | type:
    """Return what a policy is called, or the class that it names by a dotted path."""
    name, known = algorithm.policy, algorithm_class(algorithm.name).policy_aliases
    if "." in name:
        return class_of("policy", name, "algorithm.policy")
    if name not in known:
        expected = f"expected a policy of {algorithm.name}, or the dotted path of one"
        raise StudyError(f"algorithm.policy: {expected}, got {shortened(name)}; {suggestion(name, known)}")
    return name


def _wrapped(envs: VecEnv, algorithm: Algorithm) -> VecEnv:
    """Return environments with running statistics, and images with their channels first.

    Within the statistics where images are part of a dictionary: a replay buffer keeps what these were made of.
    """
    wrap = partial(algorithm_class(algorithm.name)._wrap_env, monitor_wrapper=False)
    if isinstance(envs.observation_space, gymnasium.spaces.Dict):
        return normalized(wrap(envs), algorithm)
    return wrap(normalized(envs, algorithm))


def make_many(task: Task, n: int, seed: int) -> VecEnv:
    """Build `n` copies of a task that are stepped in this process; copy i starts from `seed` + i.

    Truncation keeps the terminal observation in the info, so that algorithms bootstrap from it.
    """
    made: list[Guard] = []
    try:
        for _ in range(n):
            made.append(task.make())
    except TaskError as error:
        with suppress(TaskError):
            close_all(made)
        raise of_too_many(error, len(made)) from None
    envs = VecMonitor(DummyVecEnv([partial(_same, env) for env in made]))
    envs.seed(seed)
    return envs


def _same(env: Guard) -> Guard:
    return env


def constructor_arguments(algorithm: Algorithm) -> dict[str, Any]:
    """Turn hyperparameters into the constructor's arguments, but for its noise, whose shape is the task's to say.

    Raises StudyError for an unknown or ill-typed one.
    """
    parameters = _parameters(algorithm.name)
    noise = NOISE if _takes_noise(algorithm.name) else ()
    arguments = {}
    for name, value in algorithm.hyperparameters.items():
        if name in noise:
            continue
        if name in NOISE:
            noisy = ", ".join(sorted(filter(_takes_noise, _algorithms())))
            raise StudyError(f"{_key(name)}: expected one of {noisy}, which add noise to actions, got {algorithm.name}")
        if name not in parameters:
            known = (*parameters, *noise)
            raise StudyError(f"{_key(name)}: {algorithm.name} has no such argument; {suggestion(name, known)}")
        arguments[name] = _argument(name, value, parameters[name])
        _check_size(_key(name), arguments[name], NETWORK if name == "policy_kwargs" else LARGEST)
    return arguments


def _check_size(key: str, value: Any, largest: int) -> None:
    """Refuse numbers that would only fill the memory, wherever they lie in a hyperparameter."""
    if isinstance(value, dict | list | tuple):
        if len(value) > MOST_LAYERS:
            raise StudyError(f"{key}: expected at most {MOST_LAYERS} values, got {len(value)}")
        for part, item in value.items() if isinstance(value, dict) else enumerate(value):
            _check_size(f"{key}.{part}", item, largest)
    elif isinstance(value, int) and not -largest <= value <= largest:
        raise StudyError(f"{key}: expected a number of at most {largest}, got {value}")


def check_buffers(algorithm: Algorithm) -> None:
    """Raise AgentError where what a file says of an algorithm would fill the memory with what has been seen."""
    numbers = {name: algorithm.hyperparameters.get(name) or 0 for name in ("n_steps", "buffer_size")}
    for name, copies in (("n_steps", algorithm.n_envs), ("buffer_size", 1)):
        value, most = numbers[name], MOST_KEPT[name] // copies
        if isinstance(value, int | float) and not value <= most:
            raise AgentError(f"expected {name} of at most {most} in {copies} environments, got {shortened(value)}")


def with_hyperparameters(algorithm: Algorithm, changed: Mapping[str, Any]) -> Algorithm:
    """Return an algorithm with some hyperparameters changed."""
    return algorithm.model_copy(update={"hyperparameters": {**algorithm.hyperparameters, **changed}})


def value_of(algorithm: Algorithm, name: str) -> Any:
    """Return a hyperparameter's value, the algorithm's default where the study sets none, or None where it has none."""
    parameter = _parameters(algorithm.name).get(name)
    default = None if parameter is None else parameter.default
    return algorithm.hyperparameters.get(name, default)


def rollout_steps(algorithm: Algorithm) -> int:
    """Return the environment steps that one member takes between two updates (off-policy: one step of every copy)."""
    on_policy = issubclass(algorithm_class(algorithm.name), OnPolicyAlgorithm)
    return (int(value_of(algorithm, "n_steps")) if on_policy else 1) * algorithm.n_envs


def normalized(envs: VecEnv, algorithm: Algorithm) -> VecEnv:
    """Return environments with the running statistics that an algorithm asks for, or as they are.

    Raises StudyError for what VecNormalize cannot take.
    """
    if not (algorithm.normalize.observation or algorithm.normalize.reward):
        return envs
    usual_gamma = float(value_of(algorithm, "gamma") or 0.99)
    return VecNormalize(envs, **normalizing(algorithm, envs.observation_space, usual_gamma))


@cache
def _algorithms() -> dict[str, type[BaseAlgorithm]]:
    classes = {**vars(stable_baselines3), **vars(sb3_contrib)}
    return {name: c for name, c in classes.items() if inspect.isclass(c) and issubclass(c, BaseAlgorithm)}


@cache
def policy_classes() -> Mapping[tuple[str, str], type]:
    """Return the policies of all algorithms by module and name."""
    policies = chain.from_iterable(each.policy_aliases.values() for each in _algorithms().values())
    return {(each.__module__, each.__name__): each for each in policies}


@cache
def _parameters(name: str) -> Mapping[str, inspect.Parameter]:
    parameters = inspect.signature(algorithm_class(name).__init__).parameters
    return {key: parameter for key, parameter in parameters.items() if key not in OURS}


def _takes_noise(name: str) -> bool:
    return "action_noise" in _parameters(name)


def _key(name: str) -> str:
    return f"algorithm.hyperparameters.{name}"


def _argument(name: str, value: Any, parameter: inspect.Parameter) -> Any:
    """Return the Python value of one hyperparameter, checked against the constructor's annotation."""
    argument = _converted(name, value)
    adapter = TypeAdapter(parameter.annotation, config=ConfigDict(arbitrary_types_allowed=True))
    # 1e5 is a whole number where nothing else will do
    for each in (argument, int(argument)) if isinstance(argument, float) and argument.is_integer() else (argument,):
        try:
            return adapter.validate_python(each, strict=True)
        except ValidationError:
            continue
    required = parameter.default is inspect.Parameter.empty
    expected = "another type" if required else f"a value like the default {parameter.default!r}"
    raise StudyError(f"{_key(name)}: expected {expected}, got {value!r}")


def _converted(name: str, value: Any) -> Any:
    if is_schedule(value):
        return schedule_of(value, _key(name))
    if name == "policy_kwargs" and isinstance(value, dict):
        return with_classes(value, _key(name))
    if name in ROLES and isinstance(value, str):
        return class_of(name, value, _key(name))
    return tuple(value) if name == "train_freq" and isinstance(value, list) else value
