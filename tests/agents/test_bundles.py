import numpy as np
import pytest

from heredity.agents.bundles import read_bundle, write_bundle
from heredity.agents.mapped import Account, write_mapped
from heredity.errors import AgentError

FILES = {"l00/m00": b"abc", "l00/m01": b"", "l01/m00": b"de"}


@pytest.mark.parametrize("files", [FILES, {"m00": b""}, {}])
def test_every_file_comes_back(tmp_path, files):
    write_bundle(tmp_path / "episodes.npz", files)
    assert {name: bytes(content) for name, content in read_bundle(tmp_path / "episodes.npz").items()} == files


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"content": np.zeros(4, np.uint8), "ends": np.array([2])},
        {"content": np.zeros(4, np.uint8), "ends": np.array([3, 2])},
        {"content": np.zeros(4, np.uint8), "ends": np.array([2, 5])},
        {"content": np.zeros(4, np.uint8), "ends": np.array([-2, 4])},
        {"content": np.zeros(4), "ends": np.array([2, 4])},
        {"content": np.zeros(4, np.uint8), "ends": np.array([2.0, 4.0])},
        {"content": np.zeros((2, 2), np.uint8), "ends": np.array([1, 2])},
    ],
)
def test_a_damaged_one_is_refused(tmp_path, arrays):
    write_mapped(tmp_path / "episodes.npz", Account(("m00", "m01"), {}), arrays)
    with pytest.raises(AgentError, match=r"episodes\.npz: expected files of members"):
        read_bundle(tmp_path / "episodes.npz")
