"""What heredity makes of damaged and hostile files: a value, or one line; never a traceback, a hang or half an output.

python -m benchmarks.inputs [--cases 10000] [--commands 100] [--seed 0] [--write docs/reliability.md]

Files are damaged by the ways of benchmarks/mutations.py. A case is broken when anything but a HeredityError of one line
comes out, when it takes 5 s of the processor, or when a file appears or changes that should not.
"""

import os
import pickle
import random
import resource
import signal
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import gymnasium
import numpy as np
import typer
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from benchmarks.documents import write_between_marks
from benchmarks.mutations import damaged
from heredity.agents.agent import fresh_agent, read_algorithm, read_tensors, read_zipped, write_agent
from heredity.agents.bundles import read_bundle, write_bundle
from heredity.agents.founders import algorithm_of, read_founder
from heredity.agents.normalizer import pack_normalizer
from heredity.agents.stored import keep_agents, read_agents
from heredity.agents.task import Task
from heredity.errors import HeredityError
from heredity.evaluation.returns import SPLITS, Returns, read_evaluation, write_evaluation
from heredity.files import write_json
from heredity.gate.approval import Approval, answered, evaluation_digest, write_answer
from heredity.gate.decision import decide
from heredity.gate.extension import read_extended
from heredity.gate.record import Extended, read_gate
from heredity.inheritance.links import broken_links
from heredity.inheritance.pedigree import read_births, read_pedigree
from heredity.layout import ARRAYS, EPISODES, Layout, normalizer_path
from heredity.pipeline.checked import checked_study
from heredity.pipeline.deciding import write_extended
from heredity.pipeline.handouts import handouts, write_handouts
from heredity.pipeline.inputs.base import GenerationInput, StageInput
from heredity.pipeline.inputs.compare import CompareInput
from heredity.pipeline.inputs.confirm import ConfirmInput
from heredity.pipeline.inputs.continual import ContinualInput
from heredity.pipeline.inputs.control import ControlInput
from heredity.pipeline.inputs.evaluate import EvaluateInput
from heredity.pipeline.inputs.extend import ExtendInput
from heredity.pipeline.inputs.founders import FoundersInput
from heredity.pipeline.inputs.gate import GateInput
from heredity.pipeline.inputs.inherit import InheritInput
from heredity.pipeline.inputs.report import ReportInput
from heredity.pipeline.inputs.train import TrainInput
from heredity.pipeline.resolve import resolved
from heredity.pipeline.runner import read_input
from heredity.report.page import charts, page
from heredity.report.results import read_results
from heredity.report.terminal import shown
from heredity.report.tracking.stored import stored_runs
from heredity.study.gate_rule import GateRule
from heredity.study.load import load_study, read_params
from heredity.study.sections import Algorithm
from heredity.training.curves import read_curves
from heredity.transfer.continual import read_continual
from heredity.transfer.evidence import stored_evidence
from heredity.transfer.plan import comparison_plan
from heredity.transfer.record import read_contrasts, read_spending, read_survival, read_transfers
from heredity.transfer.spending import stored_seconds
from tests.here import here
from tests.report.conftest import Written

SECONDS = 5
LAYOUT = Layout()
CHILDREN = {"m00": ("m00",), "m01": ("m01",), "m02": ("m00",)}
FIRST, SECOND = LAYOUT.generation("first"), LAYOUT.generation("second")
PPO = Algorithm(name="PPO", n_envs=1, hyperparameters={"n_steps": 16, "batch_size": 16})


@dataclass(frozen=True)
class Kind:
    """A file of a valid study, and who reads it; `share` of the cases go to it."""

    name: str
    path: Path
    read: Callable[[Path], Any]
    share: float


def whole(_: Path) -> None:
    """Read a study as `heredity show`, compare, report and `heredity publish` do."""
    study = resolved(load_study("params.yaml"))
    plan, results = comparison_plan(study), read_results(study, "", LAYOUT)
    shown(results, stored_seconds(plan, LAYOUT, results.pedigree))
    page(results, charts(results))
    stored_evidence(plan, LAYOUT)
    list(stored_runs(study, LAYOUT))


def layout_of(path: Path, depth: int) -> Layout:
    """Return the study that a file lies in, `depth` folders below its root."""
    root = path.parents[depth]
    return Layout(root / LAYOUT.lineage, root / LAYOUT.report)


def handed_out(kind: type[StageInput]) -> Kind:
    """Return the file that a stage of `second`, or of the whole study, is given."""
    generation = "second" if issubclass(kind, GenerationInput) else None
    path = LAYOUT.handout(kind.stage, generation)
    depth = len(path.parts) - 1
    name = f"study/{'…/' if generation else ''}{path.name}"
    return Kind(name, path, lambda path: read_input(kind, layout_of(path, depth), generation), 0.01)


def gated(path: Path) -> None:
    """Decide on an evaluation by several rules, and write each decision."""
    returns = {split: read_evaluation(path, split) for split in SPLITS}
    for rule in (GateRule(), GateRule(rule="mean_minus_std"), GateRule(rule="spread"), GateRule(rule="top", at_most=1)):
        decision = decide(returns["report"], rule, threshold=100.0, null_returns=returns["null"])
        with tempfile.TemporaryDirectory() as directory:
            write_json(Path(directory, "gate.json"), decision.to_dict())


def founder(path: Path) -> None:
    """Read a model as founder: its tensors, statistics and algorithm."""
    algorithm_of(read_founder(path))
    read_algorithm(read_zipped(path))


def stored(path: Path) -> None:
    """Read every member of a file of arrays, to its last weight."""
    for agent in read_agents(path.parent).values():
        read_tensors(agent)


CSV, MODELS = SECOND / "evaluation.csv", Path("founders")
ARRAYS_OF = Path("thousands")
PEDIGREE, SOURCES, ASKED = LAYOUT.pedigree("second"), LAYOUT.sources, LAYOUT.extension_record("third")
GIVEN = (
    *(FoundersInput, InheritInput, TrainInput, EvaluateInput, ExtendInput, GateInput, ConfirmInput, ControlInput),
    *(CompareInput, ContinualInput, ReportInput),
)
KINDS = (
    Kind("params.yaml", Path("params.yaml"), load_study, 0.14),
    Kind("params.yaml, built", Path("params.yaml"), lambda path: checked_study(read_params(path), path, here), 0.01),
    *(handed_out(kind) for kind in GIVEN),
    Kind("curves.csv", SECOND / "curves.csv", read_curves, 0.14),
    Kind("evaluation.csv", CSV, lambda path: read_evaluation(path, "report"), 0.14),
    Kind("evaluation.csv, decided", CSV, gated, 0.02),
    Kind("confirmation.csv", LAYOUT.confirmation("second"), lambda path: read_evaluation(path, "confirm"), 0.01),
    Kind("gate.json", LAYOUT.gate("second"), read_gate, 0.11),
    Kind("asked.json", ASKED, lambda path: read_extended(layout_of(path, 3), "third"), 0.02),
    Kind("pedigree.json", PEDIGREE, read_births, 0.08),
    Kind("pedigree.json, followed", PEDIGREE, lambda path: broken_links(path.parents[2]), 0.03),
    Kind("transfer.json", LAYOUT.transfer, read_transfers, 0.05),
    Kind("contrasts.json", LAYOUT.contrasts, read_contrasts, 0.02),
    Kind("spending.json", LAYOUT.spending, read_spending, 0.02),
    Kind("survival.json", LAYOUT.survival, read_survival, 0.02),
    Kind("continual.json", LAYOUT.continual, read_continual, 0.01),
    Kind("sources.json", SOURCES, lambda path: read_pedigree(path.parents[2]), 0.02),
    Kind("approvals.yaml", Path("approvals.yaml"), lambda path: answered("first", "3f2a9c41d07be5aa", path), 0.08),
    Kind("model .zip", MODELS / "model.zip", founder, 0.05),
    Kind(
        "normalizer .npz", MODELS / "model.normalizer.npz", lambda path: read_zipped(path.with_name("model.zip")), 0.03
    ),
    Kind("agents.npz", ARRAYS_OF / ARRAYS.replace("*", ""), stored, 0.02),
    Kind("episodes.npz", ARRAYS_OF / EPISODES, lambda path: list(map(bytes, read_bundle(path).values())), 0.03),
    Kind("vecnormalize.pkl", MODELS / "plain" / "vecnormalize.pkl", lambda p: read_founder(p.with_name("m.zip")), 0.04),
    *(
        Kind("a study with one of them", path, whole, 0.002)
        for path in (
            *(SECOND / name for name in ("curves.csv", "evaluation.csv", "gate.json", "heirs/pedigree.json")),
            *(FIRST / name for name in ("curves.csv", "evaluation.csv", "gate.json")),
            *(SECOND / "control" / "scratch" / "curves.csv", LAYOUT.transfer, LAYOUT.contrasts, LAYOUT.spending),
            LAYOUT.survival,
        )
    ),
)


def valid_study(root: Path) -> None:
    """Write a finished study with a file of every kind."""
    written = Written(root, parents=dict(CHILDREN))
    written.study["generations"]["first"]["env"] = {"id": "CartPole-v1", "kwargs": {"sutton_barto_reward": False}}
    written.study["gate"]["approval"] = "required"
    written.study["generations"]["random"] = written.study["generations"]["second"] | {"inherit": {"donors": "random"}}
    written.study["compare"] = [["second", "random"]]
    written.compared()
    envs = VecNormalize(DummyVecEnv([lambda: gymnasium.make("CartPole-v1")]))
    agent, models = fresh_agent(PPO, Task("CartPole-v1"), 0), root / MODELS
    for name in ("model.zip", "plain/m.zip"):
        write_agent(agent, models / name)
    keep_agents(root / ARRAYS_OF, dict.fromkeys(CHILDREN, agent), as_arrays=True)
    write_bundle(root / ARRAYS_OF / EPISODES, {name: name.encode() * 99 for name in CHILDREN})
    normalizer_path(models / "model.zip").write_bytes(pack_normalizer(envs))
    (models / "plain" / "vecnormalize.pkl").write_bytes(pickle.dumps(envs))
    write_json(root / SOURCES, {"f00": "models/f.zip"})
    layout, params = written.layout, root / "params.yaml"
    study = resolved(load_study(params))
    write_handouts(layout, handouts(study, read_params(params)), study.study)
    played = Returns(np.arange(4), np.array([118.0, 121.0, 119.0, 124.0]), np.full(4, 120), np.full(4, np.nan))
    write_evaluation(layout.confirmation("second"), {"confirm": {"m00": played, "m01": played}})
    first = decide({"m00": [9.0, 12.0], "m01": [8.0, 7.0]}, GateRule(rule="mean"), threshold=100.0)
    write_extended(layout, "third", Extended(1000, first))  # of no generation of the study, which has no extension
    (root / "approvals.yaml").write_text("# answers\n{}\n")
    for name in ("first", "second"):
        digest = evaluation_digest(root / "lineage" / name / "evaluation.csv")
        approval = Approval(answer="promote", by="Ada", note="walks", evaluation=digest)
        write_answer(name, approval, root / "approvals.yaml")


def outcome(call: Callable[[], Any]) -> str:
    """Return accepted, refused, or what went wrong."""
    try:
        with processor_limit(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call()
    except HeredityError as error:
        said = str(error)
        return "refused" if said.isprintable() and 0 < len(said) <= 2100 else f"not one line: {said[:200]}"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} in {Path(where.filename).name}:{where.lineno}: {error}"[:300]
    return "accepted"


@contextmanager
def processor_limit() -> Iterator[None]:
    """Raise TimeoutError in a block that takes too long."""

    def over(*_: object) -> None:
        raise TimeoutError(f"more than {SECONDS} s")

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def campaign(root: Path, cases: int, seed: int) -> Iterator[tuple[str, str]]:
    """Damage one file at a time of the study in `root`, read it, and put it back; yield kind and outcome."""
    rng = random.Random(seed)
    others = [(root / kind.path).read_bytes() for kind in KINDS]
    with chdir(root):
        before = digests(Path())
        for kind in KINDS:
            valid, first = kind.path.read_bytes(), kind == next(each for each in KINDS if each.name == kind.name)
            if first:
                kind.read(kind.path)  # outside of the limit: libraries load
            for _ in range(max(1, round(cases * kind.share))):
                content = damaged(valid, kind.path.suffix[1:], others, rng)
                kind.path.write_bytes(content)
                found = outcome(lambda kind=kind: kind.read(kind.path))  # type: ignore[misc]
                if found not in ("accepted", "refused"):
                    print(f"  {kind.name}: {found}", flush=True)
                    keep(kind, content)
                yield kind.name, found
            kind.path.write_bytes(valid)
            if digests(Path()) != before:
                yield kind.name, "a file appeared or changed"


COMMANDS = (
    (("-m", "heredity.cli", "check"), ("params.yaml", "study/second/train.json", "study/compare.json")),
    (("-m", "stages.gate", "first"), ("study/first/gate.json", "lineage/first/evaluation.csv", "approvals.yaml")),
    (("-m", "stages.gate", "second"), ("lineage/second/evaluation.csv", "approvals.yaml")),
    (("-m", "heredity.cli", "tree"), (str(PEDIGREE), "lineage/first/gate.json")),
    (
        ("-m", "heredity.cli", "show"),
        (
            *("lineage/second/curves.csv", "report/transfer.json", "report/contrasts.json", "report/survival.json"),
            "lineage/second/gate.json",
        ),
    ),
)


def command(root: Path, number: int, seed: int) -> tuple[str, str]:
    """Damage a file in a study of its own and type a command there; return the command and the outcome."""
    rng = random.Random(f"{seed} {number}")
    words, files = COMMANDS[number % len(COMMANDS)]
    path = root / rng.choice(files)
    others = [(root / kind.path).read_bytes() for kind in KINDS]
    path.write_bytes(content := damaged(path.read_bytes(), path.suffix[1:], others, rng))
    before = digests(root)
    environment = {**os.environ, "WANDB_MODE": "disabled", "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *words], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    name = " ".join(words[1:]).replace("heredity.cli", "heredity")
    if done.returncode == 0:
        return name, "accepted"
    lines = [line for line in done.stderr.splitlines() if not line.startswith("stage ")]  # which a stage says at first
    if done.returncode != 2 or len(lines) != 1 or not lines[0].startswith("error: "):
        keep(Kind(name, path, print, 0), content)
        return name, f"exit code {done.returncode}: {' | '.join(lines[-3:])[:300]}"
    return name, "refused" if digests(root) == before else "a file appeared or changed"


def digests(root: Path) -> dict[str, str]:
    """Return the content of every file by name."""
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in sorted(root.rglob("*")) if path.is_file()}


def keep(kind: Kind, content: bytes) -> None:
    """Keep what broke something, to look at."""
    directory = Path(tempfile.gettempdir(), "heredity-inputs")
    directory.mkdir(exist_ok=True)
    (directory / f"{sha256(content).hexdigest()[:8]}-{kind.path.name}").write_bytes(content)


def commands(directory: Path, count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Type every command in a fresh study, two at a time."""
    roots = [directory / str(number) for number in range(count)]
    for root in roots:
        root.mkdir()
        valid_study(root)
    with ThreadPoolExecutor(2) as threads:
        yield from threads.map(lambda number: command(roots[number], number, seed), range(count))


def table(tally: Counter[tuple[str, str]]) -> list[str]:
    """Return the campaign as a table, broken cases last."""
    rows = ["| read | cases | accepted | refused in one line | broken |", "|---|---|---|---|---|"]
    for name in dict.fromkeys(name for name, _ in tally):
        found = {end: count for (kind, end), count in tally.items() if kind == name}
        good = [found.get(end, 0) for end in ("accepted", "refused")]
        total = sum(found.values())
        rows.append(f"| {name} | {total:,} | {good[0]:,} | {good[1]:,} | {total - sum(good)} |")
    total, accepted, refused = (
        sum(count for (_, end), count in tally.items() if end in ends)
        for ends in ({end for _, end in tally}, {"accepted"}, {"refused"})
    )
    return [*rows, f"| all | {total:,} | {accepted:,} | {refused:,} | {total - accepted - refused} |"]


def main(
    cases: Annotated[int, typer.Option(help="files read in this process")] = 10_000,
    typed: Annotated[int, typer.Option("--commands", help="commands typed, each in a study of its own")] = 100,
    seed: int = 0,
    write: Annotated[Path | None, typer.Option(help="a document with marks for the table")] = None,
) -> None:
    tally: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as directory:
        (root := Path(directory, "study")).mkdir()
        valid_study(root)
        for name, end in campaign(root, cases, seed):
            tally[name, end] += 1
        (own := Path(directory, "commands")).mkdir()
        for name, end in commands(own, typed, seed):
            print(f"  {name}: {end}", flush=True)
            tally[f"`{name}`", end] += 1
    told = "\n".join(table(tally))
    print(f"{told}\nlargest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")
    if write:
        write_between_marks(write, "inputs", told)
    sys.exit(any(end not in ("accepted", "refused") for _, end in tally))


if __name__ == "__main__":
    typer.run(main)
