"""Benchmarks take hours and run by hand: that each can still be imported is seen here."""

from importlib import import_module
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent.parent / "benchmarks"


@pytest.mark.parametrize("module", sorted(path.stem for path in BENCHMARKS.glob("*.py")))
def test_a_benchmark_can_be_imported(module):
    import_module(f"benchmarks.{module}".removesuffix(".__init__"))
