"""Files of many members in one, by their names: training episodes, statistics for other tools."""

from collections.abc import Mapping
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

import numpy as np

from heredity.agents.mapped import KEPT_FILES, Account, as_it_is, read_mapped, write_mapped
from heredity.errors import AgentError

CONTENT, ENDS = "content", "ends"


def write_bundle(path: Path, files: Mapping[str, bytes]) -> None:
    """Write files by the names of their members; in a directory that is not in place yet."""
    content, ends = np.frombuffer(b"".join(files.values()), np.uint8), [*accumulate(map(len, files.values()))]
    write_mapped(path, Account(tuple(files), {}), {CONTENT: content, ENDS: np.array(ends, np.int64)})


def read_bundle(path: Path) -> Mapping[str, memoryview]:
    """Return every file of a bundle by its member; it is read once as long as it stays as it is.

    Raises AgentError naming a bundle that is damaged.
    """
    return _read(path, *as_it_is(path))


@lru_cache(maxsize=KEPT_FILES)
def _read(path: Path, *_: int) -> Mapping[str, memoryview]:
    account, arrays = read_mapped(path)
    content, ends = (arrays.get(name, np.zeros(0, np.int64)) for name in (CONTENT, ENDS))
    bounds = [0, *ends.tolist()]
    whole = ends.ndim == content.ndim == 1 and bounds == sorted(bounds) and bounds[-1] == len(content)
    if not whole or content.dtype != np.uint8 or ends.dtype != np.int64 or len(ends) != len(account.names):
        raise AgentError(f"{path}: expected files of members as heredity writes them, got others")
    parts = zip(account.names, bounds, bounds[1:], strict=False)
    return {name: content[begin:end].data for name, begin, end in parts}
