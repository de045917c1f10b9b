"""Which files are heredity's, and by which digest they are known."""

import json

import pytest

from heredity.cli.project.graph import graph
from heredity.cli.project.recipes import RECORD, Record, digest, read_record, recorded, titled, with_its_own
from heredity.errors import HeredityError
from tests.examples import CHECKOUT

GRAPH = graph((CHECKOUT / "dvc.yaml").read_text(), "requirements.txt", ()).encode()
VALID = {"heredity": "0.2.0", "recipes": {"stages/gate.py": "0" * 64}}


def made(*sources):
    return graph((CHECKOUT / "dvc.yaml").read_text(), "requirements.txt", sources).encode()


def test_numbers_and_answers_of_people_are_no_recipes():
    names = ("params.yaml", "approvals.yaml", "founders.yaml", "README.md", "stages/gate.py")
    assert recorded("0.2.0", dict.fromkeys(names, b"")).recipes.keys() == {"README.md", "stages/gate.py"}


@pytest.mark.parametrize("sources", [(), ("mine.py",), ("mypkg", "größe 'x'.zip", "${odd}.py")])
def test_a_graph_is_known_whatever_else_its_study_depends_on(sources):
    assert digest("dvc.yaml", made(*sources)) == digest("dvc.yaml", GRAPH)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"${packages}", stages]', b'"${packages}"]'),
        (b"stages.gate", b"stages.gates"),
        (b"stages:\n", b"stages:\n  mine: {cmd: make}\n"),
        (b"stages]", b"stages,  # and what is mine\n           mine.py]"),
        (b"code: requirements.txt", b"code: heredity"),
        (b"stages:", b"stages: ["),
    ],
    ids=["one less", "another command", "another stage", "a remark", "another variable", "no YAML"],
)
def test_a_graph_that_its_owner_has_changed_is_another(old, new):
    assert old in GRAPH
    assert digest("dvc.yaml", GRAPH.replace(old, new, 1)) != digest("dvc.yaml", GRAPH)


def test_a_readme_is_known_under_any_title_and_a_file_with_any_line_ends():
    assert digest("README.md", b"# mine\n\nText\n") == digest("README.md", b"# yours\n\nText\n")
    assert digest("README.md", b"# mine\n\nText\n") != digest("README.md", b"# mine\n\nText, changed\n")
    assert digest("stages/gate.py", b"# mine\n") != digest("stages/gate.py", b"# yours\n")
    assert digest("stages/gate.py", b"one\r\ntwo\r\n") == digest("stages/gate.py", b"one\ntwo\n")


def test_what_is_the_projects_own_is_kept():
    assert with_its_own("README.md", b"# $study\n\nNew\n", b"# of $mine\n\nOld\n") == b"# of $mine\n\nNew\n"
    newer = GRAPH.replace(b"# train", b"# First train")
    assert with_its_own("dvc.yaml", newer, made("mypkg", "${odd}.py")) == newer.replace(
        b"stages]", b'stages, mypkg, "\\\\${odd}.py"]', 1
    )
    in_a_block = GRAPH.replace(
        b'deps: [params.yaml, "${code}", "${packages}", stages]',
        b"deps:\n    - mine.py\n    - params.yaml\n    - ${code}\n    - ${packages}\n    - stages",
    )
    assert with_its_own("dvc.yaml", GRAPH, in_a_block) == GRAPH.replace(b"stages]", b"stages, mine.py]", 1)
    assert with_its_own("stages/gate.py", b"new", b"old") == b"new"
    assert titled(b"# $study\n", "größe") == "# größe\n".encode()


def test_what_is_recorded_is_read(tmp_path):
    record = recorded("0.2.0", {"README.md": b"# a\n", "stages/gate.py": b""})
    (tmp_path / RECORD).write_bytes(record.written())
    assert read_record(tmp_path) == record
    assert list(json.loads(record.written())["recipes"]) == ["README.md", "stages/gate.py"]


def test_a_folder_that_is_no_made_project_is_told_what_to_type(tmp_path):
    line = r"expected a project that heredity init has made, got no recipes\.json; .*make one: heredity init$"
    with pytest.raises(HeredityError, match=line):
        read_record(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<<<<<<< HEAD\n{}",
        "[]",
        json.dumps(VALID | {"more": 1}),
        json.dumps(VALID | {"heredity": "new"}),
        json.dumps(VALID | {"recipes": {"stages/gate.py": "short"}}),
        *(json.dumps(VALID | {"recipes": {path: "0" * 64}}) for path in ("../x", "/etc/x", "a//b", "", "a/../../b")),
    ],
)
def test_a_damaged_record_is_refused_with_how_to_get_it_back(tmp_path, text):
    (tmp_path / RECORD).write_text(text)
    with pytest.raises(HeredityError, match=r"recipes\.json: expected .*, got .*: git checkout HEAD -- recipes\.json$"):
        read_record(tmp_path)
    (tmp_path / RECORD).write_text(json.dumps(VALID))
    assert read_record(tmp_path) == Record.model_validate(VALID)
