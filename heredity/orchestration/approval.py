"""A gate that asks: the flow pauses, a person answers in the UI, and the answer is written to approvals.yaml."""

from collections.abc import Mapping
from typing import Any, Literal

from prefect import pause_flow_run
from prefect.exceptions import FlowPauseTimeout
from prefect.input import RunInput
from pydantic import Field

from heredity.errors import in_markdown, printable
from heredity.gate.approval import Approval, answered, evaluation_digest, required, write_answer
from heredity.gate.lineages import merged
from heredity.inheritance.pedigree import why_ended
from heredity.layout import Layout
from heredity.orchestration.session import session
from heredity.orchestration.waiting import shown_waiting
from heredity.pipeline.deciding import decisions_of, stored_returns
from heredity.pipeline.handouts import read_study_name
from heredity.pipeline.inputs.gate import GateInput
from heredity.pipeline.runner import read_input
from heredity.report.tables import gate_rows, survivors_text

POLL_SECONDS = 2


class Answer(RunInput):
    """The form that the UI shows."""

    answer: Literal["promote", "refuse"] = "promote"
    by: str = Field("", description="your name")
    note: str = Field("", description="why")


def ask(generation: str, timeout_seconds: int) -> None:
    """Pause until somebody answers, where the gate requires it and this evaluation has no answer yet.

    Raises GateError with the line to write when the time is over.
    """
    layout = Layout()
    given = read_input(GateInput, layout, generation)
    if given.rule.approval == "none" or why_ended(layout, generation):
        return
    digest = evaluation_digest(layout.arm(generation, "inherited").evaluation)
    if answered(generation, digest):
        return
    question = _question(given, layout)
    form = Answer.with_initial_data(description=question, answer="promote")
    key = f"{generation}-{digest}"
    try:
        with shown_waiting(generation, read_study_name(layout), question):
            answer = pause_flow_run(form, timeout=timeout_seconds, poll_interval=POLL_SECONDS, key=key)
    except FlowPauseTimeout:
        required(generation, digest)
        return
    with session().gate_lock:
        by = printable(answer.by) or "unnamed, in the Prefect UI"
        approval = Approval(answer=answer.answer, by=by, note=printable(answer.note), evaluation=digest)
        write_answer(generation, approval)


def _question(given: GateInput, layout: Layout) -> str:
    """Return the gate's table as the form shows it, in Markdown."""
    decision = merged(decisions_of(given, stored_returns(layout.arm(given.generation, "inherited"))))
    rows = [_row(row) for row in gate_rows(decision)]
    question = f"**{given.generation}**: may {survivors_text(decision)} have heirs?"
    return "\n".join([question, "", "| member | mean | bound | passed | reason |", "|---|---|---|---|---|", *rows])


def _row(row: Mapping[str, Any]) -> str:
    """Return one candidate's line; the reason is last, because the form is narrow and cuts it off."""
    mean, bound = ("–" if row[name] is None else f"{row[name]:.4g}" for name in ("mean", "bound"))
    return f"| {row['member']} | {mean} | {bound} | {'yes' if row['passed'] else 'no'} | {in_markdown(row['reason'])} |"
