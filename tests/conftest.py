"""What tests of every room use: small studies and what they come to, and a browser."""

import copy
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from xdist.scheduler import LoadScopeScheduling

from heredity.pipeline.surroundings import INSTRUCTIONS
from tests.examples import CHECKOUT, TINY
from tests.projects import kept_project, make_project

ORCHESTRATION = "tests/orchestration/"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic"),
]

# Whoever runs this in the background may have signals ignored, which is handed on to all that is started here.
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)

# Of a variable that a machine has set every command says a line; what tests expect it to print is without.
for name in INSTRUCTIONS:
    os.environ.pop(name, None)


class ByFile(LoadScopeScheduling):
    """A file is one process's, so that its fixtures are made once; all that need the Prefect server are one file."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return ORCHESTRATION if file.startswith(ORCHESTRATION) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Deal files to processes in the order below."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that what is short fills the gaps; of that, with what waits for no other study."""
    items.sort(key=lambda item: (not item.get_closest_marker("study"), "kept" in item.fixturenames))


@pytest.fixture
def tiny() -> dict[str, Any]:
    """Return the content of a study that two generations of CartPole finish in seconds."""
    return copy.deepcopy(TINY)


@pytest.fixture
def write_study(tmp_path: Path) -> Callable[[Any], Path]:
    """Return a function that writes a study's content, or text as it is, to params.yaml and returns the path."""

    def write(content: Any) -> Path:
        path = tmp_path / "params.yaml"
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            YAML().dump(content, path)
        return path

    return write


@pytest.fixture
def short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let segments be as short as a study says, so that trainings of a few steps have several within one episode."""
    monkeypatch.setattr("heredity.training.snapshot.EPISODES", 0)


@pytest.fixture(scope="session")
def kept_new(request):
    """The tiny study as a project that has not run, to copy."""
    return kept_project(request.config.cache.mkdir("projects"), "new", make_project)


@pytest.fixture(scope="session")
def kept(request, kept_new):
    """The tiny study as it is when it has run, to copy: it is run once for a state of the code, by one process."""
    directory = request.config.cache.mkdir("projects")
    return kept_project(directory, "finished", lambda path: kept_new.copy(path).repro())


@pytest.fixture(scope="session")
def finished(kept, tmp_path_factory):
    """A copy that tests look at and do not change."""
    return kept.copy(tmp_path_factory.mktemp("study") / "project")


@pytest.fixture
def new_project(kept_new, tmp_path):
    """A copy that has not run."""
    return kept_new.copy(tmp_path / "new")


@pytest.fixture
def project(kept, tmp_path):
    """A copy that a test may change."""
    return kept.copy(tmp_path / "project")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """Build the wheel from what git tracks, as somebody who installs from a URL does."""
    source, built = tmp_path_factory.mktemp("source") / "clone", tmp_path_factory.mktemp("wheel")
    subprocess.run(["git", "clone", "--quiet", CHECKOUT, source], check=True)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", built, source]
    subprocess.run(pip, check=True)
    (path,) = built.iterdir()
    return path


@pytest.fixture(scope="module")
def browser():
    """Yield a headless Chromium; its event loop would be in the way of flows, so it ends with the module."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("neither chromium nor google-chrome is installed")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()
