"""What a study names: files inside the project, wrappers that are wrappers, sizes that fit into memory."""

import os

import pytest

from heredity.errors import HeredityError, StudyError
from heredity.pipeline.checked import checked_study
from heredity.reading import YAML_BYTES
from heredity.study.load import load_study
from heredity.study.paths import outside
from tests.here import here
from tests.study.test_load import put


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a project that is the working directory, beside a file of somebody else's."""
    (tmp_path / "secret.zip").touch()
    project = tmp_path / "project"
    (project / "models").mkdir(parents=True)
    monkeypatch.chdir(project)
    return project


def test_a_path_that_leaves_the_project_must_be_absolute(project):
    (project / "models" / "link.zip").symlink_to("../../secret.zip")
    (project / "models" / "inside.zip").symlink_to("../other.zip")
    (project / "loop").symlink_to("loop")
    secret = project.parent / "secret.zip"
    for name in ("../secret.zip", "models/../../secret.zip", "models/link.zip"):
        assert outside(name) == f"which leads to {secret}; write that absolute path if you mean it"
    for name in ("models/f.zip", "models/inside.zip", "models/../f.zip", str(secret), "..f.zip"):
        assert outside(name) is None
    assert outside("loop") == "which is no path"
    assert outside(".") == outside("") == "which is no file"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("founders", ["../secret.zip"], r"founders\.0: expected a file inside the project, got '\.\./secret\.zip', "),
        ("gate", {"rule": "champion", "champion": "../x.zip"}, r"first\.gate\.champion: expected a file inside"),
        ("gate.reference", "../x.zip", r"first\.gate\.reference: expected a file inside the project"),
        (
            "population",
            10**9,
            r"population: expected a positive .*, at most 10000, got 1000000000; write",
        ),
        ("algorithm.n_envs", 10**9, r"algorithm\.n_envs: expected a positive .*, at most 1024, got 1000000000"),
        ("generations.first.budget", 10**15, r"first\.budget: expected a positive .*, at most 1000000000000, got"),
        ("generations.first.threshold", 1e200, r"first\.threshold: expected the return .*, got 1e\+200"),
        ("seed", 10**30, r"seed: expected a number of at most 64 bits"),
        ("study", "x" * 65, r"study: expected a name .*, at most 64, got"),
        ("algorithm.hyperparameters.n_steps", 10**10, r"n_steps: expected a number of at most 100000000, got 10"),
        (
            "algorithm.hyperparameters.policy_kwargs",
            {"net_arch": {"pi": [10**6]}},
            r"hyperparameters\.policy_kwargs\.net_arch\.pi\.0: expected a number of at most 4096, got 1000000",
        ),
        (
            "algorithm.hyperparameters.policy_kwargs",
            {"net_arch": [1] * 65},
            r"policy_kwargs\.net_arch: expected at most 64 values, got 65",
        ),
        (
            "generations.first.env",
            {"id": "CartPole-v1", "wrappers": ["os.system"]},
            r"first\.env: expected the dotted path of a wrapper, got 'os\.system', which is no gymnasium\.Wrapper",
        ),
        ("generations.first.env", ".:X-v0", r"first\.env: \.:X-v0 needs the package \.: "),
        ("generations.first.env", "pip.__main__:X-v0", r"first\.env: pip\.__main__:X-v0|expected the id of a reg"),
        ("control.generations", ["second", "second"], r"control\.generations: expected every generation once"),
    ],
)
def test_a_study_that_reaches_too_far_is_refused(project, tiny, write_study, key, value, message):
    tiny["evaluate"]["null_policies"] = True
    put(tiny, key, value)
    path = write_study(tiny)
    with pytest.raises(StudyError, match=message) as refusal:
        checked_study(path.read_text(), path, here)
    assert "\n" not in str(refusal.value)


def test_names_of_generations_become_names_of_files(tiny, write_study):
    for name in ("../up", "a/b", "small\n", "x" * 65, "<script>", ".hidden", ""):
        tiny["generations"] = {name: {**tiny["generations"].popitem()[1], "after": "founders"}}
        tiny["control"]["generations"] = []
        with pytest.raises(StudyError, match=r"generations\..*: expected a name of at most 64 letters|text as a key"):
            load_study(write_study(tiny))


def test_a_study_is_a_small_regular_file(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("#" * (YAML_BYTES + 1))
    with pytest.raises(StudyError, match=rf"params\.yaml: {YAML_BYTES + 1} bytes, of at most {YAML_BYTES}"):
        load_study(path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(HeredityError, match=r"params\.yaml: a folder or device"):
        load_study(path)
