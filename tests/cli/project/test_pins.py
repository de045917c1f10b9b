"""A requirements.txt moved to what is installed."""

import pytest

from heredity.cli.project import pins as module
from heredity.cli.project.pins import moved
from heredity.cli.project.requirements import Origin

INSTALLED = {"gymnasium": "1.3.0", "jax": "0.9.0", "mypkg": "2.0", "numpy": "2.2.0", "torch": "2.13.0"}
NOW = Origin("0.3.0")


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    monkeypatch.setattr(module, "installed_version", lambda name: INSTALLED.get(name.lower()))
    monkeypatch.setattr(module, "COMPUTING", {"gymnasium": ("gymnasium",), "jax": ("jax",), "numpy": ("numpy",)})


def pinned(line, *, extras=""):
    """Return what becomes of a line among others that are as they should be."""
    head = f"heredity{extras}==0.2.0\n"
    text = moved(f"{head}{line}\ngymnasium==1.3.0\nnumpy==2.2.0\n", NOW).text
    assert text.endswith("\ngymnasium==1.3.0\nnumpy==2.2.0\n")
    return text.removeprefix(head.replace("0.2.0", "0.3.0")).removesuffix("\ngymnasium==1.3.0\nnumpy==2.2.0\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("torch==2.6.0", "torch==2.13.0"),
        ("Torch == 2.6.0  # the last one on ROCm", "Torch == 2.13.0  # the last one on ROCm"),
        ("mypkg[all]==1.0; python_version < '4'", "mypkg[all]==2.0; python_version < '4'"),
        ("mypkg==1.0\r", "mypkg==2.0\r"),
        ("torch>=2.6", "torch>=2.6"),
        ("torch==2.*", "torch==2.*"),
        ("torch==2.6.0,!=2.7", "torch==2.6.0,!=2.7"),
        ("torch==2.6.0 \\\n    --hash=sha256:00", "torch==2.6.0 \\\n    --hash=sha256:00"),
        ("absent==1.0", "absent==1.0"),
        ("# torch==2.6.0", "# torch==2.6.0"),
        ("-e ../mine", "-e ../mine"),
        ("mine @ git+https://example.org/mine.git@c0ffee", "mine @ git+https://example.org/mine.git@c0ffee"),
        ("", ""),
    ],
)
def test_exact_versions_move_to_what_is_installed_and_every_other_line_stays(before, after):
    assert pinned(before) == after


def test_what_moved_and_what_could_not_is_told():
    now = moved("heredity==0.2.0\ngymnasium==1.3.0\nnumpy==2.1.0\nabsent==1.0  # mine\n", NOW)
    assert (now.moves, now.kept) == ({"numpy": ("2.1.0", "2.2.0")}, ("absent==1.0  # mine",))


@pytest.mark.parametrize(
    ("before", "origin", "after"),
    [
        ("heredity==0.2.0", NOW, "heredity==0.3.0"),
        ("Heredity[cohort, dvc] == 0.2.0  # ours", NOW, "heredity[cohort, dvc]==0.3.0  # ours"),
        ("# heredity 0.2.0: h.whl, sha256 00\nheredity[dvc]==0.2.0", NOW, "heredity[dvc]==0.3.0"),
        ("heredity[dvc]", Origin("0.3.0", note="n"), "# heredity 0.3.0: n\nheredity[dvc]==0.3.0"),
        ("heredity @ git+https://e.org/h@c0ffee#subdirectory=py  # ours", Origin("0.3.0", "git+https://e.org/h@beef"),
         "heredity @ git+https://e.org/h@beef  # ours"),
        ("# heredity is what this is for\nheredity==0.2.0", NOW, "# heredity is what this is for\nheredity==0.3.0"),
    ],
)  # fmt: skip
def test_the_line_of_heredity_is_as_init_would_write_it_with_the_extras_that_it_had(before, origin, after):
    rest = "\ngymnasium==1.3.0\njax==0.9.0\nnumpy==2.2.0\n"
    assert moved(f"# mine\n{before}{rest}", origin).text == f"# mine\n{after}{rest}"


def test_what_a_newer_version_computes_with_is_added_where_its_extra_is_named():
    before = "heredity==0.2.0\ngymnasium==1.3.0"
    assert moved(before, NOW).text == "heredity==0.3.0\ngymnasium==1.3.0\nnumpy==2.2.0\n"
    for extras in ("cohort", "dvc, cohort", "all"):
        text = moved(before.replace("heredity", f"heredity[{extras}]"), NOW).text
        assert text.endswith("gymnasium==1.3.0\njax==0.9.0\nnumpy==2.2.0\n")


def test_where_no_line_names_heredity_it_is_told_and_nothing_is_added():
    now = moved("-e ../heredity\nnumpy==2.1.0\n", NOW)
    assert (now.text, now.names_heredity) == ("-e ../heredity\nnumpy==2.2.0\n", False)


def test_a_local_part_is_moved_with_its_version(monkeypatch):
    monkeypatch.setattr(module, "version", lambda name: f"{INSTALLED[name]}+cpu")
    assert pinned("torch==2.6.0+cpu") == "torch==2.13.0+cpu"


def test_it_is_as_it_is_to_be_after_one_time():
    once = moved("# mine\nheredity[cohort]==0.2.0\nnumpy==2.1.0", Origin("0.3.0", note="from a wheel")).text
    assert moved(once, Origin("0.3.0", note="from a wheel")).text == once
