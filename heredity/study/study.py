"""params.yaml as frozen values; `load_study` is the only reader."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heredity.complaints import first_complaint
from heredity.contradictions import refuse_contradictions
from heredity.curves import LARGEST_RETURN
from heredity.errors import StudyError
from heredity.gate import GateRule
from heredity.inherit_rule import InheritRule as InheritRule
from heredity.paths import NAME, NAME_LENGTH
from heredity.reading import YAML_BYTES, parse_yaml, read_text

SECTIONS = ("algorithm", "train", "evaluate", "gate", "inherit")


class Section(BaseModel):
    """One mapping of params.yaml: frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Wrapper(Section):
    """A Gymnasium wrapper by its dotted path."""

    name: str = Field(
        description="the dotted path of a Gymnasium wrapper", examples=["gymnasium.wrappers.TimeAwareObservation"]
    )
    kwargs: dict[str, Any] = Field({}, description="a mapping of arguments for the wrapper", examples=["{}"])


class Environment(Section):
    """A Gymnasium environment: its id, and what to build it with."""

    id: str = Field(description="the id of a registered Gymnasium environment", examples=["CartPole-v1"])
    kwargs: dict[str, Any] = Field({}, description="a mapping of arguments for gymnasium.make", examples=["{}"])
    wrappers: tuple[Wrapper, ...] = Field((), description="a list of wrappers, innermost first", examples=["[]"])
    step_seconds: float = Field(60.0, gt=0, description="a positive number of seconds per step", examples=[60.0])


class Normalize(Section):
    """Which running statistics (Stable-Baselines3's VecNormalize) go with the policy."""

    observation: bool = Field(False, description="true or false", examples=["false"])
    reward: bool = Field(False, description="true or false", examples=["false"])


class Algorithm(Section):
    """What learns: a class of stable_baselines3 or sb3_contrib and its arguments."""

    name: str = Field(description="an algorithm of stable_baselines3 or sb3_contrib", examples=["PPO"])
    policy: str = Field("MlpPolicy", description="a policy name of the algorithm", examples=["MlpPolicy"])
    n_envs: int = Field(
        8, ge=1, le=1024, description="a positive number of environment copies per member", examples=[8]
    )
    normalize: Normalize = Field(Normalize(), description="a mapping of observation and reward", examples=["{}"])
    hyperparameters: dict[str, Any] = Field({}, description="a mapping of the algorithm's arguments", examples=["{}"])


class Train(Section):
    """How long a member trains, by which engine, and in how large shards."""

    engine: Literal["auto", "cohort", "sb3"] = Field("auto", description="auto, cohort or sb3", examples=["auto"])
    environments: Literal["auto", "gymnasium", "envpool"] = Field(
        "auto", description="auto, gymnasium or envpool", examples=["auto"]
    )
    until: Literal["threshold", "budget"] = Field(
        "threshold", description="threshold or budget", examples=["threshold"]
    )
    shard: int = Field(4, ge=1, le=10_000, description="a positive number of members per worker process", examples=[4])
    checkpoint_steps: int = Field(
        50_000,
        ge=1,
        le=10**12,
        description="a positive number of environment steps between checkpoints",
        examples=[50_000],
    )


class Evaluate(Section):
    """How members are measured."""

    episodes: int = Field(100, ge=2, le=1_000_000, description="at least 2 episodes per member", examples=[100])
    zero_shot_episodes: int = Field(
        20, ge=1, le=1_000_000, description="at least 1 episode before training", examples=[20]
    )
    deterministic: bool = Field(True, description="true or false", examples=["true"])
    null_policies: bool = Field(True, description="true or false", examples=["true"])
    select_episodes: int = Field(
        0, ge=0, le=1_000_000, description="a number of episodes before the gate's, or 0", examples=[60]
    )
    finalists: int | None = Field(None, ge=1, description="how many members the race leaves", examples=[8])
    success_return: float | None = Field(None, description="the return of a success, or null", examples=[0.5])
    step_limit: int = Field(
        100_000, ge=1, le=10**9, description="a positive number of steps per episode", examples=[100_000]
    )


class Generation(Section):
    """One node of the curriculum, every section filled in from the study where it overrides nothing."""

    after: str = Field(description="founders or the name of another generation", examples=["founders"])
    env: Environment = Field(
        description="a Gymnasium id, or a mapping of id, kwargs and wrappers", examples=["CartPole-v1"]
    )
    threshold: Annotated[float, Field(ge=-LARGEST_RETURN, le=LARGEST_RETURN)] | Literal["registered"] | None = Field(
        None, description="the return that counts as having learned the task, or registered", examples=[0.9]
    )
    budget: int = Field(
        gt=0, le=10**12, description="a positive number of environment steps per member", examples=[150000]
    )
    algorithm: Algorithm
    train: Train
    evaluate: Evaluate
    gate: GateRule
    inherit: InheritRule


class Control(Section):
    """The from-scratch arm: which generations have one, and how many steps it may take."""

    generations: tuple[str, ...] = Field(description="a list of generation names, empty for none", examples=["[]"])
    budget: Literal["lineage", "matched"] = Field("lineage", description="lineage or matched", examples=["lineage"])


class Continual(Section):
    """Whether every generation's survivors play every task of the study, and for how long."""

    episodes: int = Field(50, ge=1, description="a positive number of episodes per player and task", examples=[50])


class Study(Section):
    """One params.yaml, validated."""

    study: str = Field(
        pattern=NAME, max_length=NAME_LENGTH, description="a name of letters, digits, - and _", examples=["doorkey"]
    )
    seed: int = Field(ge=0, le=2**63 - 1, description="a whole number from 0", examples=[0])
    population: int = Field(ge=2, le=10_000, description="at least 2 members", examples=[8])
    founders: tuple[str, ...] = Field((), description="a list of Stable-Baselines3 .zip files", examples=["[]"])
    algorithm: Algorithm
    train: Train = Train()
    evaluate: Evaluate = Evaluate()
    gate: GateRule = GateRule()
    inherit: InheritRule = InheritRule()
    generations: dict[str, Generation] = Field(
        min_length=1,
        max_length=200,
        description="a mapping with at least one generation",
        examples=["{first: {after: founders, …}}"],
    )
    control: Control
    continual: Continual | None = Field(
        None, description="a mapping of episodes, left out for none", examples=["{episodes: 50}"]
    )

    def ancestors(self, generation: str) -> tuple[str, ...]:
        """Return the generations before this one, root first; founders are not a generation."""
        parent = self.generations[generation].after
        return () if parent == "founders" else (*self.ancestors(parent), parent)

    def children(self, generation: str) -> tuple[str, ...]:
        """Return the generations that come `after` this one ("founders" for the roots), in the file's order."""
        return tuple(name for name, node in self.generations.items() if node.after == generation)

    def order(self, first: str = "founders") -> tuple[str, ...]:
        """Return every generation, parents before children."""
        return tuple(name for child in self.children(first) for name in (child, *self.order(child)))

    def control_budget(self, generation: str) -> int:
        """Return the environment steps that one control member may take."""
        ancestors = self.ancestors(generation) if self.control.budget == "lineage" else ()
        nodes = [self.generations[name] for name in (*ancestors, generation)]
        return sum(node.budget + node.gate.extension_steps for node in nodes)

    def keeps_replay(self, generation: str) -> bool:
        """Whether a generation that comes after this one begins with its members' replay buffers."""
        return any(self.generations[name].inherit.replay_buffer == "keep" for name in self.children(generation))

    def known(self, generation: str) -> str:
        """Return the name of a generation. Raises StudyError when the study has no such one."""
        if generation not in self.generations:
            raise StudyError(f"expected a generation out of {', '.join(self.generations)}, got {generation!r}")
        return generation

    def members(self, prefix: str = "m") -> tuple[str, ...]:
        """Return the names of a population: m00, m01, …"""
        return tuple(f"{prefix}{index:02d}" for index in range(self.population))


def _filled_in(raw: Any) -> Any:
    """Complete every generation's sections from the study's, so that each reader finds them resolved."""
    if not isinstance(raw, dict) or not isinstance(raw.get("generations"), dict):
        return raw
    shared = {section: raw.get(section, {}) for section in SECTIONS}
    generations = {
        name: _filled_in_generation(node, shared) if isinstance(node, dict) else node
        for name, node in raw["generations"].items()
    }
    return {**raw, "generations": generations}


def _filled_in_generation(node: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """Resolve the sections of one generation, and write out the short forms of `env` and its wrappers."""
    sections = {key: _overridden(section, node.get(key, {})) for key, section in shared.items()}
    env = {"id": node["env"]} if isinstance(node.get("env"), str) else node.get("env")
    if isinstance(env, dict) and isinstance(env.get("wrappers"), list):
        env = {**env, "wrappers": [{"name": w} if isinstance(w, str) else w for w in env["wrappers"]]}
    return {**node, **sections, **({"env": env} if "env" in node else {})}


def _overridden(section: Any, override: Any) -> Any:
    """Lay a generation's section over the study's; another algorithm starts from empty hyperparameters."""
    if not isinstance(section, dict) or not isinstance(override, dict):
        return override or section
    if override.get("name", section.get("name")) != section.get("name"):
        section = {key: value for key, value in section.items() if key != "hyperparameters"}
    nested = {
        key: _overridden(section[key], value) for key, value in override.items() if isinstance(section.get(key), dict)
    }
    return {**section, **override, **nested}


def load_study(path: str | Path = "params.yaml", *, check: bool = True) -> Study:
    """Read a study, refusing with one line whatever could not run.

    With `check` the environments and the algorithm are built once as well (a few seconds); stages that follow one
    which did so may leave it out. Raises StudyError naming file, key, value received and what to write instead.
    """
    raw = _read_yaml(Path(path))
    try:
        study = Study.model_validate_json(json.dumps(_filled_in(raw)), strict=True)
        refuse_contradictions(study)
        if check:
            from heredity.check import check_study

            check_study(study)
    except ValidationError as error:
        raise StudyError(f"{path}: {first_complaint(error, Study)}") from None
    except StudyError as error:
        raise StudyError(f"{path}: {error}") from None
    return study


def _read_yaml(path: Path) -> Any:
    try:
        return parse_yaml(read_text(path, YAML_BYTES))
    except FileNotFoundError:
        raise StudyError(f"{path}: no such file; write one, or name another with --params") from None
    except OSError as error:
        raise StudyError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise StudyError(f"{path}: {error}") from None
