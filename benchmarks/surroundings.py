"""What benchmarks/faults.py puts around a study: a disk of its own, a Prefect server, a tracker that never answers."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import httpx

STARTUP_SECONDS, PATIENCE_SECONDS = 120, 60


@dataclass(frozen=True)
class Disk:
    """A small file system."""

    path: Path

    def fill(self, leaving_kilobytes: int) -> None:
        """Take all room but this."""
        free = shutil.disk_usage(self.path).free - leaving_kilobytes * 1024
        with (self.path / "ballast").open("wb") as file:
            while free > 0:
                free -= file.write(bytes(min(free, 1 << 20)))

    def empty(self) -> None:
        """Give the room back."""
        (self.path / "ballast").unlink(missing_ok=True)

    def read_only(self, on: bool) -> None:
        """Refuse every writing, or allow it again; those who still write may take a while to die."""
        command = ("mount", "-o", f"remount,{'ro' if on else 'rw'}", str(self.path))
        deadline = time.monotonic() + PATIENCE_SECONDS
        while subprocess.run(command, check=time.monotonic() > deadline, capture_output=True).returncode:
            time.sleep(0.5)


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[Disk | None]:
    """Mount a file system in memory; None where that is not allowed."""
    path.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(path))
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield Disk(path)
    finally:
        subprocess.run(("umount", "--lazy", str(path)), check=True)


@contextmanager
def prefect_server(home: Path) -> Iterator[str]:
    """Yield the address of a Prefect server on this machine."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = (sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port))
    environment = {**os.environ, "PREFECT_HOME": str(home), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    home.mkdir()
    with (home / "server.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            url, deadline = f"http://127.0.0.1:{port}/api", time.monotonic() + STARTUP_SECONDS
            while time.monotonic() < deadline and not _answers(url):
                time.sleep(0.5)
            yield url
        finally:
            process.terminate()
            process.wait()


@contextmanager
def hanging_tracker() -> Iterator[dict[str, str]]:
    """Yield the variables that point W&B to an endpoint which takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        held: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    held.append(listener.accept()[0])
                except OSError:
                    return

        Thread(target=take, daemon=True).start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield {"WANDB_MODE": "online", "WANDB_API_KEY": "0" * 40, "WANDB_BASE_URL": address}
        for connection in held:
            connection.close()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False
