"""A flow that is asked to end says one line and ends, however often it is asked."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.examples import CHECKOUT

pytestmark = pytest.mark.study

FLOW = """
import time
from heredity.lifetime import unwinding
from heredity.orchestration.interruption import HOW_TO_GO_ON
with unwinding(HOW_TO_GO_ON):
    print("ready", flush=True)
    time.sleep(30)
"""


@pytest.mark.parametrize(
    "signals",
    [(signal.SIGINT,), (signal.SIGTERM,), (signal.SIGHUP,), (signal.SIGINT, signal.SIGTERM, signal.SIGINT)],
    ids=["Ctrl-C", "SIGTERM", "a closed terminal", "three of them"],
)
def test_it_ends_with_one_line_that_says_how_to_go_on(signals):
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    flow = subprocess.Popen(
        [sys.executable, "-c", FLOW], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert flow.stdout.readline() == "ready\n"
    for each in signals:
        flow.send_signal(each)
        time.sleep(0.02)
    _, said = flow.communicate(timeout=20)
    assert flow.returncode == 128 + signals[0]
    assert said == (
        "interrupted; what was trained until the last checkpoint is kept; to go on: python -m flows.study\n"
    )
