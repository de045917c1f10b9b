"""Whatever stands round a command: the same bytes, or one line that says what is missing and what to type."""

import os
import py_compile
import subprocess
import sys
from math import inf
from pathlib import Path
from types import SimpleNamespace

import pytest

from heredity.pipeline import surroundings
from heredity.pipeline.surroundings import enter, mend_bytecode, mend_variables, other_instructions, too_tight, unfit
from tests.examples import CHECKOUT

ENTER = "from heredity.pipeline.surroundings import enter; enter()\n"


def shell(line, code="", cwd=CHECKOUT, **environment):
    """Run a line of bash in which `$PYTHON` runs code that has entered; return exit code and bytes."""
    surrounding = {**os.environ, "PYTHONPATH": str(CHECKOUT), "CODE": ENTER + code, "PY": sys.executable, **environment}
    done = subprocess.run(["bash", "-c", line], cwd=cwd, env=surrounding, capture_output=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("system", "line"),
    [
        (("win32", 0, []), "expected Linux or macOS, got Windows; type: wsl --install"),
        (("linux", 2, []), "expected docstrings, which charts are made from, got python -OO; type: unset"),
        (("linux", 0, ["error"]), "expected warnings to warn, got -W error, by which"),
        (("darwin", 0, ["default", "e::BytesWarning"]), "expected warnings to warn, got -W e::BytesWarning, by which"),
    ],
)
def test_what_no_command_can_work_with_is_one_line(system, line):
    assert unfit(*system).startswith(line)


def test_what_commands_can_work_with_is_taken():
    assert unfit("linux", 1, ["default", "ignore::DeprecationWarning"]) is None
    assert unfit("darwin", 0, []) is None


def test_windows_is_refused_at_the_door(monkeypatch, capsys):
    monkeypatch.setattr(sys, "platform", "win32")
    enter.cache_clear()
    with pytest.raises(SystemExit, match="2"):
        enter()
    enter.cache_clear()
    assert capsys.readouterr().err.splitlines() == [f"error: {unfit('win32', 0, [])}"]


@pytest.mark.study
@pytest.mark.parametrize("door", ["stages.train first", "heredity.cli tree", "flows.study"])
def test_every_door_looks_round_before_it_loads_anything(door):
    code, out, err = shell(f"$PY -OO -X importtime -m {door}")
    lines = [line for line in err.decode().splitlines() if not line.startswith("import time:")]
    assert (code, out, lines) == (2, b"", [f"error: {unfit('linux', 2, [])}"])
    assert not any(name in err for name in (b"torch", b"numpy", b"pydantic", b"prefect"))


def test_a_package_that_was_not_typed_changes_nothing(monkeypatch):
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "stages.train", "first"])
    monkeypatch.setattr(sys, "argv", ["-m"])
    entered = []
    monkeypatch.setattr(surroundings, "enter", lambda: entered.append(True))
    surroundings.enter_if_typed("flows")
    assert entered == []
    surroundings.enter_if_typed("stages")
    assert entered == [True]


@pytest.mark.study
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_what_is_printed_into_a_closed_stream_goes_into_no_file(closed, tmp_path):
    code = "import os\nwith open('study', 'w') as file:\n for n in (1, 2): os.write(n, b'stray')\n file.write('study')"
    assert shell(f'$PY -c "$CODE" {closed}', code, tmp_path)[0] == 0
    assert (tmp_path / "study").read_text() == "study"


@pytest.mark.study
def test_text_that_an_encoding_lacks_is_written_all_the_same():
    code, out, err = shell('$PY -c "$CODE"', "print('mean ≥ 20…')", PYTHONIOENCODING="ascii")
    assert (code, out, err) == (0, b"mean \\u2265 20\\u2026\n", b"")


@pytest.mark.study
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("much", [1, 100_000])
def test_a_full_standard_output_is_one_line(much):
    code, _, err = shell('$PY -c "$CODE" >/dev/full', f"print('x' * {much})")
    assert (code, err) == (2, b"error: standard output: No space left on device\n")


@pytest.mark.study
@pytest.mark.parametrize("much", [1, 100_000])
def test_a_reader_who_has_had_enough_is_no_trouble(much):
    code, out, err = shell('$PY -c "$CODE" | true; echo ${PIPESTATUS[0]}', f"print('x' * {much})")
    assert (code, out, err) == (0, b"1\n", b"")


def test_variables_that_change_results_are_set_aside_and_those_that_name_gpus_are_not():
    of_gpus = {"CUDA_VISIBLE_DEVICES": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    variables = {
        "JAX_ENABLE_X64": "1",
        "XLA_FLAGS": "--xla_cpu_enable_fast_math",
        "NVIDIA_TF32_OVERRIDE": "1",
        "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE": "1",
        "OMP_NUM_THREADS": "64",
        **of_gpus,
        "A": "",
    }
    mend_variables(variables)
    assert variables == {
        **of_gpus,
        "A": "",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def test_whoever_asks_for_another_cpu_is_told(capsys):
    assert other_instructions({"MKL_CBWR": ""}) == ""
    mend_variables({"ATEN_CPU_CAPABILITY": "default"})
    line = "ATEN_CPU_CAPABILITY=default: the last bits of results are those of another CPU family\n"
    assert capsys.readouterr().err == line


@pytest.mark.study
@pytest.mark.parametrize(
    ("limit", "line"),
    [
        ("ulimit -n 24", b"error: ulimit -n: expected at least 64 open files, got 24; type: ulimit -n 4096\n"),
        ("ulimit -t 5", b"error: ulimit -t: expected at least 10 seconds, got 5; type: ulimit -t unlimited\n"),
        (
            "ulimit -v 400000",
            b"error: ulimit -v: expected at least 524288 KiB of memory, got 400000; type: ulimit -v unlimited\n",
        ),
        ("umask 0777", b"error: umask: expected one that leaves you your own files, got 0777; type: umask 022\n"),
    ],
)
def test_a_limit_that_is_too_tight_is_one_line(limit, line):
    assert shell(f'{limit}; $PY -c "$CODE"') == (2, b"", line)


@pytest.mark.study
def test_more_open_files_are_taken_where_they_are_allowed():
    code = "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    assert shell('ulimit -Sn 100; ulimit -Hn 512; $PY -c "$CODE"', code) == (0, b"(512, 512)\n", b"")


@pytest.mark.study
def test_the_end_of_processor_time_is_one_line():
    code, _, err = shell('ulimit -St 1; ulimit -Ht 20; $PY -c "$CODE"', "while True: pass")
    assert (code, err.decode().split(";")[0]) == (2, "error: the processor time that ulimit -t allows is over")


def test_an_umask_that_keeps_files_from_others_alone_is_taken():
    before = os.umask(0o077)
    try:
        assert too_tight() is None
    finally:
        os.umask(before)


@pytest.mark.parametrize(
    ("free", "limit", "writes"), [(65 << 20, inf, True), (63 << 20, inf, False), (1 << 40, 1e6, False)]
)
def test_no_bytecode_is_kept_where_half_of_it_may_be(free, limit, writes, monkeypatch):
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=free >> 12, f_frsize=1 << 12))
    monkeypatch.setattr(surroundings, "limit", lambda _: (limit, limit))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    environment = {}
    mend_bytecode(environment)
    assert (sys.dont_write_bytecode, environment) == (
        (False, {}) if writes else (True, {"PYTHONDONTWRITEBYTECODE": "1"})
    )


@pytest.mark.study
def test_half_a_pyc_is_one_line(tmp_path):
    (tmp_path / "cut.py").write_text("x = 1\n")
    cached = Path(py_compile.compile(tmp_path / "cut.py"))
    cached.write_bytes(cached.read_bytes()[:-4])
    code, out, err = shell('"$PY" -c "$CODE"', "import cut", cwd=tmp_path, PYTHONPATH=f"{tmp_path}:{CHECKOUT}")
    assert (code, out) == (2, b"")
    assert err.startswith(
        b"error: a module's .pyc: expected all of it, got half, as a full disk leaves it; type: find ."
    )
    assert len(err.splitlines()) == 1


def test_a_command_looks_for_that_first():
    code, out, _ = shell(
        'ulimit -f 1000; "$PY" -c "$CODE"', "import sys; print(sys.dont_write_bytecode)", PYTHONDONTWRITEBYTECODE=""
    )
    assert (code, out) == (0, b"True\n")


def test_a_directory_that_is_gone_is_no_trouble_of_bytecode(tmp_path, monkeypatch):
    (gone := tmp_path / "gone").mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    environment = {}
    mend_bytecode(environment)
    assert environment == {}
