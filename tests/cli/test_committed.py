"""Whether results are those of the committed dvc.lock."""

import json
import subprocess
from hashlib import md5

import pytest
from ruamel.yaml import YAML

from heredity.cli.committed import as_committed


def hashed(content):
    return md5(content).hexdigest()


@pytest.fixture
def project(tmp_path):
    (tmp_path / "models/l00").mkdir(parents=True)
    (tmp_path / "models/l00/m00.zip").write_bytes(b"weights")
    (tmp_path / "models/b.csv").write_bytes(b"")
    (tmp_path / "gate.json").write_bytes(b"{}")
    # as DVC hashes a folder: its files by their paths
    listed = [
        {"md5": hashed(b""), "relpath": "b.csv"},
        {"md5": hashed(b"weights"), "relpath": "l00/m00.zip"},
    ]
    folder = hashed(json.dumps(listed, sort_keys=True).encode()) + ".dir"
    (tmp_path / "study/small").mkdir(parents=True)
    (tmp_path / "study/small/train.json").write_text("{}")
    outs = [{"path": "models", "md5": folder}, {"path": "gate.json", "md5": hashed(b"{}")}]
    gone = [{"path": "lineage/gone/models", "md5": folder}]  # of a generation that the study had
    with (tmp_path / "dvc.lock").open("w") as file:
        YAML().dump(
            {"schema": "2.0", "stages": {"train@small": {"outs": outs}, "train@gone": {"outs": gone}, "study": {}}},
            file,
        )
    return tmp_path


def commit(project):
    for words in (
        ("init", "-q"),
        ("add", "dvc.lock"),
        ("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "x"),
    ):
        subprocess.run(["git", *words], cwd=project, check=True)


def test_results_with_the_hashes_of_the_committed_lock_are_its(project):
    assert not as_committed(project)  # of no commit
    commit(project)
    assert as_committed(project)


@pytest.mark.parametrize("path", ["models/l00/m00.zip", "gate.json", "dvc.lock", "models/new"])
def test_whatever_differs_makes_them_others(project, path):
    commit(project)
    with (project / path).open("ab") as file:
        file.write(b"\n")
    assert not as_committed(project)


def test_what_is_missing_or_damaged_is_not_the_committed(project):
    commit(project)
    (project / "gate.json").unlink()
    assert not as_committed(project)
    (project / "dvc.lock").write_text("stages: 3")
    commit(project)
    assert not as_committed(project)
