"""Zips, normalizers and pickled statistics that mean harm, by what is wrong with them."""

import io
import pickle
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from heredity.agents.archives import npz
from tests.agents.examples import FRESH, normalizing
from tests.agents.hostile import MEMBERS, Maker, deflated, doubled, model

ROOT = b"cstable_baselines3.common.vec_env.vec_normalize\nVecNormalize\n"
SOUND = {f"{name}.{moment}": np.ones(() if moment == "count" or name == "reward" else 4)
         for name in ("observation", "reward") for moment in ("mean", "var", "count")}  # fmt: skip


def zips() -> Iterator[tuple[str, Maker]]:
    """Yield zips that every reader refuses."""
    for name in ("../evil", "/etc/evil", "a/../../evil", "C:\\evil", "..\\evil", "\\evil"):
        yield f"a member called {name}", lambda name=name: model({name: b""})
    for name in ("policy.PTH", "Data"):
        yield f"a member called {name} as well", lambda name=name: model({name: b"{}"})
    yield "one name in two spellings", lambda: model({"\u00e9": b"", "e\u0301": b""})
    yield "60,000 members", lambda: model({f"{index:05d}": b"" for index in range(60_000)})
    yield "11,000 members", lambda: model({f"{index:05d}": b"" for index in range(11_000)})
    yield "60,000 tensors", lambda: model({"policy.pth": model({f"a/data/{index}": b"" for index in range(60_000)})})
    yield "a zip bomb", lambda: deflated({**MEMBERS, "bomb": bytes(100 << 20)})
    yield "a bzip2 member", lambda: deflated(MEMBERS, zipfile.ZIP_BZIP2)
    yield "an LZMA member", lambda: deflated(MEMBERS, zipfile.ZIP_LZMA)
    yield "a member twice", _twice
    yield "an encrypted member", lambda: _table(8, b"\x01\x00")
    yield "an unknown packing", lambda: _table(10, b"\x63\x00")
    yield "a size that is too large", lambda: _table(24, struct.pack("<I", 2**31))
    yield "a size that is too small", lambda: _table(24, struct.pack("<I", 1))
    yield "a checksum of something else", lambda: _table(16, b"abcd")
    yield "a place behind the end", lambda: _table(42, struct.pack("<I", 2**31))
    yield "a place of another member", lambda: _table(42, struct.pack("<I", 200))
    yield "a table of three gigabytes", lambda: FRESH.model[:-10] + struct.pack("<II", 3 << 30, 0) + b"\x00\x00"
    yield "a table that begins elsewhere", lambda: FRESH.model[:-6] + struct.pack("<I", 2**31) + b"\x00\x00"
    yield "an end of 64 bits that lies", _end_of_64_bits
    yield "half a zip", lambda: FRESH.model[: len(FRESH.model) // 2]
    yield "a zip without its end", lambda: FRESH.model[:-22]
    yield "nothing", lambda: b""
    yield "an end alone", lambda: b"PK\x05\x06" + bytes(18)
    yield "other bytes", lambda: b"GIF89a" + bytes(1000)


def normalizers() -> Iterator[tuple[str, Maker]]:
    """Yield statistics beside a model that every reader refuses."""
    for name, value in {
        "text": np.array("{0.__class__}"),
        "texts": np.array(["1"] * 4),
        "bytes": np.array([b"1"] * 4),
        "complex numbers": np.ones(4, np.complex128),
        "dates": np.zeros(4, "datetime64[s]"),
        "records": np.zeros(4, [("a", "f8")]),
    }.items():
        yield name, lambda value=value: npz({**SOUND, "observation.mean": value})
    yield "objects", _objects
    yield "a variance below zero", lambda: npz({**SOUND, "observation.var": np.full(4, -1.0)})
    yield "a count below zero", lambda: npz({**SOUND, "observation.count": np.array(-1.0)})
    yield "another name", lambda: npz({**SOUND, "{0.__class__}": np.ones(4)})
    yield "a name of 60,000 letters", lambda: npz({**SOUND, "observation." + "x" * 60_000 + ".mean": np.ones(4)})
    yield "60,000 arrays", lambda: model({f"reward.{index}.mean.npy": b"" for index in range(60_000)}, {})
    for name, header in {
        "an array of a terabyte": "{'descr': '<f8', 'fortran_order': False, 'shape': (125000000000,), }",
        "an array of no size": "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
        "an array of many axes": "{'descr': '<f8', 'fortran_order': False, 'shape': (" + "1," * 100 + "), }",
        "a header that nests": "(" * 3000 + ")" * 3000,
        "a header that calls": "__import__('os').system('true')",
        "a header of another type": "{'descr': [['<f8']], 'fortran_order': False, 'shape': (4,), }",
    }.items():
        yield name, lambda header=header: model({"reward.mean.npy": _npy(header)}, {})
    yield "a header of a gigabyte", lambda: model({"reward.mean.npy": b"\x93NUMPY\x02\x00\xff\xff\xff\x3f"}, {})
    yield "a version that is none", lambda: model({"reward.mean.npy": b"\x93NUMPY\x09\x00v\x00"}, {})
    yield "no array", lambda: model({"reward.mean.npy": b"1.0"}, {})
    yield "a zip bomb", lambda: deflated({"reward.mean.npy": bytes(100 << 20)})
    yield "an array alone", lambda: _npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }") + bytes(8)
    yield "other bytes", lambda: b"nothing"


def statistics() -> Iterator[tuple[str, Maker]]:
    """Yield pickled statistics that every reader of a founder refuses."""
    for name, change in {
        "a count of 400 digits": lambda envs: setattr(envs.ret_rms, "count", 10**400),
        "a clip of 400 digits": lambda envs: setattr(envs, "clip_obs", 10**400),
        "a mean that is text": lambda envs: setattr(envs.ret_rms, "mean", "{0.__class__}"),
        "a mean that is a list": lambda envs: setattr(envs.ret_rms, "mean", [1.0]),
        "a mean of complex numbers": lambda envs: setattr(envs.ret_rms, "mean", np.ones(3, np.complex128)),
        "a mean of objects": lambda envs: setattr(envs.ret_rms, "mean", np.array([None])),
        "a mean of NaN": lambda envs: setattr(envs.obs_rms, "mean", np.full(4, np.nan)),
        "a variance below zero": lambda envs: setattr(envs.obs_rms, "var", np.full(4, -1.0)),
        "statistics that are text": lambda envs: setattr(envs, "ret_rms", "a"),
        "statistics that are a list": lambda envs: setattr(envs, "obs_rms", [1]),
        "keys that are numbers": lambda envs: setattr(envs, "obs_rms", {1: envs.obs_rms}),
        "keys with control characters": lambda envs: setattr(envs, "obs_rms", {"\x1b[31m": envs.obs_rms}),
        "keys of 60,000 letters": lambda envs: setattr(envs, "obs_rms", {"x" * 60_000: envs.obs_rms}),
        "2,000 keys": lambda envs: setattr(envs, "obs_rms", {str(index): envs.obs_rms for index in range(2000)}),
        "a large array by every key": lambda envs: _shared(envs),
        "a clip of another size": lambda envs: setattr(envs, "clip_reward", 5.0),
        "a clip that holds itself": lambda envs: setattr(envs, "clip_reward", _within_itself()),
        "a clip that doubles": lambda envs: setattr(envs, "clip_reward", doubled(lambda value: [value, value])),
    }.items():
        yield name, lambda change=change: _changed(change)
    for name, content in {
        "a system call": b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.",
        "a call of protocol 0": b"cos\nsystem\n(S'true'\ntR.",
        "an instance of protocol 0": b"(ios\nsystem\n.",
        "an extension": b"\x80\x02\x82\x01.",
        "a persistent id": b"\x80\x02K\x01Q.",
        "a protocol that is none": b"\x80\xffN.",
        "a memo of two billion": b"\x80\x02Nr\xff\xff\xff\x7f.",
        "a memo of many digits": b"\x80\x02Np" + b"9" * 5000 + b"\n.",
        "a memo that is not there": b"\x80\x02h\x05.",
        "nesting": b"\x80\x02" + b"]" * 40_000 + b"a" * 39_999 + b".",
        "tuples that nest as a key": b"\x80\x02}" + b")" + b"\x85" * 90_000 + b"K\x01s.",
        "a state that nests": b"\x80\x02" + ROOT + b")\x81" + b")" + b"\x85" * 90_000 + b"b.",
        "a state for a class": b"\x80\x02" + ROOT + b"}X\x06\x00\x00\x00dottedK\x01sb.",
        "millions of instructions": b"\x80\x02(" + b"N" * 20_000_000 + b"t.",
        "text a gigabyte long": b"\x80\x02X\xff\xff\xff\x3fx.",
        "bytes of an exabyte": b"\x80\x05\x96" + b"\xff" * 7 + b"\x0f" + b".",
        "a frame of an exabyte": b"\x80\x04\x95" + b"\xff" * 7 + b"\x0f" + b"N.",
        "a class alone": b"\x80\x02" + ROOT + b".",
        "an instance without a state": b"\x80\x02" + ROOT + b")\x81.",
        "no stop": b"\x80\x02N",
        "nothing on the stack": b"\x80\x02.",
        "other bytes": b"GIF89a",
        "nothing": b"",
    }.items():
        yield name, lambda content=content: content


def _twice() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, content in [*MEMBERS.items(), *MEMBERS.items()]:
            archive.writestr(name, content)
    return buffer.getvalue()


def _table(offset: int, value: bytes) -> bytes:
    """Return a model in whose table of contents a field of the last member says something else."""
    entry = FRESH.model.rindex(b"PK\x01\x02")
    return FRESH.model[: entry + offset] + value + FRESH.model[entry + offset + len(value) :]


def _end_of_64_bits() -> bytes:
    end = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 2**40, 2**40, 2**40, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(FRESH.model), 1)
    return (
        FRESH.model
        + end
        + locator
        + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, 2**32 - 1, 2**32 - 1, 0)
    )


def _npy(header: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header.encode() + b"\n"


def _objects() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **{**SOUND, "observation.mean": np.array([print], object)})
    return buffer.getvalue()


def _changed(change: Callable[[Any], None]) -> bytes:
    envs = normalizing()
    change(envs)
    return pickle.dumps(envs)


def _shared(envs: Any) -> None:
    envs.obs_rms.mean = np.zeros(4 << 20, np.float32)
    envs.obs_rms = {str(index): envs.obs_rms for index in range(900)}


def _within_itself() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value
