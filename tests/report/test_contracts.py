"""The page reads what the gate and the comparison really write."""

import numpy as np

from heredity.curves import as_arrays
from heredity.files import write_json
from heredity.gate import GateRule, decide
from heredity.report.page import charts, page
from heredity.report.tables import gate_table
from heredity.report.verdict import verdict
from heredity.transfer import compare

RETURNS = {"m00": [120.0, 121.0, 119.0, 120.0], "m01": [100.0, 99.0, 101.0, 100.0], "m02": [20.0, 21.0, 19.0, 20.0]}


def test_a_decision_of_the_gate_is_drawn(written):
    story = written.write()
    returns = {member: np.array(played) for member, played in RETURNS.items()}
    decision = decide(returns, GateRule(), threshold=100.0, null_returns={"random": [20.0, 22.0]})
    write_json(written.root / "lineage" / "first" / "gate.json", decision.to_dict())
    story = written.read()
    assert set(story.outcomes[0].decision["candidates"]) == set(RETURNS)
    assert "120.0" in page(story, charts(story))
    assert [row[0] for row in gate_table(story.outcomes[0]).rows] == ["m00", "m01", "m02", "random"]


def test_a_comparison_is_told(written):
    second = written.write().outcomes[1]
    inherited, control = ({m: as_arrays(curve) for m, curve in arm.curves.items()} for arm in second.arms)
    sources = {"m00": 1000, "m01": 600, "m02": 0}
    told = compare(inherited, control, threshold=100.0, budget=1000, source_steps=sources, seed=0).to_dict()
    written.transfers = {"second": {**told, "source_steps": sources}}
    story = written.write()
    assert verdict("second", story.outcomes[1].transfer).startswith("On second ")
    assert "<h2>Transfer</h2>" in page(story, charts(story))
