"""A gate that asks: in the UI, in approvals.yaml, and by both doors."""

import json
import threading
import time

import pytest
from prefect import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateName

from flows.study import study
from heredity.errors import GateError
from heredity.gate.approval import Approval, answered, evaluation_digest, required, write_answer

ADA = Approval(answer="promote", by="Ada", note="walks well", evaluation="3f2a9c41d07be5aa")


@pytest.fixture
def asking(project):
    """Return the finished study with a gate that now asks."""
    project.replace("params.yaml", "when_none: best", "when_none: best\n  approval: required")
    return project


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "approvals.yaml"
    path.write_text("# kept\nlarge: {answer: refuse, by: Bob, note: no, evaluation: 0000}\n")
    return path


def test_an_answer_is_written_beside_the_others_and_read_back(file):
    write_answer("small", ADA, file)
    assert file.read_text() == (
        "# kept\nlarge: {answer: refuse, by: Bob, note: no, evaluation: 0000}\n"
        "small: {answer: promote, by: Ada, note: walks well, evaluation: 3f2a9c41d07be5aa}\n"
    )
    assert answered("small", "3f2a9c41d07be5aa", file) == ADA


def test_an_answer_holds_only_for_the_evaluation_it_was_given_on(file):
    write_answer("small", ADA, file)
    assert answered("small", "another", file) is None
    line = r"small: {answer: promote, by: your name, note: why, evaluation: another}"
    with pytest.raises(GateError, match=f"write the line  {line}"):
        required("small", "another", file)


def test_a_first_answer_leaves_the_comments(file):
    file.write_text("# kept\n{}\n")
    write_answer("small", ADA, file)
    assert file.read_text().startswith("# kept\nsmall: {answer: promote")


@pytest.mark.parametrize("digest", ["1234567890123456", "12e4567890123456"])
def test_a_digest_that_looks_like_a_number_is_written_and_asked_for_in_quotes(file, digest):
    approval = ADA.model_copy(update={"evaluation": digest})
    write_answer("small", approval, file)
    assert answered("small", digest, file) == approval
    file.write_text("{}\n")
    with pytest.raises(GateError, match=f"evaluation: '{digest}'"):
        required("small", digest, file)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("- a", r"expected a mapping of generations, got \['a'\]"), ("a: [", "line 1"), ("a: &a [*a]", "too deep")],
)
def test_a_file_that_holds_no_answers_is_refused(file, text, reason):
    file.write_text(text)
    for refused in (lambda: answered("small", "abc", file), lambda: write_answer("small", ADA, file)):
        with pytest.raises(GateError, match=rf"approvals\.yaml: .*{reason}"):
            refused()
    assert file.read_text() == text


def test_a_malformed_answer_is_refused_with_its_key(file):
    file.write_text("small: {answer: maybe, by: Ada, evaluation: abc}\n")
    with pytest.raises(GateError, match=r"small.answer: expected promote or refuse, got 'maybe'"):
        answered("small", "abc", file)


def answer_in_the_ui(answers, seconds=60):
    """Resume paused flow runs with the given answers, in the order in which they pause."""
    paused = FlowRunFilter(state=FlowRunFilterState(name=FlowRunFilterStateName(any_=["Paused"])))
    with get_client(sync_client=True) as client:
        for answer in answers:
            deadline = time.monotonic() + seconds
            while not (runs := client.read_flow_runs(flow_run_filter=paused)):
                assert time.monotonic() < deadline, "no flow run has paused"
                time.sleep(0.3)
            client.resume_flow_run(runs[0].id, run_input=answer)


@pytest.mark.slow
@pytest.mark.usefixtures("server")
def test_the_flow_asks_and_both_doors_give_the_answer(asking):
    answers = [
        {"answer": "promote", "by": "Ada", "note": "walks well"},
        {"answer": "refuse", "by": "Bob", "note": "too wild"},
    ]
    person = threading.Thread(target=answer_in_the_ui, args=(answers,))
    person.start()
    state = study(project=str(asking.path), return_state=True)
    person.join()
    assert state.is_completed(), state.message
    lineage = asking.path / "lineage"
    first, second = (json.loads((lineage / name / "gate.json").read_text()) for name in ("first", "second"))
    assert (first["approval"]["by"], len(first["survivors"])) == ("Ada", 2)
    assert (second["approval"]["note"], second["survivors"]) == ("too wild", [])
    digest = evaluation_digest(lineage / "second/evaluation.csv")
    line = f"second: {{answer: refuse, by: Bob, note: too wild, evaluation: {digest}}}"
    assert line in (asking.path / "approvals.yaml").read_text()
    assert "up to date" in asking.run("dvc", "status")
    assert "Running stage" not in asking.run("dvc", "repro")


@pytest.mark.slow
@pytest.mark.usefixtures("server")
def test_an_approval_that_times_out_says_which_line_to_write(asking):
    state = study(project=str(asking.path), approval_timeout_seconds=2, return_state=True)
    assert state.is_failed()
    assert "write the line  first: {answer: promote" in state.message


@pytest.mark.study
def test_a_study_stops_at_the_gate_until_the_line_is_written(asking):
    with pytest.raises(
        GateError, match=r"^gate@first: expected an answer in approvals\.yaml on this evaluation, got none"
    ) as said:
        asking.repro()
    line = str(said.value).split("write the line  ")[1].split("  (or")[0].replace("your name", "Ada")
    (asking.path / "approvals.yaml").write_text(line + "\n")
    with pytest.raises(GateError, match=r"^gate@second: expected an answer"):
        asking.repro()
    assert json.loads((asking.path / "lineage/first/gate.json").read_text())["approval"]["by"] == "Ada"
