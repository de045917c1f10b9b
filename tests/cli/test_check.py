"""heredity check: whether a study can run, and what `dvc repro` would not notice."""

import os
import random
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import gymnasium
import pytest
from stable_baselines3 import DQN, PPO

from heredity.pipeline.checked import priced_study
from heredity.pipeline.fingerprint import forget_sources
from tests.cli.commands import typed
from tests.examples import CHECKOUT
from tests.here import here

ENVIRONMENT = """
import gymnasium
from gymnasium.envs.classic_control import CartPoleEnv

gymnasium.register("Own-v0", entry_point="own_task:Own", max_episode_steps=50)

class Own(CartPoleEnv):
    pass
"""


CAN_RUN = (
    "params.yaml: tiny can run: 2 generations of 2, 1 with a control; one lineage gives estimates and no verdict: "
    "one on the comparison needs 5 (lineages: 5)"
)


@pytest.fixture
def project(tmp_path, tiny, write_study):
    """Return the folder of a study whose environment is its own."""
    (tmp_path / "own_task.py").write_text(ENVIRONMENT)
    shutil.copy(CHECKOUT / "dvc.yaml", tmp_path)
    for node in tiny["generations"].values():
        node["env"] = {"id": "Own-v0"}
    tiny["import"] = ["own_task"]
    write_study(tiny)
    forget_sources()  # of the module by this name in another test's folder
    yield tmp_path
    sys.modules.pop("own_task", None)
    gymnasium.registry.pop("Own-v0", None)
    forget_sources()


@pytest.fixture(autouse=True)
def built_here(monkeypatch):
    """Build here what is checked: a worker would load everything anew."""
    monkeypatch.setattr("heredity.pipeline.checked.priced_study", partial(priced_study, local_map=here))


def check(project, code=0):
    """Return what is said, but for what the study takes."""
    said = typed(project, "check", code=code).splitlines()
    return [line for line in said if not line.startswith("at most ")]


def test_what_a_study_takes_is_said_before_anybody_waits(project):
    (line,) = [line for line in typed(project, "check").splitlines() if line not in check(project)]
    assert line == "at most 1,024 environment steps of training, under 0.1 core-hours, about 3 MB"


def test_members_that_are_kept_as_arrays_are_named(project, tiny, write_study):
    tiny["generations"]["second"]["train"] = {"store": "arrays"}
    write_study(tiny)
    said = "the members of second are kept in one file of arrays each; heredity export writes their zips"
    assert said in check(project)


def test_an_environment_of_the_project_that_study_does_not_depend_on_is_named(project):
    said = check(project)
    assert said[0] == CAN_RUN
    assert said[1].startswith("own_task.py: the study uses it, and study does not depend on it: name it")
    graph = (project / "dvc.yaml").read_text()
    (project / "dvc.yaml").write_text(graph.replace('"${packages}", stages]', '"${packages}", stages, own_task.py]'))
    assert len(check(project)) == 1


def test_an_environment_that_draws_from_everybodys_generator_is_refused_in_one_line(project, monkeypatch):
    monkeypatch.setattr("heredity.agents.boundary.calls.threads", list)  # those of other tests might draw as well
    drawing = "    def step(self, action):\n        random.random()\n        return super().step(action)\n"
    (project / "own_task.py").write_text("import random\n" + ENVIRONMENT.replace("    pass\n", drawing))
    state = random.getstate()
    (line,) = check(project, code=2)
    assert line.startswith("error: ")
    assert "generations.first.env: Own-v0: expected an environment that draws from self.np_random alone, got" in line
    assert "draws from the generator of random; that one" in line
    assert random.getstate() == state


def test_a_study_is_checked_from_elsewhere_as_in_its_project(project, tmp_path_factory, monkeypatch):
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place])  # a console script has no "" there
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "own_task.py").write_text("raise SystemExit('of another world')")
    said = typed(elsewhere, "check", "--params", str(project / "params.yaml")).splitlines()
    assert "tiny can run" in said[0]
    assert said[2].startswith("own_task.py: the study uses it")


def test_a_study_in_a_folder_of_its_project_uses_the_projects_modules(project):
    (project / "variants").mkdir()
    (project / "params.yaml").rename(project / "variants" / "large.yaml")
    assert "tiny can run" in typed(project, "check", "--params", "variants/large.yaml")


def test_without_a_project_modules_lie_beside_the_study_or_here(project, tmp_path_factory):
    (project / "dvc.yaml").unlink()
    study = str(project / "params.yaml")
    assert "tiny can run" in typed(tmp_path_factory.mktemp("elsewhere"), "check", "--params", study)
    here = tmp_path_factory.mktemp("here")
    sys.modules.pop("own_task")
    gymnasium.registry.pop("Own-v0")
    (project / "own_task.py").rename(here / "own_task.py")
    assert "tiny can run" in typed(here, "check", "--params", study)


@pytest.mark.study
@pytest.mark.slow
def test_the_console_script_sees_what_a_stage_sees(project):
    (project / "dvc.yaml").unlink()
    script = Path(sys.executable).with_name("heredity")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run([script, "check"], cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert "tiny can run" in done.stdout, done.stderr


def test_a_model_that_the_study_names_and_does_not_depend_on_is_named(project, tiny, write_study):
    for name in ("expert.zip", "expert.normalizer.npz"):
        (project / name).write_bytes(b"weights")
    tiny["evaluate"]["null_policies"] = True
    tiny["gate"]["reference"] = "expert.zip"
    write_study(tiny)
    (project / "own_task.py").unlink()
    del tiny["import"]
    for node in tiny["generations"].values():
        node["env"] = "CartPole-v1"
    write_study(tiny)
    assert [line.split(":")[0] for line in check(project)[1:]] == ["expert.normalizer.npz", "expert.zip"]


def test_an_id_whose_colon_dvc_cannot_read_is_refused_and_one_that_needs_its_quotes_is_named(project):
    text = (project / "params.yaml").read_text().replace("import:\n- own_task\n", "")
    inside = text.replace("    env:\n      id: Own-v0", "    env: {id: own_task:Own-v0}")
    (project / "params.yaml").write_text(inside)
    (refused,) = check(project, code=2)
    assert refused.startswith("error: params.yaml: line ")
    assert "; write import: [own_task] beside env: Own-v0" in refused
    (project / "params.yaml").write_text(inside.replace("own_task:Own-v0", "'own_task:Own-v0'"))
    said = check(project)
    assert re.match(r"params\.yaml: line \d+: generations\.first\.env\.id: own_task:Own-v0 needs its quotes", said[1])
    (project / "params.yaml").write_text(text.replace("id: Own-v0", "id: own_task:Own-v0"))
    assert [line.split(":")[0] for line in check(project)] == ["params.yaml", "own_task.py"]


def test_minigrid_without_a_wrapper_is_refused_and_runs_with_what_the_refusal_says(project, tiny, write_study):
    for node in tiny["generations"].values():
        node["env"] = "MiniGrid-DoorKey-5x5-v0"
    del tiny["import"]
    write_study(tiny)
    (said,) = check(project, code=2)
    assert said.startswith(
        "error: params.yaml: generations.first.env: MiniGrid-DoorKey-5x5-v0: expected observations of"
    )
    text = (project / "params.yaml").read_text()
    write_study(text.replace("env: MiniGrid-DoorKey-5x5-v0", said.partition("; write ")[2]))
    assert check(project) == [CAN_RUN]


@pytest.mark.parametrize("text", ["", "stages: [study]\n", "stages: {study: {deps: [\n"])
def test_a_graph_that_dvc_would_refuse_is_one_line(project, text):
    (project / "dvc.yaml").write_text(text)
    said = check(project, code=2)[1:]
    assert len(said) == 1
    assert re.match(r"error: .*dvc\.yaml: expected stages as DVC reads them, got ", said[0])


@pytest.mark.parametrize(
    ("algorithm", "arguments", "message"),
    [
        (PPO, {"policy_kwargs": {"net_arch": [256, 256]}},
         r"mlp_extractor\.policy_net\.0\.weight of shape \[64, 4\], got \[256, 4\] .*; write "
         r"algorithm\.hyperparameters\.policy_kwargs: \{net_arch: \{pi: \[256, 256\], vf: \[256, 256\]\}\}, or"),
        (DQN, {}, r"a place for the parent's q_net.*; write algorithm\.name: DQN"),
    ],
    ids=["wide", "DQN"],
)  # fmt: skip
def test_a_founder_that_heirs_would_lose_something_of_is_refused(
    tmp_path, tiny, write_study, algorithm, arguments, message
):
    algorithm("MlpPolicy", "CartPole-v1", **arguments, device="cpu").save(tmp_path / "founder.zip")
    write_study({**tiny, "founders": ["founder.zip"]})
    [said] = typed(tmp_path, "check", code=2).splitlines()
    assert re.search(rf"params\.yaml: generations\.first: founders\.0: expected {message}", said)
    write_study({**tiny, "founders": ["founder.zip"], "inherit": {"operator": "distil"}})
    assert "can run" in typed(tmp_path, "check")


def test_a_founder_that_is_not_there_is_one_line(tmp_path, tiny, write_study):
    write_study({**tiny, "founders": ["nobody.zip"]})
    [said] = typed(tmp_path, "check", code=2).splitlines()
    assert said.endswith(
        "params.yaml: founders.0: expected a Stable-Baselines3 model, got nobody.zip: cannot be read: No such file or "
        "directory"
    )


def test_a_generation_whose_networks_are_smaller_than_its_parents_is_refused(tmp_path, tiny, write_study):
    narrow = {"hyperparameters": {**tiny["algorithm"]["hyperparameters"], "policy_kwargs": {"net_arch": [32]}}}
    tiny["generations"]["second"]["algorithm"] = narrow
    write_study(tiny)
    [said] = typed(tmp_path, "check", code=2).splitlines()
    assert "generations.second: heirs of first: expected a place for the parent's mlp_extractor.policy_net.2" in said
    assert "policy_kwargs: {net_arch: {pi: [64, 64], vf: [64, 64]}}" in said
