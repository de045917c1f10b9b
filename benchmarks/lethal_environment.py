"""A CartPole that misbehaves once, in the way that `fault` names, when `call` comes in an episode on a chosen seed."""

import gc
import locale
import logging
import os
import random
import resource
import signal
import sys
import warnings
from asyncio import CancelledError
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium.envs.classic_control.cartpole import CartPoleEnv

from heredity.errors import StudyError

ID = "benchmarks.lethal_environment:heredity/Lethal-v0"


class UnreadableError(Exception):
    """One whose words cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


class UnpicklableError(Exception):
    """One that no other process can be sent."""

    def __init__(self, a: object, b: object) -> None:
        super().__init__("local")
        self.held = lambda: (a, b)


def raising(error: BaseException) -> Callable[[], None]:
    def raise_it() -> None:
        raise error

    return raise_it


EXCEPTIONS: dict[str, Callable[[], Any]] = {
    "sys.exit(0)": lambda: sys.exit(0),
    "sys.exit(text)": lambda: sys.exit("bye"),
    "sys.exit(None)": lambda: sys.exit(),
    "KeyboardInterrupt": raising(KeyboardInterrupt()),
    "GeneratorExit": raising(GeneratorExit()),
    "BaseException with escapes": raising(BaseException("base \x1b]0;title\x07 <script>alert(1)</script>")),
    "CancelledError": raising(CancelledError()),
    "StopIteration": raising(StopIteration(1)),
    "StopAsyncIteration": raising(StopAsyncIteration()),
    "MemoryError": raising(MemoryError()),
    "RecursionError": raising(RecursionError("deep")),
    "a group": raising(ExceptionGroup("several", [ValueError("a"), OSError("b")])),
    "a group with an interrupt": raising(BaseExceptionGroup("several", [KeyboardInterrupt(), SystemExit(0)])),
    "one that cannot be read": raising(UnreadableError()),
    "one that cannot be pickled": raising(UnpicklableError(1, 2)),
    "kilobytes": raising(ValueError("x" * 100_000)),
    "lines and bidi": raising(ValueError("a\nb\u202egnirts\u2066")),
    "a StudyError": raising(StudyError("params.yaml: everything")),
    "AssertionError": raising(AssertionError()),
}

PLACES = {"observation": 0, "reward": 1, "terminated": 2, "truncated": 3, "info": 4}

ANSWERS: dict[str, tuple[str, Any]] = {
    **{
        f"reward: {name}": ("reward", value)
        for name, value in {
            "None": None, "text": "1.0", "bytes": b"1", "complex": 1j, "nan": float("nan"), "inf": float("-inf"),
            "10**400": 10**400, "1e300": 1e300, "an object": object(), "array of one": np.array([1.0]),
            "array of two": np.ones(2), "object array": np.array(None, dtype=object), "list": [1.0],
            "tensor of one": torch.ones(1), "type": float, "date": np.datetime64("2020-01-01"),
        }.items()
    },
    **{
        f"{flag}: {name}": (flag, value)
        for flag in ("terminated", "truncated")
        for name, value in {
            "None": None, "text": "no", "array of one": np.array([False]), "two": 2, "object": object(),
            "nan": float("nan"),
        }.items()
    },
    **{
        f"info: {name}": ("info", value)
        for name, value in {
            "None": None, "list": [], "text": "{}", "success text": {"is_success": "yes"},
            "success nan": {"is_success": float("nan")}, "success array": {"is_success": np.ones(1)},
            "success half": {"is_success": 0.5},
        }.items()
    },
    **{
        f"observation: {name}": ("observation", value)
        for name, value in {
            "None": None, "text": "left", "objects": np.array([object()] * 4, dtype=object), "nan": np.full(4, np.nan),
            "too long": np.zeros(5, np.float32), "a column": np.zeros((4, 1), np.float32), "complex": np.zeros(4) * 1j,
            "dates": np.zeros(4, "datetime64[s]"), "beyond float32": np.full(4, 1e300), "ragged": [[1], [1, 2], 3, 4],
            "dictionary": {"a": 1}, "huge integers": [10**400] * 4, "texts": ["1"] * 4, "a generator": iter(()),
        }.items()
    },
}  # fmt: skip
"""What is wrong in an answer, and where it stands."""

SOUND: dict[str, tuple[str, Any]] = {
    "reward: numpy bool": ("reward", np.True_),
    "reward: array of shape ()": ("reward", np.array(1.0)),
    "reward: float16": ("reward", np.float16(1)),
    "reward: integer": ("reward", 1),
    "reward: Fraction": ("reward", Fraction(1)),
    "reward: Decimal": ("reward", Decimal(1)),
    "reward: tensor of shape ()": ("reward", torch.tensor(1.0)),
    "terminated: 0": ("terminated", 0),
    "truncated: numpy": ("truncated", np.False_),
    "info: success None": ("info", {"is_success": None}),
    "info: what Stable-Baselines3 writes": ("info", dict.fromkeys(("episode", "terminal_observation"), 5)),
    "info: not to be copied": ("info", {"generator": (each for each in ())}),
}  # fmt: skip
"""What is as good as the usual."""

COUNTS: dict[str, Callable[[tuple[Any, ...]], Any]] = {
    "one value": lambda answer: answer[0],
    "one less": lambda answer: answer[:-1],
    "one more": lambda answer: (*answer, None),
    "as many letters": lambda answer: "abcde"[: len(answer)],
    "None": lambda _: None,
    "a generator": iter,
}


def lower_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0 if soft else 1, hard))


def handling(name: str) -> Callable[[], Any]:
    return lambda: signal.signal(getattr(signal, name), signal.SIG_IGN)


CHANGES: dict[str, Callable[[], Any]] = {
    "the working directory": lambda: os.chdir("/"),
    "NumPy's error state": lambda: np.seterr(all="raise"),
    "torch's default type": lambda: torch.set_default_dtype(torch.float64),
    "torch's gradients": lambda: torch.set_grad_enabled(False),
    "torch's threads": lambda: torch.set_num_threads(2),
    "denormal numbers": lambda: torch.set_flush_denormal(True),
    "warnings as errors": lambda: warnings.simplefilter("error"),
    "warnings as errors, appended": lambda: warnings.simplefilter("error", append=True),
    "the recursion limit": lambda: sys.setrecursionlimit(sys.getrecursionlimit() - 100),
    "a limit of resources": lower_limit,
    **{f"the handler of {name}": handling(name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGURG")},
    "a draw from random": random.random,
    "a draw from np.random": np.random.rand,
    "624 words of np.random": lambda: np.random.rand(312),
    "a seed of np.random": lambda: np.random.seed(int.from_bytes(os.urandom(4))),  # another than the last case's
    "a seed of random": lambda: random.seed(os.urandom(8)),
}
"""What its process may not be changed in."""

KEPT: dict[str, Callable[[], Any]] = {
    "the mask of new files": lambda: os.umask(0o777),
    "the locale": lambda: locale.setlocale(locale.LC_ALL, "C"),
    "garbage": gc.disable,
    "logging": lambda: logging.disable(logging.CRITICAL),
    "the output": lambda: setattr(sys, "stdout", None),
    "variables": os.environ.clear,
    "the descriptor of the input": lambda: os.closerange(0, 1),
    "the descriptor of the output": lambda: os.closerange(1, 2),
    "where modules are looked for": sys.path.clear,
    "torch's determinism": lambda: torch.use_deterministic_algorithms(True),
    "torch's products": lambda: torch.set_float32_matmul_precision("medium"),
    "the handler of SIGALRM": handling("SIGALRM"),
    "the handler of SIGCHLD": handling("SIGCHLD"),
    "an alarm": lambda: signal.setitimer(signal.ITIMER_REAL, 1000),
    "a higher recursion limit": lambda: sys.setrecursionlimit(sys.getrecursionlimit() + 100),
    "a filter of warnings": lambda: warnings.filterwarnings("ignore", "nobody says that"),
}
"""What is put back, and nobody refused for."""


class Lethal(CartPoleEnv):  # type: ignore[misc]
    """The fault comes once, at the first step (a reset, a close) of an episode on one of `seeds`."""

    def __init__(self, fault: str = "", call: str = "step", seeds: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.fault, self.call, self.seeds, self.due = fault, call, seeds, False
        if call == "make" and fault:
            self._misbehave(())

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:  # noqa: ARG002
        """Begin an episode."""
        answer: Any = super().reset(seed=seed)
        self.due = self.due or seed in self.seeds
        return self._misbehave(answer) if self.due and self.call == "reset" else answer

    def step(self, action: Any) -> Any:
        """Take one step."""
        answer: Any = super().step(action)
        return self._misbehave(answer) if self.due and self.call == "step" else answer

    def close(self) -> None:
        """Let go of nothing."""
        super().close()
        if self.due and self.call == "close":
            self._misbehave(())

    def _misbehave(self, answer: tuple[Any, ...]) -> Any:
        self.due, fault = False, self.fault
        if fault in COUNTS:
            return COUNTS[fault](answer)
        for doings in (EXCEPTIONS, CHANGES, KEPT):
            if fault in doings:
                doings[fault]()
                return answer
        place, value = {**ANSWERS, **SOUND}[fault]
        index = PLACES[place] if len(answer) == 5 else {"observation": 0, "info": 1}[place]
        return (*answer[:index], value, *answer[index + 1 :])


gymnasium.register("heredity/Lethal-v0", entry_point=Lethal, max_episode_steps=20, reward_threshold=20.0)
