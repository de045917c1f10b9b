"""What a project is made from lies in a checkout where git has it, and in a wheel in one folder."""

import shutil

import pytest

from heredity.cli.project import template as module
from heredity.cli.project.template import RECIPES, checkout, template
from heredity.errors import HeredityError
from tests.examples import CHECKOUT

OWN = {"README.md", "params.yaml", "founders.yaml", ".gitignore", ".dvcignore", "tests/test_study.py"}


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Lay the templates out as a wheel has them, and return their folder."""
    packed = tmp_path / "site-packages" / "heredity" / "template"
    shutil.copytree(CHECKOUT / "template", packed)
    for name in RECIPES:
        source = CHECKOUT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, packed / name)
    (packed / "stages" / "__pycache__").mkdir(exist_ok=True)
    (packed / "stages" / "__pycache__" / "gate.cpython-311.pyc").write_bytes(b"bytecode")
    monkeypatch.setattr(module, "LIBRARY", packed.parent)
    monkeypatch.setattr(module, "PACKED", packed)
    monkeypatch.setattr(module, "OWN", packed.parent.parent / "template")
    return packed


def test_a_checkout_has_its_own_recipes_and_the_templates_of_the_rest():
    files = template()
    assert OWN | {"approvals.yaml", "dvc.yaml", "prefect.yaml", "stages/gate.py", "flows/study.py"} <= files.keys()
    assert files["stages/gate.py"] == (CHECKOUT / "stages" / "gate.py").read_bytes()
    assert checkout() == CHECKOUT


def test_a_wheel_has_the_same_and_no_bytecode_of_it(installed):
    from_wheel = template()
    assert checkout() is None
    shutil.rmtree(installed)
    assert not [name for name in from_wheel if "__pycache__" in name]
    assert from_wheel.keys() >= OWN | {"stages/gate.py"}
    assert from_wheel["stages/gate.py"] == (CHECKOUT / "stages" / "gate.py").read_bytes()


def test_an_installation_without_templates_is_refused(installed):
    shutil.rmtree(installed)
    with pytest.raises(HeredityError, match=r"expected the templates of a project in .*, got none; install heredity"):
        template()
