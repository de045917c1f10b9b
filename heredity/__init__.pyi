from .agents.agent import Agent, write_agent
from .agents.stored import read_agent
from .agents.task import Task, make_task
from .errors import (
    AgentError,
    CurveError,
    GateError,
    HeredityError,
    StudyError,
    TaskError,
    TrainingError,
    WorkerLostError,
)
from .evaluation.episodes import evaluate
from .evaluation.returns import Returns
from .gate.decision import decide
from .gate.record import Decision
from .inheritance.fresh import Heir
from .inheritance.heirs import Donor, inherit
from .inheritance.pedigree import Birth, Pedigree, read_pedigree
from .pipeline.check import check_study
from .study.gate_rule import GateRule
from .study.inherit_rule import InheritRule
from .study.load import load_study
from .study.sections import Algorithm, Train
from .study.study import Study
from .training.engines import train
from .training.shard import Member, Shard, Trained
from .transfer.alignment import Arm
from .transfer.comparison import compare
from .transfer.estimates import Estimate, Transfer
from .transfer.inference import Design

__all__ = [
    "Agent",
    "AgentError",
    "Algorithm",
    "Arm",
    "Birth",
    "CurveError",
    "Decision",
    "Design",
    "Donor",
    "Estimate",
    "GateError",
    "GateRule",
    "Heir",
    "HeredityError",
    "InheritRule",
    "Member",
    "Pedigree",
    "Returns",
    "Shard",
    "Study",
    "StudyError",
    "Task",
    "TaskError",
    "Train",
    "Trained",
    "TrainingError",
    "Transfer",
    "WorkerLostError",
    "check_study",
    "compare",
    "decide",
    "evaluate",
    "inherit",
    "load_study",
    "make_task",
    "read_agent",
    "read_pedigree",
    "train",
    "write_agent",
]
