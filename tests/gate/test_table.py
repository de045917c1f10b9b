"""The terminal's table of a decision."""

from rich.console import Console

from heredity.gate import GateRule, decide
from heredity.gate.table import gate_table


def test_the_table_has_members_by_mean_then_null_policies():
    decision = decide(
        {"m00": [1.0, 2.0], "m01": [5.0, 6.0]}, GateRule(rule="mean"), threshold=4.0,
        null_returns={"constant": [0.0, 0.0], "random": [1.0, 1.0]},
    )  # fmt: skip
    console = Console(width=160)
    with console.capture() as captured:
        console.print(gate_table("small", decision))
    said = captured.get()
    assert said.startswith("small: m01 may have heirs; selection differential 2")
    lines = said[said.index("why") :].splitlines()[1:]
    assert [line.split()[0] for line in lines] == ["m01", "m00", "random", "constant"]
    assert lines[0].split()[-6:] == ["yes", "mean", "5.5", "≥", "threshold", "4"]
