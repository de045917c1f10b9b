"""The sections of params.yaml as frozen values, closed to unknown keys."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from heredity.reading import LARGEST_RETURN

STEP_SECONDS = 60.0
"""How long one step or reset of an environment may take, where nothing else is said."""

WINDOW = 100
"""Training episodes behind each point of a learning curve, where nothing else is said."""

STEP_LIMIT = 100_000
"""Steps after which an episode is said never to end, where nothing else is said."""

MASKED = ("MaskablePPO",)
"""Algorithms whose policy is told at every step which actions are allowed."""

FEWEST_MEMBERS = 1
"""A population of one is plain fine-tuning: nobody is chosen out of it."""

MOST_MEMBERS = 10_000

PrimaryOutcome = Literal["steps", "steps_strong", "area", "jumpstart", "asymptote"]
"""What alone is tested: mean steps to the threshold within the heirs' budget, or with their ancestors' steps counted
and within the control's; mean return over the heirs' budget, before training, or over the last tenth of the budget."""

Device = Literal["cpu", "cuda"]
"""Where members learn, and where those play who play on a twin: cores of the CPU, or one GPU of NVIDIA's a shard."""

Population = Annotated[int, Field(ge=1, le=MOST_MEMBERS)]
"""Members of whom a stage makes or trains some."""


def absent(value: Any) -> bool:
    """Whether a key is not written: what nobody asks for is handed to no stage."""
    return value is None or value == ()


def on_cpu(device: Any) -> bool:
    """Whether a device is the usual one, which nobody writes: files and digests are what they were without the key."""
    return bool(device == "cpu")


class Section(BaseModel):
    """One mapping of params.yaml: frozen, closed to unknown keys, and written with the keys that it is read with."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


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
    step_seconds: float = Field(
        STEP_SECONDS, gt=0, description="a positive number of seconds per step", examples=[STEP_SECONDS]
    )
    at_once: int | None = Field(
        None,
        ge=1,
        le=1024,
        exclude_if=absent,
        description="a positive number of copies that may be open at a time",
        examples=[1],
    )


class Normalize(Section):
    """Which running statistics (Stable-Baselines3's VecNormalize) go with the policy, and its arguments.

    norm_obs_keys: of a dictionary of observations; without, all its Boxes but images. gamma: without, the algorithm's.
    """

    observation: bool = Field(False, description="true or false", examples=["false"])
    reward: bool = Field(False, description="true or false", examples=["false"])
    norm_obs_keys: tuple[str, ...] | None = Field(
        None, exclude_if=absent, description="a list of keys of a dictionary of observations", examples=["[position]"]
    )
    clip_obs: float | None = Field(None, gt=0, exclude_if=absent, description="a positive number", examples=[10.0])
    clip_reward: float | None = Field(None, gt=0, exclude_if=absent, description="a positive number", examples=[10.0])
    gamma: float | None = Field(
        None, ge=0, le=1, exclude_if=absent, description="a discount from 0 to 1", examples=[0.99]
    )
    epsilon: float | None = Field(None, gt=0, exclude_if=absent, description="a positive number", examples=[1e-8])


class Algorithm(Section):
    """What learns: a class of stable_baselines3 or sb3_contrib and its arguments."""

    name: str = Field(description="an algorithm of stable_baselines3 or sb3_contrib", examples=["PPO"])
    policy: str = Field("MlpPolicy", description="a policy name of the algorithm", examples=["MlpPolicy"])
    n_envs: int = Field(
        8, ge=1, le=1024, description="a positive number of environment copies per member", examples=[8]
    )
    normalize: Normalize = Field(Normalize(), description="a mapping of observation and reward", examples=["{}"])
    hyperparameters: dict[str, Any] = Field({}, description="a mapping of the algorithm's arguments", examples=["{}"])


class AlgorithmChange(Algorithm):
    """What a control learns by otherwise than its generation does; without a name, the generation's algorithm."""

    name: str = Field("", description="an algorithm of stable_baselines3 or sb3_contrib", examples=["PPO"])


class Train(Section):
    """How long a member trains, where and by which engine, in how large shards, over how many episodes it is looked at.

    On cuda a shard of engine cohort is one program, whose size decides bits as the device does. store: how a generation
    is kept, a zip per member or arrays of all (`Study.keeps_arrays`).
    """

    engine: Literal["auto", "cohort", "sb3"] = Field("auto", description="auto, cohort or sb3", examples=["auto"])
    environments: Literal["auto", "gymnasium", "envpool", "jax"] = Field(
        "auto", description="auto, gymnasium, envpool or jax", examples=["auto"]
    )
    device: Device = Field(
        "cpu",
        exclude_if=on_cpu,
        description="cpu or cuda (which GPUs, CUDA_VISIBLE_DEVICES says)",
        examples=["cuda"],
    )
    until: Literal["threshold", "budget"] = Field(
        "threshold", description="threshold or budget", examples=["threshold"]
    )
    window: int = Field(
        WINDOW,
        ge=1,
        le=100_000,
        description="a positive number of episodes that a curve is a mean of",
        examples=[100],
    )
    store: Literal["auto", "zips", "arrays"] = Field(
        "auto", exclude_if=lambda store: store == "auto", description="auto, zips or arrays", examples=["auto"]
    )
    shard: int = Field(4, ge=1, le=10_000, description="a positive number of members per worker process", examples=[4])
    patience_steps: int | None = Field(
        None,
        ge=1,
        le=10**12,
        exclude_if=absent,
        description="a positive number of steps without a better curve after which a member stops",
        examples=[50_000],
    )
    wrappers: tuple[Wrapper, ...] = Field(
        (),
        exclude_if=absent,
        description="a list of wrappers that members train in and nobody plays in",
        examples=["[]"],
    )
    checkpoint_steps: int = Field(
        50_000,
        ge=1,
        le=10**12,
        description="a positive number of environment steps between checkpoints",
        examples=[50_000],
    )


class Evaluate(Section):
    """How members are measured. env: where that is on another environment than they train on."""

    env: Environment | None = Field(
        None, exclude_if=absent, description="a Gymnasium id, or a mapping as env", examples=["CartPole-v1"]
    )
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
    confirm: int = Field(
        16, ge=1, le=10_000, description="a positive number of survivors seen on further episodes", examples=[16]
    )
    floor: float | None = Field(
        None,
        ge=-LARGEST_RETURN,
        le=LARGEST_RETURN,
        description="the lowest return that an episode can have, or null",
        examples=[0.0],
    )
    success_return: float | None = Field(None, description="the return of a success, or null", examples=[0.5])
    step_limit: int = Field(
        STEP_LIMIT, ge=1, le=10**9, description="a positive number of steps per episode", examples=[STEP_LIMIT]
    )


class Control(Section):
    """The from-scratch arm of a study that has one: which generations have it, and how many steps it may take."""

    generations: tuple[str, ...] = Field(description="a list of generation names, empty for none", examples=["[]"])
    budget: Literal["lineage", "matched"] = Field("lineage", description="lineage or matched", examples=["lineage"])


ControlBudget = Literal["matched", "ancestors", "population"]


class NamedControl(Section):
    """One of several: which generations have it, its steps, whether the gate chooses from it, and how it learns."""

    generations: tuple[str, ...] = Field(description="a list of generation names, empty for none", examples=["[]"])
    budget: ControlBudget = Field("matched", description="matched, ancestors or population", examples=["matched"])
    select: bool = Field(False, description="true or false", examples=["false"])
    algorithm: AlgorithmChange | None = Field(
        None, description="a mapping of what is other than the generation's algorithm", examples=["{}"]
    )


class ControlArm(Section):
    """One control of one generation, as it was filled in: nobody writes it in params.yaml."""

    budget: ControlBudget
    select: bool
    algorithm: Algorithm
    train: Train


class KnownReturns(Section):
    """What returns of an environment lie between, None where that is not known: nobody writes it in params.yaml."""

    lowest: float | None = None
    highest: float | None = None


class Continual(Section):
    """Whether every generation's survivors play every task of the study, and for how long."""

    episodes: int = Field(50, ge=1, description="a positive number of episodes per player and task", examples=[50])
