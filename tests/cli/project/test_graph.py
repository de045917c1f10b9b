"""A project's dvc.yaml: this repository's, with `study` depending on what is the project's own."""

import pytest

from heredity.cli.project.graph import EVERYWHERE, dependencies, graph, own_dependencies, with_dependencies
from heredity.errors import HeredityError
from heredity.study.dialect import parse_as_dvc
from tests.examples import CHECKOUT

TEMPLATE = (CHECKOUT / "dvc.yaml").read_text()


def write(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_only_the_variables_and_the_dependencies_of_study_are_others():
    made, before = parse_as_dvc(graph(TEMPLATE, "requirements.txt", ["mine.py"])), parse_as_dvc(TEMPLATE)
    assert made["vars"] == [{"code": "requirements.txt", "packages": "requirements.txt"}]
    assert made["stages"]["study"]["deps"] == [*before["stages"]["study"]["deps"], "mine.py"]
    before["vars"], before["stages"]["study"]["deps"] = made["vars"], made["stages"]["study"]["deps"]
    assert made == before


def test_a_path_of_any_letters_is_read_by_dvc_as_it_is():
    odd = 'grün "zwei" $ {a}, b\'s.py'
    assert parse_as_dvc(graph(TEMPLATE, "requirements.txt", [odd]))["stages"]["study"]["deps"][-1] == odd
    variable = parse_as_dvc(graph(TEMPLATE, "requirements.txt", ["${key}.py"]))["stages"]["study"]["deps"][-1]
    assert variable == "\\${key}.py"


def test_what_is_a_projects_own_is_told_from_what_study_depends_on_everywhere():
    assert [*EVERYWHERE] == parse_as_dvc(TEMPLATE)["stages"]["study"]["deps"]
    made = graph(TEMPLATE, "requirements.txt", ["mypkg", "${odd}.py"])
    assert own_dependencies(made) == ["mypkg", "\\${odd}.py"]
    moved = with_dependencies(graph(TEMPLATE, "requirements.txt", []), own_dependencies(made))
    assert parse_as_dvc(moved) == parse_as_dvc(made)
    assert with_dependencies(made, []) == graph(TEMPLATE, "requirements.txt", [])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("stages: {study: {deps: [params.yaml]}}", r"expected study to depend on \$\{code\}, \$\{packages\}, stages"),
        ("stages: {study: {deps: {params.yaml: 1}}}", "expected the stage study with its dependencies"),
        ("stages: [study]", "expected the stage study with its dependencies"),
        ("stages: [", "line 1"),
        ("", "expected the stage study with its dependencies"),
    ],
)
def test_a_graph_without_them_has_none_of_its_own(text, line):
    with pytest.raises(ValueError, match=line):
        own_dependencies(text)


def test_a_remark_among_dependencies_is_not_lost_in_silence():
    text = TEMPLATE.replace("stages]\n", "stages,  # all of them\n           mine.py]\n", 1)
    with pytest.raises(ValueError, match="expected no remark"):
        with_dependencies(text, [])


def test_a_template_of_another_kind_is_refused():
    with pytest.raises(HeredityError, match=r"dvc.yaml: expected 'vars: .*' in heredity's template, got none"):
        graph(TEMPLATE.replace("packages: constraints.txt", "packages: other.txt"), "requirements.txt", [])


def test_a_package_of_the_project_is_a_folder_and_a_module_a_file(tmp_path):
    inner = write(tmp_path / "mypkg" / "inner" / "env.py")
    for folder in (inner.parent, inner.parent.parent):
        write(folder / "__init__.py")
    sources = [inner, inner.parent / "__init__.py", write(tmp_path / "mypkg" / "maps" / "one.txt")]
    assert dependencies([*sources, write(tmp_path / "alone.py")], tmp_path, None) == ["alone.py", "mypkg"]


def test_a_project_that_is_a_package_itself_is_no_folder_to_depend_on(tmp_path):
    sources = [write(tmp_path / "__init__.py"), write(tmp_path / "env.py")]
    assert dependencies(sources, tmp_path, tmp_path) == ["__init__.py", "env.py"]


def test_of_the_repository_around_it_files_are_named_and_of_elsewhere_none(tmp_path):
    project = tmp_path / "repository" / "studies" / "one"
    sources = [write(tmp_path / "repository" / "src" / "mypkg" / name) for name in ("__init__.py", "env.py")]
    stranger = write(tmp_path / "elsewhere" / "env.py")
    named = dependencies([*sources, stranger], project, tmp_path / "repository")
    assert named == ["../../src/mypkg/__init__.py", "../../src/mypkg/env.py"]
    assert dependencies(sources, project, None) == []
