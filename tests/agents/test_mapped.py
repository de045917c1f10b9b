import io
import json
import zipfile

import numpy as np
import pytest

from heredity.agents.mapped import Account, read_mapped, write_mapped
from heredity.errors import AgentError

NAMES = ("l00/m00", "l01/m00")
ACCOUNT = Account(NAMES, {"data/seed": ("0", "1")})
ARRAYS = {"policy/bias": np.arange(6, dtype=np.float32).reshape(2, 3), "step": np.array([1, 2])}


def test_arrays_and_what_is_said_of_them_come_back(tmp_path):
    path = tmp_path / "agents.npz"
    write_mapped(path, ACCOUNT, ARRAYS)
    account, arrays = read_mapped(path)
    assert account == ACCOUNT
    assert account.rows == {"l00/m00": 0, "l01/m00": 1}
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert not arrays[name].flags.writeable
    with np.load(path) as others:
        assert set(others) == {"account", *ARRAYS}


def test_another_file_in_its_place_is_read_anew(tmp_path):
    path = tmp_path / "agents.npz"
    write_mapped(path, ACCOUNT, ARRAYS)
    assert read_mapped(path) is read_mapped(path)
    write_mapped(tmp_path / "new", Account(("m00",), {}), {})
    (tmp_path / "new").replace(path)
    assert read_mapped(path)[0].names == ("m00",)


def packed(arrays, compression=zipfile.ZIP_STORED, **said):
    """Return an .npz whose account says something of its own."""
    account = {"names": NAMES, "texts": {}} | said
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        named = {"account": np.frombuffer(json.dumps(account).encode(), np.uint8), **arrays}
        for name, array in named.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asanyarray(array))
            archive.writestr(f"{name}.npy", content.getvalue())
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "other bytes"),
        (b"no file of arrays", "other bytes"),
        (packed({}, names=["m00", "m00"]), "expected every member once"),
        (packed({}, texts={"data/seed": ["0"]}), "with all its texts"),
        (packed({}, names=["../m00"]), "names.0"),
        (packed({}, texts={"data/seed": [0, 1]}), "texts"),
        (packed({"names": np.array([object()], dtype=object)}), "and type object"),
        (packed({"words": np.array(["a"])}), "and type <U1"),
        (packed({"bias": np.zeros((100, 100))}, zipfile.ZIP_DEFLATED), "does not begin as an array does"),
        (packed({"bias": np.asfortranarray(np.ones((2, 3)))}), r"of shape \(2, 3\)"),
        (packed({"bias": np.ones(3)}).replace(b"(3,), }", b"(4,), }"), r"of shape \(4,\)"),
        (packed({"bias": np.ones(3)}).replace(b"(3,), }", b"(-3,),}"), "does not begin as an array does|of shape"),
        (packed({"bias": np.ones(3)})[:-9], "other bytes|damaged|zip"),
    ],
)
def test_what_is_none_of_these_is_refused_in_one_line(tmp_path, content, message):
    path = tmp_path / "agents.npz"
    path.write_bytes(content)
    with pytest.raises(AgentError, match=message) as refused:
        read_mapped(path)
    assert str(refused.value).startswith(f"{path}: expected ")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(AgentError, match=r"agents\.npz: cannot be read: No such file"):
        read_mapped(tmp_path / "agents.npz")
