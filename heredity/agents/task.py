"""A task: one environment, how to build it, and the return that counts as having learned it."""

import importlib
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from operator import not_
from typing import Annotated, Any

import gymnasium
from pydantic import Field

from heredity.agents.boundary.calls import MAKE, Calls, error_text
from heredity.agents.boundary.global_generators import generators_kept
from heredity.agents.boundary.guard import Guard
from heredity.agents.boundary.places import Place
from heredity.agents.boundary.watch import OverdueError
from heredity.agents.libraries import LIBRARIES, gymnasium_id, load_library, register_library
from heredity.agents.playable import why_not_playable
from heredity.agents.shaping import Unshaped
from heredity.errors import TaskError
from heredity.extras import missing_extras_named
from heredity.study.sections import STEP_SECONDS, Device, Environment, Wrapper, on_cpu
from heredity.study.study import Generation, Study

Spaces = tuple[gymnasium.spaces.Space[Any], gymnasium.spaces.Space[Any]]
"""Of observations and of actions."""

PROVIDERS = {"MiniGrid": "minigrid", "BabyAI": "minigrid", "ALE": "ale_py"}
"""Packages that register their ids when imported, by the ids' prefix."""

NEAR_IDS, ALIKE, SHOWN_IDS = 3, 0.75, 5
"""So many ids that are so much alike are named in the place of one that is unknown; of a package's own, so many."""

OWN_ID = (
    "; for one of your own write import: [package] beside env: Id-v0, or env: package:Id-v0 on a line of its own, with "
    "the package that registers it"
)


@dataclass(frozen=True)
class Task:
    """An environment by id, its arguments and wrappers; picklable, equal for equal content.

    imports: the modules that register it, which are imported wherever it is made: in a worker process as well. twin:
    whether it is played on its twin in JAX by whoever can be (heredity/agents/twins); `make` builds the original.
    shaping: wrappers around all others that change what is paid while members train; curves tell what is paid within.
    at_once: how many may be open at a time on a machine, all in one process; others wait for their turn. device: where
    the twin is computed.
    """

    id: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    wrappers: tuple[Wrapper, ...] = ()
    threshold: float | None = None
    step_seconds: float = STEP_SECONDS
    imports: Annotated[tuple[str, ...], Field(exclude_if=not_)] = ()
    twin: Annotated[bool, Field(exclude_if=not_)] = False
    shaping: Annotated[tuple[Wrapper, ...], Field(exclude_if=not_)] = ()
    at_once: Annotated[int | None, Field(exclude_if=not_)] = None
    device: Annotated[Device, Field(exclude_if=on_cpu)] = "cpu"

    def make(self) -> Guard:
        """Build one environment with its wrappers and no others, guarded: one that misbehaves raises TaskError.

        Raises TaskError when a module, the id, an argument or a wrapper is unknown, or Stable-Baselines3 would play
        another set of actions, or see other observations, than the environment's spaces say.
        """
        find_spec(self.id, self.imports)
        calls, place = Calls(self.id, self.step_seconds), Place(self.id, self.at_once) if self.at_once else None
        try:
            env = calls.call(MAKE, self._made)
            guarded = Guard(env, self.id, self.step_seconds, calls, place)
        except BaseException:
            if place:
                place.release()
            raise
        if reason := why_not_playable(self.id, guarded.observation_space, guarded.action_space):
            with suppress(TaskError):
                guarded.close()
            raise TaskError(reason)
        return guarded

    def _made(self) -> gymnasium.Env[Any, Any]:
        # Gymnasium's checker of first answers complains of some and raises of others; here all are judged alike.
        env = gymnasium.make(gymnasium_id(self.id), **{"disable_env_checker": True, **self.kwargs})
        for wrapper in self.wrappers:
            env = _wrapper(wrapper.name)(env, **wrapper.kwargs)
        env = Unshaped(env) if self.shaping else env
        for wrapper in self.shaping:
            env = _wrapper(wrapper.name)(env, **wrapper.kwargs)
        return env

    def unshaped(self) -> "Task":
        """Return the task as it is played, without what members alone train in."""
        return replace(self, shaping=()) if self.shaping else self


def task_spaces(task: Task) -> Spaces:
    """Return the spaces of observations and actions of an environment that is built for it. Raises TaskError."""
    env = task.make()
    spaces = env.observation_space, env.action_space
    with suppress(TaskError):  # said by whoever plays it, of whom it is
        env.close()
    return spaces


def make_task(study: Study, generation: str) -> Task:
    """Return the task that one generation trains on; where the study states no number, the registered threshold.

    It is registered of the environment that members are measured on.
    """
    node = study.generations[generation]
    stated = node.threshold if isinstance(node.threshold, float) else None
    threshold = stated if stated is not None else find_spec(node.played.id, node.imports).reward_threshold
    return replace(task_on(node, node.env, threshold), shaping=node.train.wrappers)


def played_task(study: Study, generation: str) -> Task:
    """Return the task that members of one generation are measured on, without its threshold."""
    node = study.generations[generation]
    return task_on(node, node.played)


def task_on(node: Generation, env: Environment, threshold: float | None = None) -> Task:
    """Return the task that an environment is in a generation; on a twin only where that trains on one."""
    twin = node.train.environments == "jax" and env == node.env
    imports, device = node.modules(), node.train.device if twin else "cpu"
    return Task(
        env.id, env.kwargs, env.wrappers, threshold, env.step_seconds, imports, twin, at_once=env.at_once, device=device
    )  # fmt: skip


def import_modules(names: Iterable[str]) -> None:
    """Import modules, which register environments as they run. Raises TaskError naming the first that cannot be."""
    for name in names:
        expected = "import: expected modules that Python can import"
        _import(name, f"{expected}, got {name!r}:", "install it, or correct its name")


def _import(name: str, refusal: str, remedy: str) -> None:
    """Import a module, which runs as it is imported, as the environment that it defines is run."""
    if name not in sys.modules:
        Calls(name, STEP_SECONDS).call("import", _run, name, refusal, remedy)


def _run(name: str, refusal: str, remedy: str) -> None:
    try:
        with missing_extras_named(), generators_kept():  # torch draws from them as it is loaded
            importlib.import_module(name)
    except OverdueError:
        raise
    except BaseException as error:
        raise TaskError(f"{refusal} {error_text(error)}; {remedy}") from None


def find_spec(id: str, imports: Iterable[str] = ()) -> Any:
    """Return Gymnasium's spec of an id, importing first what registers it.

    Raises TaskError naming the nearest registered id, or the package to install.
    """
    import_modules(imports)
    module, _, bare = gymnasium_id(id).rpartition(":")
    if package := module or _package(bare):
        _import_provider(package, id)
    if (library := bare.partition("/")[0]) in LIBRARIES:
        _import_library(library, id)
        register_library(library)
    try:
        return gymnasium.spec(bare)
    except gymnasium.error.Error:
        own = "" if module else OWN_ID
        hint = near_ids(bare, module)
        raise TaskError(f"expected the id of a registered Gymnasium environment, got {id!r}; {hint}{own}") from None


def near_ids(id: str, module: str = "") -> str:
    """Return what was probably meant by an id that nobody registers, and where else to look; module: who was to."""
    nearest = (id.rpartition("/")[0], "")  # namespaces
    same = sorted((each for each in gymnasium.registry if _bare(each) == _bare(id)), reverse=True)
    same.sort(key=lambda each: each.rpartition("/")[0] not in nearest)
    if close := same[:NEAR_IDS] or get_close_matches(id, gymnasium.registry, n=NEAR_IDS, cutoff=ALIKE):
        return f"did you mean {' or '.join(close)}?"
    if not module:
        return "gymnasium.pprint_registry() lists the known ones"
    package = module.partition(".")[0]
    registered = [name for name, spec in gymnasium.registry.items() if _home(spec).partition(".")[0] == package]
    if registered:
        more = ", …" if len(registered) > SHOWN_IDS else ""
        return f"{package} registers {', '.join(registered[:SHOWN_IDS])}{more}"
    return f"{module} registers none: call gymnasium.register(…) in it, as it is imported, and write the id given there"


def entry_modules(task: Task) -> list[str]:
    """Return the modules that register and define a task's environment, and its wrappers'. Raises TaskError."""
    package, _, bare = gymnasium_id(task.id).rpartition(":")
    made = _home(find_spec(task.id, task.imports))
    library = LIBRARIES.get(bare.partition("/")[0])
    provider = package or (library.module if library else _package(bare))
    wrappers = [wrapper.name.rpartition(".")[0] for wrapper in (*task.wrappers, *task.shaping)]
    return [name for name in (*task.imports, made, provider, *wrappers) if name]


def load_class(dotted: str) -> Any:
    """Return what a dotted path names. Raises TaskError when there is no such thing."""
    module, _, name = dotted.rpartition(".")
    if not module:
        raise TaskError(f"expected the dotted path of a wrapper, such as gymnasium.wrappers.TimeLimit, got {dotted!r}")
    try:
        return getattr(importlib.import_module(module), name)
    except OverdueError:
        raise
    except BaseException as error:  # a module that is imported runs
        raise TaskError(f"expected the dotted path of a wrapper, got {dotted!r}: {error_text(error)}") from None


def _wrapper(dotted: str) -> type[gymnasium.Wrapper[Any, Any, Any, Any]]:
    """Return a class of wrappers; anything else that Python could call is refused."""
    wrapper = load_class(dotted)
    if not (isinstance(wrapper, type) and issubclass(wrapper, gymnasium.Wrapper)):
        raise TaskError(
            f"expected the dotted path of a wrapper, got {dotted!r}, which is no gymnasium.Wrapper; name one of "
            "a single environment (Stable-Baselines3's VecNormalize is algorithm.normalize)"
        )
    return wrapper


def _bare(id: str) -> str:
    """Return the name in an id, without its namespace and its version."""
    return re.sub(r"-v\d+$", "", id.rpartition("/")[2]).lower()


def _home(spec: Any) -> str:
    """Return the module that defines what a spec of Gymnasium makes."""
    entry = spec.entry_point
    return entry.partition(":")[0] if isinstance(entry, str) else getattr(entry, "__module__", None) or ""


def _package(id: str) -> str | None:
    return PROVIDERS.get(id.rpartition(":")[2].split("/")[0].split("-")[0])


def _import_provider(package: str, id: str) -> None:
    _import(package, f"{id} needs the package {package}:", "install it or correct the id")


def _import_library(name: str, id: str) -> None:
    module = LIBRARIES[name].module
    if module not in sys.modules:
        load_library(module)
    _import(module, f"{id} needs the package {name}:", f"type: pip install {name}")
