"""A gate that asks: the flow pauses, a person answers in the UI, and the answer is written to approvals.yaml."""

from typing import Literal

from prefect import pause_flow_run
from prefect.exceptions import FlowPauseTimeout
from prefect.input import RunInput
from pydantic import Field

from flows.artifacts import gate_rows
from flows.room import room
from heredity.approval import Approval, answered, evaluation_digest, required, write_answer
from heredity.params import Study
from heredity.settled import ended
from stages.common import LINEAGE
from stages.gate import plan

POLL_SECONDS = 2


class Answer(RunInput):
    """The form that the UI shows."""

    answer: Literal["promote", "refuse"] = "promote"
    by: str = Field("", description="your name")
    note: str = Field("", description="why")


def ask(study: Study, generation: str, timeout_seconds: int) -> None:
    """Pause until somebody answers, where the gate requires it and this evaluation has no answer yet.

    Raises GateError with the line to write when the time is over.
    """
    if study.generations[generation].gate.approval == "none" or ended(LINEAGE / generation):
        return
    digest = evaluation_digest(LINEAGE / generation / "evaluation.csv")
    if answered(generation, digest):
        return
    form = Answer.with_initial_data(description=_question(study, generation), answer="promote")
    try:
        given = pause_flow_run(
            form, timeout=timeout_seconds, poll_interval=POLL_SECONDS, key=f"{generation}-{digest}"
        )  # fmt: skip
    except FlowPauseTimeout:
        required(generation, digest)
        return
    with room().gates:
        approval = Approval(
            answer=given.answer, by=given.by or "unnamed, in the Prefect UI", note=given.note, evaluation=digest
        )
        write_answer(generation, approval)


def _question(study: Study, generation: str) -> str:
    """Return the gate's table as the form shows it, in Markdown."""
    decision = plan(study, generation)
    rows = gate_rows(decision.to_dict()["candidates"])
    table = [f"| {row['member']} | {row['mean']:.4g} | {row['passed']} | {row['reason']} |" for row in rows]
    head = [f"**{generation}**: may {', '.join(decision.survivors)} have heirs?", ""]
    return "\n".join([*head, "| member | mean | passed | reason |", "|---|---|---|---|", *table])
