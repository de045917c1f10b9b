"""A gate that waits is shown on the run of the whole study, and told to whoever asked to be told."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import SimpleNamespace

import pytest
from prefect import flow, get_client, runtime
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.states import Paused, Running

from heredity.orchestration import session, waiting
from heredity.orchestration.waiting import BLOCK, WAITING, shown_waiting

pytestmark = [pytest.mark.study, pytest.mark.usefixtures("server")]


@pytest.fixture
def webhook():
    """Yield what a web server on this machine is told, and its address."""
    told = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            told.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield told, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def block():
    """Return a function that saves a notification block under the name that is looked for."""

    def save(url):
        sent = {"title": "{{subject}}", "text": "{{body}}"}
        CustomWebhookNotificationBlock(name="ours", url=url, json_data=sent).save(BLOCK, overwrite=True)

    yield save
    CustomWebhookNotificationBlock.delete(BLOCK)


def states_of_the_study(*gates):
    """Return the states of a study's run while gates of it wait, one within the other, and after each."""
    seen = []

    def look(run_id):
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(run_id).state
        seen.append((state.name, (state.message or "").partition(":")[0]))

    @flow
    def generation(study, names):
        with shown_waiting(names[0], "tiny", f"may {names[0]} have heirs?"):
            look(study)
            if names[1:]:
                generation(study, names[1:])
        look(study)

    @flow
    def whole():
        run_id = runtime.flow_run.id
        current = SimpleNamespace(run_id=run_id, waiting={}, waiting_lock=Lock())
        token = session._current.set(current)
        try:
            generation(run_id, gates)
        finally:
            session._current.reset(token)

    whole()
    return seen


def test_the_studys_run_says_which_gates_wait_and_a_webhook_is_told_of_each(webhook, block):
    told, url = webhook
    block(url)
    assert states_of_the_study("first", "second") == [
        (WAITING, "first"),
        (WAITING, "first, second"),
        (WAITING, "first"),
        ("Running", ""),
    ]
    assert [each["title"] for each in told] == [
        "tiny: the gate of first waits for an answer",
        "tiny: the gate of second waits for an answer",
    ]
    assert told[0]["text"].startswith("may first have heirs?\n\nhttp")
    assert "/runs/flow-run/" in told[0]["text"]


def test_a_message_that_cannot_be_sent_stops_no_study(block, free_port, caplog):
    block(f"http://127.0.0.1:{free_port}/")
    assert states_of_the_study("first")[-1] == ("Running", "")
    assert [line for line in caplog.messages if line.startswith("nobody was told: ")]


def test_nobody_is_told_where_nobody_asked_to_be(caplog):
    assert waiting._blocks() == []
    assert states_of_the_study("first")[0] == (WAITING, "first")
    assert not [line for line in caplog.messages if line.startswith("nobody was told")]


def test_a_gate_of_a_run_that_ends_waits_no_longer():
    @flow
    def generation():
        """Do nothing."""

    with get_client(sync_client=True) as client:
        run_id = client.create_flow_run(generation, state=Running()).id
        client.set_flow_run_state(run_id, Paused(timeout_seconds=60))
        assert client.read_flow_run(run_id).state.is_paused()
        session._cancel([str(run_id)])
        assert client.read_flow_run(run_id).state.name == "Cancelled"
        client.delete_flow_run(run_id)
        session._cancel([str(run_id)])  # a server that has forgotten it stops nothing
