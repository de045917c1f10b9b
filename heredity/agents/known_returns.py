"""What the returns of well-known environments lie between, by their rewards and time limits."""

import math
from typing import Any

import gymnasium

import heredity.agents.wrappers as own_wrappers
import heredity.agents.zero_based as own_actions
from heredity.agents.task import Task, find_spec, load_class
from heredity.study.sections import KnownReturns

PENDULUM = -200 * (math.pi**2 + 0.1 * 8**2 + 0.001 * 2**2)
"""200 steps of −(angle² + 0.1 · speed² + 0.001 · torque²), each at its largest: −3,254.7."""

MAPS = frozenset({"desc", "map_name", "is_slippery", "success_rate"})

GYMNASIUM: dict[str, tuple[int | None, float | None, float | None, frozenset[str]]] = {
    "CartPole-v0": (200, 0.0, 200.0, frozenset()),  # 1 for every step
    "CartPole-v1": (500, 0.0, 500.0, frozenset()),
    "Acrobot-v1": (500, -500.0, 0.0, frozenset()),  # −1 for every step but the last
    "MountainCar-v0": (200, -200.0, 0.0, frozenset({"goal_velocity"})),  # −1 for every step
    "Pendulum-v1": (200, PENDULUM - 1e-6, 0.0, frozenset({"g"})),
    "FrozenLake-v1": (100, 0.0, 1.0, MAPS),  # 1 at the goal, else 0
    "FrozenLake8x8-v1": (200, 0.0, 1.0, MAPS),
    "Taxi-v3": (200, -2000.0, 20.0, frozenset()),  # −1 or −10 for every step, 20 for the last
    "Taxi-v4": (200, -2000.0, 20.0, frozenset({"is_rainy", "fickle_passenger"})),
    "CliffWalking-v0": (None, None, -13.0, frozenset({"is_slippery"})),  # −1 or less for at least 13 steps, no limit
    "CliffWalking-v1": (None, None, -13.0, frozenset({"is_slippery"})),
    "Blackjack-v1": (None, -1.0, 1.0, frozenset({"sab"})),  # lost, drawn or won; `natural` would pay 1.5
}
"""By id: the time limit that is registered, lowest and highest return, and arguments that change neither."""

HARMLESS = frozenset({"render_mode", "disable_env_checker", "order_enforce"})
"""Arguments of gymnasium.make that change no environment's returns."""

MINIGRID = {"MiniGrid-Dynamic-Obstacles": (-1.0, 1.0), "MiniGrid-": (0.0, 1.0), "BabyAI-": (0.0, 1.0)}
"""By the beginning of an id: 1 − 0.9 · steps/limit for a task that is done, else 0; −1 for running into a ball."""

UNKNOWN = KnownReturns()


def known_returns(task: Task) -> KnownReturns:
    """Return what an environment's returns lie between: nothing where its arguments or wrappers may change that.

    Observation wrappers change no reward and no time limit, and neither do heredity's own; of others nothing is known.
    Raises TaskError for an id or a wrapper that there is not.
    """
    if not all(_keeps_rewards(wrapper.name) for wrapper in task.wrappers):
        return UNKNOWN
    spec = find_spec(task.id, task.imports)
    home = spec.entry_point if isinstance(spec.entry_point, str) else getattr(spec.entry_point, "__module__", "")
    if spec.additional_wrappers:
        return UNKNOWN
    if home.startswith("minigrid.envs"):
        known = next((ends for start, ends in MINIGRID.items() if spec.id.startswith(start)), None)
        harmful = {"max_episode_steps"} & set(task.kwargs)
        return KnownReturns(lowest=known[0], highest=known[1]) if known and not harmful else UNKNOWN
    if not home.startswith("gymnasium.envs.") or spec.id not in GYMNASIUM:
        return UNKNOWN
    limit, lowest, highest, harmless = GYMNASIUM[spec.id]
    written = {name for name, value in {**spec.kwargs, **task.kwargs}.items() if (name, value) != ("natural", False)}
    if spec.max_episode_steps != limit or written - harmless - HARMLESS:
        return UNKNOWN
    return KnownReturns(lowest=lowest, highest=highest)


def _keeps_rewards(dotted: str) -> bool:
    """Whether a wrapper changes observations alone, or is heredity's own."""
    wrapper = load_class(dotted)
    if not isinstance(wrapper, type):
        return False
    if wrapper in (own_wrappers.FlatView, own_wrappers.ChannelStack, own_actions.ZeroBased):
        return True
    observing: Any = gymnasium.ObservationWrapper
    kept = all(getattr(wrapper, call, None) is getattr(observing, call) for call in ("step", "reset"))
    return issubclass(wrapper, observing) and kept
