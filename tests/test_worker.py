"""How a process ends that has loaded much: with all that Python does at its end but unload."""

import subprocess
import sys

from tests.examples import CHECKOUT

LEAVES = """
import atexit, sys, threading, time, weakref
from heredity.worker import finish

class Held:
    def __del__(self):
        print("unloaded")

def late():
    time.sleep(0.1)
    print("thread")

def fails():
    raise SystemExit("handler")

held, other = Held(), Held.__new__(Held)
weakref.finalize(other, print, "finalized")
atexit.register(print, "handler")
atexit.register(fails)
threading.Thread(target=late).start()
sys.stdout.write("buffered\\n")
finish(3)
"""


def test_a_process_waits_for_its_threads_calls_its_handlers_and_writes_all_it_has_said_and_unloads_nothing():
    words = [sys.executable, "-c", LEAVES]
    done = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert done.stdout.splitlines() == ["buffered", "thread", "handler", "finalized"]
