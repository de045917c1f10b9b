"""What an environment may do to the process that plays it, by a word for each; loads next to nothing."""

import atexit
import ctypes
import os
import re
import signal
import subprocess
import threading
import time

ENDING = ("exit-0", "exit-3", "killed", "segfault", "abort")
FREEZING = ("holds-the-lock", "ignores-signals")
LEAVING = ("thread", "exit-handler", "child")
"""Modes by what they do to the process: end it, not return, leave something in it that does not end."""


def harm(mode):
    """Do what a mode is called."""
    match mode:
        case "exit-0":
            os._exit(0)
        case "exit-3":
            os._exit(3)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "segfault":
            ctypes.string_at(0)
        case "abort":
            os.abort()
        case "holds-the-lock":
            re.match("(a+)+$", "a" * 40 + "b")
        case "ignores-signals":
            signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
            time.sleep(100_000)
        case "thread":
            threading.Thread(target=time.sleep, args=(100_000,), daemon=False).start()
        case "exit-handler":
            atexit.register(time.sleep, 100_000)
        case "child":
            subprocess.Popen(["sleep", "100000"], close_fds=False)
        case "raises":
            raise RuntimeError("broken")
