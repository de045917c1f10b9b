import signal
import subprocess
import sys

STUCK = """
import itertools, time
from heredity import worker
from heredity.agents.boundary import watch

{sharing}
watch.STUCK_SECONDS = 0.5
watch.WATCH.begin(0.1)
watch.WATCH.end(0.0, 0.1)
time.sleep(1.5)  # of which none is the process's own time
print("begun", flush=True)
sum(itertools.islice(itertools.repeat(0), {repeats}))
"""


def ended(sharing, repeats):
    script = STUCK.format(sharing=sharing, repeats=repeats)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


def test_a_worker_that_nobody_can_end_any_more_is_ended_by_the_kernel():
    assert ended("worker.share(worker.Word())", 10**11) == (-signal.SIGVTALRM, "begun\n")


def test_whoever_is_no_worker_computes_as_long_as_it_likes():
    assert ended("", 5 * 10**7) == (0, "begun\n")
