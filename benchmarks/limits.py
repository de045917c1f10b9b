"""What stands round a command: limits, streams, variables, owners, paths. Same bytes or one line, never anything else.

python -m benchmarks.limits [--write docs/reliability.md]

A small study runs quietly; then single stages and commands are typed on copies of it in each surrounding. A case is
recovered when the command ends well with the quiet run's bytes, refused when it says what is missing in one line and
the same command in a quiet surrounding ends with those bytes, hung when it does not end, and lost otherwise.
"""

import copy
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count, product
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.campaign import digests, installed_project
from benchmarks.outcomes import settle
from tests.examples import TINY
from tests.projects import Project

PATIENCE_SECONDS = 300

GATE, SB3, COHORT, REPORT = "stages.gate first", "stages.train first", "stages.train second", "stages.report"
TREE, SHOW, CHECK = "heredity.cli tree", "heredity.cli show", "heredity.cli check"

JUMPING_CLOCK = """
import itertools, time
now, jumps = time.time, itertools.count()
time.time = lambda: now() - 86400 * next(jumps)
"""

ODD_NAMES = (
    "a b", "ünïcödé", "new\nline", "100%s", "$HOME", "{x}", "q'u\"ote", "[a]*?", "-rf", "#hash", "semi;colon",
    "long" * 40, "back\\slash",
)  # fmt: skip

PYTHON = {
    "PYTHONHASHSEED": "7", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONSTARTUP": "/nonexistent", "PYTHONNOUSERSITE": "1",
    "PYTHONDEVMODE": "1", "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1", "PYTHONOPTIMIZE": "1",
    "PYTHONSAFEPATH": "1", "PYTHONINTMAXSTRDIGITS": "640",
}  # fmt: skip
JAX = {
    "JAX_ENABLE_X64": "1", "JAX_DEFAULT_PRNG_IMPL": "rbg", "JAX_NUMPY_RANK_PROMOTION": "raise",
    "JAX_DEFAULT_MATMUL_PRECISION": "bfloat16", "JAX_DEBUG_NANS": "1", "JAX_PLATFORMS": "cuda",
    "JAX_RANDOM_SEED_OFFSET": "5", "XLA_FLAGS": "--xla_cpu_enable_fast_math=true", "JAX_TRANSFER_GUARD": "disallow",
}  # fmt: skip
THREADS = {
    "OMP_NUM_THREADS": "64", "MKL_NUM_THREADS": "64", "OPENBLAS_NUM_THREADS": "64", "OMP_DYNAMIC": "true",
    "NUMEXPR_NUM_THREADS": "x", "CUDA_VISIBLE_DEVICES": "7",
}  # fmt: skip
TOOLS = {
    "WANDB_MODE": "nonsense", "WANDB_DIR": "/proc", "WANDB_PROJECT": "a/b", "DVC_EXP_NAME": "x", "TZ": "nonsense",
    "PREFECT_API_URL": "nonsense", "http_proxy": "http://127.0.0.1:9", "https_proxy": "nonsense", "ALL_PROXY": "socks5://x",
    "PREFECT_HOME": "/proc", "GIT_WORK_TREE": "/", "GIT_EXTERNAL_DIFF": "false", "DVC_SITE_CACHE_DIR": "/proc",
}  # fmt: skip
ENCODINGS = (
    {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"LANG": "C"},
    {"LC_ALL": "POSIX"}, {"LC_ALL": "de_DE.ISO-8859-1"}, {"PYTHONIOENCODING": "utf-16"},
)  # fmt: skip
TERMINALS = (
    {"TERM": "dumb"}, {"COLUMNS": "10"}, {"COLUMNS": "1"}, {"COLUMNS": "0"}, {"COLUMNS": "x"}, {"COLUMNS": "-5"},
    {"COLUMNS": "100000000"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, {"LINES": "x", "TERM": ""},
)  # fmt: skip
HOMES = (
    {"HOME": None, "USER": None, "LOGNAME": None}, {"HOME": ""}, {"HOME": "/proc"}, {"HOME": "/etc/passwd"},
    {"HOME": "/nonexistent", "TMPDIR": "/nonexistent"}, {"TMPDIR": "/etc/passwd", "XDG_CONFIG_HOME": "/etc/passwd"},
    {"XDG_CACHE_HOME": "/proc", "XDG_RUNTIME_DIR": "/etc/passwd"},
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A command, the line of bash in which it is `typed`, and what is set (None: unset) meanwhile."""

    kind: str
    command: str
    line: str = "typed"
    variables: dict[str, Any] = field(default_factory=dict)
    name: str = "study"
    silent: bool = False
    """Whether nothing can be said, or nobody wants to hear it."""


def flags() -> Iterator[Case]:
    for flag, command in (("-OO", GATE), ("-OO", TREE), ("-OO", "flows.study"), ("-W error", GATE), ("-bb", CHECK)):
        yield Case("flags of Python", command, variables={"FLAGS": flag})
    for variables in ({"PYTHONOPTIMIZE": "2"}, {"PYTHONWARNINGS": "error::DeprecationWarning"}):
        yield Case("flags of Python", REPORT, variables=variables)
    for command in (SB3, COHORT, REPORT):
        yield Case("flags of Python", command, variables=PYTHON)


def limits() -> Iterator[Case]:
    for kilobytes, command in product((100_000, 400_000, 1_500_000), (GATE, SB3)):
        yield Case("ulimit -v, memory", command, f"ulimit -v {kilobytes}; typed")
    for kilobytes in (1_500_000, 3_000_000):
        yield Case("ulimit -v, memory", COHORT, f"ulimit -v {kilobytes}; typed")
    for blocks, command in ((0, GATE), (0, REPORT), (8, SB3), (64, COHORT)):
        yield Case("ulimit -f, size of files", command, f"ulimit -f {blocks}; typed")
    for files, command in product((8, 24, 64), (GATE, SB3)):
        yield Case("ulimit -n, open files", command, f"ulimit -n {files}; typed")
    yield Case("ulimit -t, processor time", GATE, "ulimit -t 1; typed")
    yield Case("ulimit -t, processor time", COHORT, "ulimit -St 2; typed")
    for kilobytes, command in ((256, GATE), (256, COHORT), ("unlimited", COHORT)):
        yield Case("ulimit -s, stack", command, f"ulimit -s {kilobytes}; typed")


def streams() -> Iterator[Case]:
    for closed in (">&-", "2>&-", "<&-", ">&- 2>&-", ">&- 2>&- <&-"):
        yield Case("closed streams", GATE, f"typed {closed}", silent=True)
    for command in (SB3, COHORT, TREE):
        yield Case("closed streams", command, "typed >&- 2>&- <&-", silent=True)
    for command in (GATE, TREE, CHECK):
        yield Case("a full standard output", command, "typed >/dev/full")
        yield Case("a full standard output", command, "typed >/dev/full 2>&1", silent=True)
        yield Case("a reader who leaves", command, "typed | true; exit ${PIPESTATUS[0]}", silent=True)
    for variables in ENCODINGS:
        yield Case("encodings", GATE, variables=variables)
    yield Case("encodings", SHOW, variables=ENCODINGS[1])
    for variables in TERMINALS:
        yield Case("terminals", GATE, variables=variables)


def places() -> Iterator[Case]:
    for mask, command in product(("000", "077", "0777", "0277"), (GATE, REPORT)):
        yield Case("umask", command, f"umask {mask}; typed")
    for variables in HOMES:
        yield Case("homes and temporary folders", GATE, variables=variables)
    for variables in HOMES[::3]:
        yield Case("homes and temporary folders", COHORT, variables={"HEREDITY_CACHE": None, **variables})
    for name in ODD_NAMES:
        yield Case("odd paths", GATE, name=name)
    for command, name in ((SB3, "a b$x"), (CHECK, "new\nline"), (SHOW, "100%{x}"), (REPORT, "q'u\"ote")):
        yield Case("odd paths", command, name=name)
    yield Case("odd paths", TREE, "ln -s . linked; cd linked; typed; code=$?; rm ../linked 2>/dev/null; exit $code")
    yield Case("odd paths", TREE, "mkdir gone; cd gone; rmdir ../gone; typed")
    if os.geteuid() == 0:
        yield Case("owners", "heredity.cli compare HEAD workspace", "chown -R 4242 .; typed")
        yield Case("owners", GATE, "chown -R 4242 .; typed")
    if not (os.geteuid() or subprocess.run(("unshare", "-m", "true"), check=False).returncode):
        for options, command in (("size=4k", SB3), ("ro", SB3), ("size=4k", COHORT)):
            yield Case("/dev/shm", command, _mounted(f"mount -t tmpfs -o {options} tmpfs /dev/shm"))
        for command in (GATE, TREE, SB3):
            yield Case(
                "a read-only checkout", command, _mounted("mount --bind . . && mount -o remount,ro,bind . && cd .")
            )


def variables() -> Iterator[Case]:
    yield Case("variables", COHORT, variables=JAX)
    for command, values in product((SB3, COHORT), (THREADS, TOOLS)):
        yield Case("variables", command, variables=values)
    for command in (SHOW, CHECK):
        yield Case("variables", command, variables=TOOLS)
    yield Case("variables", "heredity.cli compare HEAD workspace", variables={"GIT_DIR": "/nonexistent"})
    for command in (GATE, SB3, COHORT):
        yield Case("a clock that runs back", command, variables={"PYTHONPATH": "{clock}"})


def _mounted(mount: str) -> str:
    """Return a line that types the command where a file system is mounted for it alone."""
    return f"unshare -m bash -c '{mount} && cd \"$PWD\" && typed'"


KINDS = (flags, limits, streams, places, variables)


class Campaign:
    """A study that has run quietly, to copy, and what it gives."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.numbers = directory, count()
        (directory / "clock").mkdir()
        (directory / "clock" / "sitecustomize.py").write_text(JUMPING_CLOCK)
        os.environ["HEREDITY_CACHE"] = str(directory / "compiled")
        self.quiet = installed_project(directory / "quiet")
        self.quiet.write(study())
        self.quiet.repro()
        self.quiet.run("git", "add", "-A")
        self.quiet.run("git", "commit", "-qm", "run")
        self.expected = digests(self.quiet)

    def outcome(self, case: Case) -> str:
        """Type a case's command on a copy, and judge what it did."""
        path = self.directory / str(next(self.numbers)) / case.name
        project = self.quiet.copy(path)
        self._make_room(project, case.command)
        code, said = self._typed(project, case.command, case.line, case.variables)
        if code is None:
            return self._told("hung", case, said)
        wrong = {name for name, digest in digests(project).items() if self.expected.get(name) != digest}
        missing = self.expected.keys() - digests(project).keys()
        lines = [line for line in said.splitlines() if line.startswith("error: ")]
        clear = len(lines) == 1 or (case.silent and not lines)
        if code == 0:
            ended = "lost" if wrong or missing or lines else "recovered"
        else:
            if os.geteuid() == 0:
                subprocess.run(("chown", "-R", "0", str(path)), check=True)
            again, quietly = self._typed(project, case.command, "typed", {})
            whole = again == 0 and digests(project) == self.expected
            ended = "refused" if clear and whole and not wrong else "lost"
            said += f"\n    typed again: exit code {again}: {quietly[-300:]}" if not whole else ""
        if "Traceback" in said:
            ended = "lost"
        shutil.rmtree(path.parent)
        return ended if ended != "lost" else self._told(ended, case, f"{code} {sorted(wrong)} {sorted(missing)} {said}")

    def _make_room(self, project: Project, command: str) -> None:
        """Remove what a training has made, so that it is made again."""
        stage, _, generation = command.partition(" ")
        if stage == "stages.train":
            shutil.rmtree(project.path / "lineage" / generation / "models")
            shutil.rmtree(project.path / ".heredity" / "members")

    def _typed(self, project: Project, command: str, line: str, variables: dict[str, Any]) -> tuple[int | None, str]:
        """Type a command within a line of bash; return its exit code, None where it does not end, and its output."""
        changed = {
            name: value and value.replace("{clock}", str(self.directory / "clock")) for name, value in variables.items()
        }
        if "PYTHONPATH" in changed:
            changed["PYTHONPATH"] += f":{project.path}"
        surrounding = {**project.environment, "PYTHONPATH": str(project.path), **changed}
        words = ["bash", "-c", f"typed() {{ python $FLAGS -m {command}; }}; export -f typed; {line}"]
        process = subprocess.Popen(
            words, cwd=project.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            env={name: value for name, value in surrounding.items() if value is not None},
        )  # fmt: skip
        try:
            said = process.communicate(timeout=PATIENCE_SECONDS)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return None, process.communicate()[0].decode(errors="replace")
        return process.returncode, said

    def _told(self, ended: str, case: Case, said: str) -> str:
        print(f"  {ended}: {case}\n{said[-1500:]}", flush=True)
        return ended


def study() -> dict[str, Any]:
    """Both engines, and an arm whose two shards take workers."""
    content: dict[str, Any] = copy.deepcopy(TINY)
    content["train"] |= {"shard": 1}
    content["generations"]["second"]["train"] = {"engine": "cohort", "environments": "gymnasium", "shard": 2}
    return content


def main(
    only: Annotated[str | None, typer.Option(help="part of a kind of case, or of its command")] = None,
    write: Annotated[Path | None, typer.Option(help="a document with marks for the table")] = None,
) -> None:
    cases = [case for kind in KINDS for case in kind() if only is None or only in f"{case.kind}: {case.command}"]
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(2) as threads:
        campaign = Campaign(Path(directory))
        outcomes = threads.map(campaign.outcome, cases)
        sys.exit(settle("limits", zip((case.kind for case in cases), outcomes, strict=True), write))


if __name__ == "__main__":
    typer.run(main)
