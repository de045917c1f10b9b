"""What stages and commands make of a finished study of which one file has been changed.

python -m benchmarks.hostile_files [--types 150] [--seed 0] [--write docs/reliability.md]

A study of three generations and a branch (founders, a race, an extension, an answer, kickstarted heirs, controls, a
contrast, a matrix) is run once. Each case changes one of its files, calls a stage or a command on it in this process,
and puts everything back. Refused: one HeredityError of one printable line, and no file changed. Recovered: accepted
with a right result, which is the one of the unharmed study where the file held nothing of its kind, and else files that
their readers take. Hung: more than 5 s of the processor. Lost is anything else.
"""

import copy
import io
import logging
import os
import random
import shutil
import stat
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from unittest.mock import patch

import typer
from ruamel.yaml import YAML

from benchmarks.file_changes import NO_FILES, NO_TEXTS, UNFIT, Change, with_keys, with_value
from benchmarks.inputs import processor_limit
from benchmarks.outcomes import settle
from heredity.agents.agent import fresh_agent, write_agent
from heredity.agents.task import Task
from heredity.cli import results
from heredity.errors import HeredityError, shortened
from heredity.evaluation.failures import read_failures
from heredity.evaluation.returns import read_evaluation
from heredity.gate.approval import Approval, evaluation_digest, write_answer
from heredity.gate.record import read_gate
from heredity.inheritance.pedigree import read_births
from heredity.layout import Layout
from heredity.orchestration import approval, artifacts
from heredity.pipeline.garbage import Limits, clear_members
from heredity.pipeline.resolve import resolved
from heredity.report.tracking.stored import stored_runs
from heredity.study.load import load_study
from heredity.study.sections import Algorithm
from heredity.training.curves import read_curves
from heredity.transfer.continual import read_continual
from heredity.transfer.record import read_contrasts, read_spending, read_survival, read_transfers
from tests import here
from tests.examples import TINY

LAYOUT, PARAMS = Layout(), Path("params.yaml")
GENERATIONS = ("first", "second", "third")

UNHARMED = "the study as it is"


@dataclass(frozen=True)
class Case:
    """A change of one file, and who reads it then. same: whether nothing but the unharmed result is right."""

    kind: str
    reader: str
    path: str
    change: Change
    same: bool = True


def hostile_study() -> dict[str, Any]:
    """Return a study whose files have everything that they may have."""
    study = copy.deepcopy(TINY)
    study |= {"founders": ["models/f.zip"], "inherit": {"operator": "kickstart"}, "continual": {"episodes": 1}}
    played = {"episodes": 10, "zero_shot_episodes": 1, "null_policies": False, "select_episodes": 2, "finalists": 2}
    study |= {"evaluate": played, "gate": {"rule": "lower_bound", "approval": "required"}}
    extended = {"when_none": "extend", "extend_budget": 64, "approval": "none"}
    study["generations"]["first"] |= {"gate": extended, "threshold": 490.0}
    study["generations"]["second"]["inherit"] = {"operator": "copy", "perturb": {"learning_rate": [0.8, 1.25]}}
    champion = {"rule": "champion", "champion": "parent", "approval": "none"}
    study["generations"]["third"] = {
        "after": "second", "env": "CartPole-v1", "threshold": 9.0, "budget": 64, "gate": champion,
    }  # fmt: skip
    study["generations"]["beside"] = study["generations"]["third"] | {"inherit": {"donors": "random"}}
    study["compare"] = [["third", "beside"]]
    study["control"] = {"generations": ["second", "third"], "budget": "lineage"}
    return study


def finish(root: Path) -> None:
    """Run the study in a directory."""
    with chdir(root):
        small = Algorithm(name="PPO", n_envs=1, hyperparameters={"n_steps": 16, "batch_size": 16})
        write_agent(fresh_agent(small, Task("CartPole-v1"), 0), "models/f.zip")
        YAML().dump(hostile_study(), PARAMS)
        Path("approvals.yaml").write_text("# answers\n{}\n")
        study = here.hand_out()
        here.run("founders")
        for name in study.order():
            for stage in ("inherit", "train", "evaluate", "extend"):
                here.run(stage, name)
            digest = evaluation_digest(LAYOUT.arm(name, "inherited").evaluation)
            write_answer(name, Approval(answer="promote", by="Ada", note="walks", evaluation=digest))
            for stage in ("gate", "confirm"):
                here.run(stage, name)
        for name in study.order():
            here.run("control", name)
        for stage in ("compare", "continual", "report"):
            here.run(stage)


def _flow_shows() -> None:
    with patch.object(artifacts, "create_table_artifact"), patch.object(artifacts, "create_markdown_artifact"):
        for name in GENERATIONS:
            artifacts.show_gate(name)
        artifacts.show_verdict(load_study(PARAMS))


def _flow_asks() -> None:
    with patch.object(approval, "pause_flow_run", side_effect=approval.FlowPauseTimeout):
        approval.ask("second", 1)


def _stage(name: str) -> Callable[[], None]:
    return lambda: here.run(*name.split())


STAGES = (
    *(
        f"{stage} {name}"
        for stage in ("inherit", "train", "evaluate", "extend", "gate")
        for name in ("first", "second")
    ),
    *("founders", "inherit third", "evaluate third", "gate third", "confirm second", "control second"),
    *("compare", "continual", "report"),
)
READERS: dict[str, Callable[[], Any]] = {
    **{name: _stage(name) for name in STAGES},
    "heredity show": lambda: results.show(params=PARAMS, root=LAYOUT.lineage, report=LAYOUT.report, members=True),
    "heredity tree": lambda: results.tree(params=PARAMS, root=LAYOUT.lineage),
    "heredity compare": lambda: results.compare("workspace", "workspace"),
    "heredity publish": lambda: list(stored_runs(resolved(load_study(PARAMS)), LAYOUT)),
    "heredity gc": lambda: clear_members(LAYOUT, Limits.of(0, 0.0, dry_run=True)),
    "a flow's gate": _flow_asks,
    "a flow's artifacts": _flow_shows,
}

FILES: dict[str, tuple[str, ...]] = {
    "inherit second": ("study/second/inherit.json", "lineage/first/gate.json", "lineage/first/extension/steps.json"),
    "inherit first": ("lineage/founders/gate.json", "lineage/founders/models/sources.json"),
    "inherit third": ("lineage/second/gate.json", "lineage/second/heirs/pedigree.json"),
    "train first": ("study/first/train.json", "lineage/first/heirs/pedigree.json"),
    "train second": ("lineage/second/heirs/pedigree.json",),
    "evaluate second": ("study/second/evaluate.json", "lineage/second/heirs/pedigree.json"),
    "evaluate third": ("lineage/third/heirs/pedigree.json",),
    "extend first": ("study/first/extend.json", "lineage/first/evaluation.csv", "lineage/first/curves.csv"),
    "gate first": (
        *(
            "lineage/first/extension/asked.json",
            "lineage/first/extension/evaluation.csv",
            "lineage/first/failures.json",
        ),
        "lineage/first/extension/steps.json",
    ),
    "gate second": ("study/second/gate.json", "lineage/second/evaluation.csv", "approvals.yaml"),
    "gate third": ("lineage/third/evaluation.csv", "lineage/third/heirs/pedigree.json"),
    "confirm second": ("lineage/second/gate.json",),
    "control second": ("study/second/control.json",),
    "compare": ("study/compare.json", "lineage/third/curves.csv", "lineage/second/control/scratch/curves.csv"),
    "continual": ("study/continual.json", "lineage/third/gate.json"),
    "report": (
        *("study/report.json", "report/transfer.json", "report/contrasts.json", "report/survival.json"),
        "lineage/third/confirmation.csv",
    ),
    "heredity show": (
        *("report/spending.json", "report/contrasts.json", "report/continual.json", "lineage/first/gate.json"),
    ),
    "heredity tree": ("lineage/second/heirs/pedigree.json", "lineage/third/gate.json", "params.yaml"),
    "heredity compare": ("report/transfer.json", "report/contrasts.json"),
    "heredity publish": ("lineage/third/curves.csv", "lineage/first/gate.json", "report/continual.json"),
    "a flow's gate": ("study/second/gate.json", "lineage/second/evaluation.csv", "approvals.yaml"),
    "a flow's artifacts": ("report/transfer.json", "lineage/second/gate.json", "study/name.txt"),
}


def whole_files() -> Iterator[Case]:
    """Yield every file of every reader as no file and as no text, a few of each in turn."""
    pairs = [(reader, path) for reader, paths in FILES.items() for path in paths]
    for kind, changes in (("no regular file", NO_FILES), ("no text of its kind", NO_TEXTS)):
        names = list(changes)
        for number, (reader, path) in enumerate(pairs):
            for way in (names[(2 * number + more) % len(names)] for more in range(2)):
                yield Case(kind, reader, path, changes[way])


def other_types(count: int, rng: random.Random) -> Iterator[Case]:
    """Yield values of other types, keys that are gone or have other names, and entries that come twice."""
    pairs = [(reader, path) for reader, paths in FILES.items() for path in paths if path.endswith(".json")]
    for number in range(count):
        reader, path = pairs[number % len(pairs)]
        seed = rng.random()
        yield Case("another value at a key", reader, path, partial(with_value, seed), same=False)
        if number % 3 == 0:
            yield Case("a key gone, renamed or twice", reader, path, partial(with_keys, seed), same=False)


def beside() -> Iterator[Case]:
    """Yield what lies beside the study's outputs: stored members and timings; whatever it is, results are the same."""
    for change in (*NO_FILES.values(), *NO_TEXTS.values()):
        if change not in (NO_TEXTS["UTF-16"],):
            yield Case("stored members", "train first", ".heredity/members/*", change)
            yield Case("stored members", "heredity gc", ".heredity/members/*", change)
        yield Case("timings", "heredity show", ".heredity/timings/*", change)


def unharmed() -> Iterator[Case]:
    """Yield every reader on the study as it is, which it is to accept: else its refusals would say nothing."""
    yield from (Case(UNHARMED, reader, str(PARAMS), lambda _: None) for reader in READERS)


def cases(types: int, seed: int) -> Iterator[Case]:
    """Yield every case."""
    yield from unharmed()
    yield from whole_files()
    yield from other_types(types, random.Random(seed))
    yield from (Case("files that do not fit together", *unfit) for unfit in UNFIT)
    yield from beside()
    yield from unharmed()


def contents(root: Path) -> dict[str, Any]:
    """Return what lies below a directory: files with their bytes, links with where they lead, others by their kind.

    The locks of stages that were at work are left out.
    """
    there: dict[str, Any] = {}
    for path in sorted(root.rglob("*")):
        if path.relative_to(root).parts[:2] in ((".heredity",), (".heredity", "locks")):
            continue
        mode = path.lstat().st_mode
        regular = stat.S_ISREG(mode)
        there[str(path)] = (
            path.read_bytes() if regular else path.readlink() if stat.S_ISLNK(mode) else stat.S_IFMT(mode)
        )
    return there


def put_back(root: Path, before: dict[str, Any]) -> None:
    """Make a directory hold what it held."""
    for name, there in sorted(contents(root).items(), reverse=True):
        if before.get(name) != there:
            path = Path(name)
            shutil.rmtree(path) if stat.S_ISDIR(path.lstat().st_mode) else path.unlink()
    for name, content in before.items():
        if isinstance(content, bytes) and not Path(name).exists():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(content)


BY_NAME: dict[str, Callable[[Path], Any]] = {
    "gate.json": read_gate, "pedigree.json": read_births, "curves.csv": read_curves, "failures.json": read_failures,
    "evaluation.csv": lambda path: read_evaluation(path, "report"), "transfer.json": read_transfers,
    "confirmation.csv": lambda path: read_evaluation(path, "confirm"), "spending.json": read_spending,
    "survival.json": read_survival, "continual.json": read_continual, "contrasts.json": read_contrasts,
}  # fmt: skip


def outcome(case: Case, unharmed: dict[str, Any]) -> tuple[str, str]:
    """Call a case's reader in the directory of the study; return how that ended, and what was said."""
    before, said = contents(Path()), ""
    try:
        with (
            processor_limit(),
            warnings.catch_warnings(),
            redirect_stdout(io.StringIO()),
            redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            READERS[case.reader]()
    except HeredityError as error:
        said = str(error)
        one_line = said.isprintable() and 0 < len(said) <= 2100
        well = one_line and contents(Path()) == before and case.kind != UNHARMED
        return ("refused" if well else "lost"), said
    except TimeoutError:
        return "hung", f"more than 5 s in {case.reader}"
    except Exception as error:
        return "lost", f"{type(error).__name__}: {error}"
    after = contents(Path())
    written = [
        name
        for name, content in after.items()
        if before.get(name) != content and isinstance(content, bytes) and not name.startswith(".heredity")
    ]
    if case.same:
        changed = [name for name in written if name in unharmed and unharmed[name] != after[name] and name != case.path]
        return ("lost", f"accepted, and other than unharmed: {changed}") if changed else ("recovered", "")
    try:
        for path in map(Path, written):
            BY_NAME.get(path.name, Path.exists)(path)
    except HeredityError as error:
        return "lost", f"wrote what cannot be read: {error}"
    return "recovered", ""


def campaign(root: Path, types: int, seed: int) -> Iterator[tuple[str, str]]:
    """Run every case on the finished study in a directory."""
    logging.disable(logging.CRITICAL)
    with chdir(root):
        before = contents(Path())
        for case in cases(types, seed):
            path = next(Path().glob(case.path))
            case.change(path)
            ended, said = outcome(case, before)
            if ended in ("lost", "hung"):
                print(f"  {case.reader}: {path}: {shortened(case.change)}: {said[:300]}", flush=True)
            put_back(Path(), before)
            yield case.kind, ended
    logging.disable(logging.NOTSET)


def main(
    types: Annotated[int, typer.Option(help="values of other types")] = 150,
    seed: int = 0,
    write: Annotated[Path | None, typer.Option(help="a document with marks for the table")] = None,
) -> None:
    os.environ["WANDB_MODE"] = "disabled"
    with tempfile.TemporaryDirectory() as directory:
        with redirect_stdout(io.StringIO()):
            finish(Path(directory))
        sys.exit(settle("hostile_files", campaign(Path(directory), types, seed), write))


if __name__ == "__main__":
    typer.run(main)
