import io
import zipfile

import pytest
import torch

from heredity.agents.archives import npz, pack_zip
from heredity.agents.moulds import Mould
from heredity.errors import AgentError


def saved(*numbers):
    buffer = io.BytesIO()
    torch.save({f"each.{index}": torch.tensor(each) for index, each in enumerate(numbers)}, buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (saved([1.0, 2.0], [3]), saved([4.0, 5.0], [6])),
        (npz({"mean": torch.zeros(3).numpy()}), npz({"mean": torch.ones(3).numpy()})),
        (pack_zip({"a": b"abc", "b": b""}), pack_zip({"a": b"xyz", "b": b""})),
    ],
    ids=["PyTorch", "NumPy", "ours"],
)
def test_what_is_poured_is_what_its_writer_would_have_written(one, other):
    mould = Mould.of(one)
    assert mould.poured(Mould.of(other).contents(other)) == other
    assert mould.poured({}) == one


def test_pytorch_names_a_file_by_its_numbers_and_so_does_the_mould():
    mould = Mould.of(saved([1.0]))
    assert mould.derived == "archive/.data/serialization_id"
    assert not mould.has_unknown_id
    unknown = Mould(mould.content, mould.slots)
    unknown.__dict__["derived"] = None  # as if PyTorch computed it otherwise
    strange = unknown.poured({mould.derived: b"7" * 40})
    assert Mould.of(strange).has_unknown_id
    assert Mould.of(strange).poured({mould.derived: b"8" * 40}) == unknown.poured({mould.derived: b"8" * 40})


def deflated():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"a" * 100)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no zip", "expected a Stable-Baselines3 zip"),
        (deflated(), "expected a zip of stored members"),
        (pack_zip({"a": b"abc"}).replace(b"abc", b"abd"), "damaged|lie one after another"),
    ],
)
def test_what_is_no_mould_is_refused(content, message):
    with pytest.raises(AgentError, match=message):
        Mould.of(content)


def test_another_length_is_refused():
    mould = Mould.of(pack_zip({"a": b"abc"}))
    with pytest.raises(AgentError, match="a: expected 3 bytes, got 2"):
        mould.poured({"a": b"ab"})
    with pytest.raises(AgentError, match=r"expected a zip of .* bytes, got 2"):
        mould.contents(b"ab")
