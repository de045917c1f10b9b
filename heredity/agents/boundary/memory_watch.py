"""Whether this process is about to be ended by the kernel because memory runs out."""

import os
from collections.abc import Iterator
from pathlib import Path

import psutil

GIB = 2**30
LEAST_SHARE, LEAST_BYTES = 0.03, GIB
"""What has to be left: this share of the memory, or these bytes where they are less."""


def starving() -> str | None:
    """Return what is held and left where memory runs out and this process holds more than its share, else None.

    Its share is half of what there is for each core, so that among equals the largest is found, not the latest.
    """
    # The kernel ends whom it likes, a worker or the command itself, and nobody learns of which environment that was.
    held = psutil.Process().memory_info().rss
    for total, left in _memories():
        if left < min(LEAST_SHARE * total, LEAST_BYTES) and held > total / (2 * (os.cpu_count() or 1)):
            return f"{held / GIB:.1f} GiB in its process and {left / GIB:.1f} of {total / GIB:.1f} GiB left"
    return None


def _memories(
    groups: Path = Path("/sys/fs/cgroup"), membership: Path = Path("/proc/self/cgroup")
) -> Iterator[tuple[int, int]]:
    """Yield total and left bytes of the machine, and of this process's control group where one has a limit."""
    machine = psutil.virtual_memory()
    yield machine.total, machine.available
    try:
        path = next(line[3:] for line in membership.read_text().splitlines() if line.startswith("0::"))
        group = groups / path.strip("/")
        limit, used = (int((group / f"memory.{name}").read_text()) for name in ("max", "current"))
        pages = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        # pages of files that were read count as used, but the kernel takes them back before it ends anybody
        yield limit, limit - used + int(pages.get("inactive_file", 0))
    except (OSError, ValueError, StopIteration):  # another system, or no limit: "max"
        return
