"""The gate of a generation on one of its controls: the same rule, on what the control's members returned."""

from heredity.errors import HeredityError
from heredity.evaluation.failures import read_failures
from heredity.gate.lineages import merged
from heredity.gate.record import EpisodeSeeds, GateRecord, write_gate
from heredity.layout import ArmFolder
from heredity.pipeline.deciding import decisions_of, stored_returns
from heredity.pipeline.inputs.gate import GateInput
from heredity.study.lineages import ALONE


def write_control_gate(gate: GateInput, arm: ArmFolder, control: str) -> None:
    """Decide who of a control is compared, and write that. Raises GateError where the returns cannot be judged."""
    try:
        decisions = decisions_of(gate, stored_returns(arm))
    except HeredityError as error:
        raise error.saying(f"the control {control}: {error}") from None
    failed = {failure.member: failure.reason for failure in read_failures(arm.failures)}
    seeds = EpisodeSeeds("report", gate.seeds.evaluation(), gate.episodes) if ALONE in decisions else None
    write_gate(arm.gate, GateRecord.of(merged(decisions), seeds=seeds, failed=failed or None))
