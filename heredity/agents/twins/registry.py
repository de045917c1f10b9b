"""Which tasks have a twin; asked without loading JAX."""

import importlib
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, cast

import gymnasium

from heredity.agents.libraries import LIBRARIES
from heredity.agents.task import Task, find_spec
from heredity.agents.twins.minigrid.arguments import (
    why_not_crossing,
    why_not_doorkey,
    why_not_empty,
    why_not_fourrooms,
)
from heredity.agents.twins.twin import Twin
from heredity.errors import TaskError
from heredity.study.sections import Wrapper

CLASSIC = "gymnasium.envs.classic_control"
_CLASSIC = "heredity.agents.twins.classic"
_MINIGRID = "heredity.agents.twins.minigrid"
WORN = "heredity.agents.twins.worn"
OURS = "heredity.agents.twins."
FLAT_VIEW = ("heredity.wrappers.FlatView",)

WhyNot = Callable[[Mapping[str, Any]], str | None]
"""Says which of an environment's arguments has a value that its twin does not know, None where it knows all."""


@dataclass(frozen=True)
class Registered:
    """make: "module:function", called with the task, whose kwargs are all of its environment's, and the limit of its
    episodes (None where its TimeLimit has none). wrappers: what the twin shows as they do. kwargs: the arguments that
    the function knows; why_not: asked about their values."""

    make: str
    wrappers: tuple[str, ...] = ()
    kwargs: Collection[str] = ()
    why_not: WhyNot = lambda _: None


_registered: dict[str, Registered] = {
    LIBRARIES["brax"].entry_point: Registered(
        "heredity.agents.twins.from_brax:brax_twin", kwargs=("name", "arguments")
    ),
    LIBRARIES["gymnax"].entry_point: Registered(
        "heredity.agents.twins.from_gymnax:gymnax_twin", kwargs=("name", "params", "arguments")
    ),
    f"{CLASSIC}.cartpole:CartPoleEnv": Registered(f"{_CLASSIC}.cart_pole:cart_pole", kwargs=("sutton_barto_reward",)),
    f"{CLASSIC}.acrobot:AcrobotEnv": Registered(f"{_CLASSIC}.acrobot:acrobot"),
    f"{CLASSIC}.mountain_car:MountainCarEnv": Registered(
        f"{_CLASSIC}.mountain_car:mountain_car", kwargs=("goal_velocity",)
    ),
    f"{CLASSIC}.continuous_mountain_car:Continuous_MountainCarEnv": Registered(
        f"{_CLASSIC}.mountain_car:mountain_car_continuous", kwargs=("goal_velocity",)
    ),
    f"{CLASSIC}.pendulum:PendulumEnv": Registered(f"{_CLASSIC}.pendulum:pendulum", kwargs=("g",)),
    "minigrid.envs:DoorKeyEnv": Registered(
        f"{_MINIGRID}.doorkey:doorkey", FLAT_VIEW, ("size", "max_steps"), why_not_doorkey
    ),
    "minigrid.envs:EmptyEnv": Registered(
        f"{_MINIGRID}.empty:empty",
        FLAT_VIEW,
        ("size", "agent_start_pos", "agent_start_dir", "max_steps"),
        why_not_empty,
    ),
    "minigrid.envs:FourRoomsEnv": Registered(
        f"{_MINIGRID}.fourrooms:fourrooms", FLAT_VIEW, ("agent_pos", "goal_pos", "max_steps"), why_not_fourrooms
    ),
    "minigrid.envs:CrossingEnv": Registered(
        f"{_MINIGRID}.crossing:crossing",
        FLAT_VIEW,
        ("size", "num_crossings", "obstacle_type", "max_steps"),
        why_not_crossing,
    ),
}
"""By the entry point of the environment."""


_worn: dict[str, Registered] = {
    "heredity.wrappers.ObservationOffset": Registered(f"{WORN}:with_offset", kwargs=("seed", "deviation")),
    "heredity.wrappers.ObservationNoise": Registered(f"{WORN}:with_noise", kwargs=("deviation",)),
}
"""By the dotted path of a wrapper that may stand around those that a twin shows; `make(twin, **kwargs)` wears it."""


def register_twin(
    entry_point: str,
    make: str,
    *,
    wrappers: tuple[str, ...] = (),
    kwargs: Collection[str] = (),
    why_not: WhyNot = lambda _: None,
) -> None:
    """Say which function makes the twin of the environments that an entry point makes, both as "module:name".

    The function is called as `make(task, limit)` and returns a `Twin`; the rest is as `Registered` has it.
    """
    _registered[entry_point] = Registered(make, wrappers, kwargs, why_not)


def seen_as_twin(task: Task) -> Task:
    """Return a task that names no wrappers with those that its twin is seen with. Raises TaskError for unknown ids."""
    registered = _registration(_entry_point(find_spec(task.id, task.imports)))
    return replace(task, wrappers=tuple(Wrapper(name=name) for name in registered.wrappers)) if registered else task


def why_no_twin(task: Task) -> str | None:
    """Return why a task has no twin, None where it has one. Raises TaskError for an id that nobody has registered."""
    if task.shaping:
        return "members train in wrappers of their own"
    spec = find_spec(task.id, task.imports)
    entry = _entry_point(spec)
    if (registered := _registration(entry)) is None:
        return f"{entry} has no twin"
    if spec.additional_wrappers:
        return f"{task.id} is registered with wrappers"
    if unknown := sorted(_arguments(spec, task).keys() - set(registered.kwargs)):
        return f"the twin of {entry} does not know {', '.join(unknown)}"
    if reason := registered.why_not(_arguments(spec, task)):
        return f"the twin of {entry} does not know every value: {reason}"
    own = task.wrappers[: len(registered.wrappers)]
    if tuple(wrapper.name for wrapper in own) != registered.wrappers or any(wrapper.kwargs for wrapper in own):
        return f"the twin of {entry} is seen with wrappers: [{', '.join(registered.wrappers)}]"
    return next(filter(None, map(_why_not_worn, task.wrappers[len(own) :])), None)


def make_twin(task: Task) -> Twin:
    """Return a task's twin. Raises TaskError where it has none."""
    if reason := why_no_twin(task):
        raise TaskError(f"{task.id}: {reason}")
    spec = find_spec(task.id, task.imports)
    registered = cast(Registered, _registration(_entry_point(spec)))
    made = _named(registered.make)(replace(task, kwargs=_arguments(spec, task)), _limit(spec, task))
    for wrapper in task.wrappers[len(registered.wrappers) :]:
        made = _named(_worn[wrapper.name].make)(made, **wrapper.kwargs)
    return cast(Twin, made)


def is_ours(task: Task) -> bool:
    """Whether a task that has a twin is played by code of this library and of packages that it knows alone."""
    made = _registration(_entry_point(find_spec(task.id, task.imports)))
    return made is not None and made.make.startswith(OURS) and not task.imports


def twin_modules(task: Task) -> list[str]:
    """Return the modules that a task's twin, and the twins of the wrappers that it wears, are defined in."""
    made = cast(Registered, _registration(_entry_point(find_spec(task.id, task.imports))))
    worn = [_worn[wrapper.name] for wrapper in task.wrappers if wrapper.name in _worn]
    return [registered.make.partition(":")[0] for registered in (made, *worn)]


def _registration(entry: str) -> Registered | None:
    """Return what is registered of an entry point, or of the same class as another module of its package has it."""
    if entry in _registered:
        return _registered[entry]
    module, _, name = entry.partition(":")
    for known, registered in _registered.items():
        home, _, own = known.partition(":")
        one_package = f"{home}.".startswith(f"{module}.") or f"{module}.".startswith(f"{home}.")
        if name == own and one_package:
            with suppress(ImportError, AttributeError):  # one that is not there is nobody's
                if _named(entry) is _named(known):
                    return registered
    return None


def _named(path: str) -> Any:
    """Return what "module:name" names."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def _why_not_worn(wrapper: Wrapper) -> str | None:
    if (worn := _worn.get(wrapper.name)) is None:
        return f"{wrapper.name} has no twin"
    if unknown := sorted(wrapper.kwargs.keys() - set(worn.kwargs)):
        return f"the twin of {wrapper.name} does not know {', '.join(unknown)}"
    return None


def _entry_point(spec: Any) -> str:
    entry = spec.entry_point
    return entry if isinstance(entry, str) else f"{entry.__module__}:{entry.__qualname__}"


def _arguments(spec: gymnasium.envs.registration.EnvSpec, task: Task) -> Mapping[str, Any]:
    """Return what the environment is made with; the limit is its TimeLimit's, and render_mode=None says nothing."""
    stated = {**spec.kwargs, **task.kwargs}
    return {
        name: value
        for name, value in stated.items()
        if name != "max_episode_steps" and (name, value) != ("render_mode", None)
    }


def _limit(spec: gymnasium.envs.registration.EnvSpec, task: Task) -> int | None:
    """Return the limit of the TimeLimit that gymnasium.make puts around it, None where −1 asks for none."""
    asked = task.kwargs.get("max_episode_steps")
    limit = spec.max_episode_steps if asked is None else asked
    return None if limit == -1 else limit
