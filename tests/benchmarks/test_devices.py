"""What is measured on a GPU is told as it is, without one nothing is, and what failed is left out."""

import sys

import pytest

from benchmarks import devices

RATE = {"rate": 25e6, "iteration": 0.084, "compiling": 41.2, "memory": 2048 * 5 * 2**20}
PARTS = {"rollout": 0.02, "update": 0.06, "products": 0.0025, "flops": 1e11}
TOLD = {
    **{("rate", name, str(each)): RATE for name in ("doorkey", "cartpole") for each in (8, 2048)},
    **{("parts", name, "2048"): PARTS for name in ("doorkey", "cartpole")},
    ("lineage", "16"): {
        "heirs": 1.0, "training": 8.0, "evaluation": 1.5, "gate": 0.5, "whole": 11.0,
        "told": {"DoorKey": {"reached": 16, "median": 19456}},
    },
    ("control", "16"): {"seconds": 20.0, "reached": 4},
    ("cores", "8"): {"doorkey": 12.5e6, "cartpole": 5e6},
    "cached": {**RATE, "compiling": 2.04},
    "digests": [{"members": ["a", "b"], "alone": "b"}, {"members": ["a", "b"], "alone": "b"}],
}  # fmt: skip


def test_what_was_measured_is_told():
    text = devices.tables(TOLD, (8, 2048), 16)
    assert "| 2,048 | 25,000,000 | 41 | 5.0 | 25,000,000 | 41 | 5.0 |" in text
    assert "| 84.0 | 60.0 | 20.0 | 4.0 | 26.7 | 40.0 | 67% |" in text  # 16 visits of 1e11 in 60 ms
    assert "takes 11.0 s once it is compiled" in text and "4 reached it" in text
    assert "41 s cold, 2.0 s from the cache" in text and "2.0× on doorkey, 5.0× on cartpole" in text
    assert "come to the same bytes" in text and "tile to the same as among 64" in text


def test_bytes_that_differ_are_told():
    others = [{"members": ["a", "b"], "alone": "c"}, {"members": ["a", "x"], "alone": "b"}]
    text = devices.tables({**TOLD, "digests": others}, (8, 2048), 16)
    assert "come to other bytes" in text and "tile to others as among 64" in text


def test_what_failed_is_left_out():
    failed = {key: [{}, {}] if key == "digests" else {} for key in TOLD}
    text = devices.tables(failed, (8, 2048), 16)
    assert "TFLOP" in text and "takes" not in text and "Compiling" not in text and "bytes" not in text


def test_without_a_gpu_the_table_stays_as_it_is(monkeypatch, tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("<!-- generated devices: begin -->\nas it was\n<!-- generated devices: end -->")
    monkeypatch.setattr(devices, "visible_gpus", tuple)
    monkeypatch.setattr(devices, "figures", pytest.fail)
    monkeypatch.setattr(sys, "argv", ["devices", "--write", str(page)])
    devices.main()
    assert "as it was" in page.read_text() and "expected a GPU, got none" in capsys.readouterr().out
