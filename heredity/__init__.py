"""Reinforcement-learning agents trained in generations, and what the inheritance was worth."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from heredity.agent import read_agent as read_agent
    from heredity.agent import write_agent as write_agent
    from heredity.evaluation import evaluate as evaluate
    from heredity.gate import GateRule as GateRule
    from heredity.gate import decide as decide
    from heredity.inheritance import inherit as inherit
    from heredity.params import InheritRule as InheritRule
    from heredity.params import load_study as load_study
    from heredity.pedigree import read_pedigree as read_pedigree
    from heredity.task import make_task as make_task
    from heredity.training import train as train
    from heredity.transfer import compare as compare

_HOMES = {
    "GateRule": "gate",
    "InheritRule": "params",
    "compare": "transfer",
    "decide": "gate",
    "evaluate": "evaluation",
    "inherit": "inheritance",
    "load_study": "params",
    "make_task": "task",
    "read_agent": "agent",
    "read_pedigree": "pedigree",
    "train": "training",
    "write_agent": "agent",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that reading a study does not load PyTorch."""
    if name not in _HOMES:
        raise AttributeError(f"module 'heredity' has no attribute {name!r}")
    return getattr(import_module(f"heredity.{_HOMES[name]}"), name)
